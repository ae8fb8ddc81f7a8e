"""What was found in a drawing, before it is a plan."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.checks import MOST_PROBLEMS
from venues.plans.draft import Shape, Spot, bounds_of
from venues.plans.svg.document import Node
from venues.plans.svg.geometry import ring_area

# Of a section's seats, within a shape that is taken for its outline.
ENCLOSED = 0.95


@dataclass(slots=True)
class FoundSeat:
    node: Node
    at: Spot
    section: str
    row: str
    number: str
    category: str
    fill: str
    flags: frozenset[str] = frozenset()


@dataclass(slots=True)
class FoundSection:
    """A section that has an element of its own; `shapes` are the closed ones in it, with their colours."""

    node: Node
    category: str = ""
    fill: str = ""
    numbers: dict[str, str] = field(default_factory=dict)
    outline: list[Spot] = field(default_factory=list)
    shapes: list[tuple[list[Spot], str]] = field(default_factory=list)

    def own_outline(self) -> list[Spot]:
        """The shape that is said to be its outline, or else the largest one in it."""
        if self.outline or not self.shapes:
            return self.outline
        return max((ring for ring, _fill in self.shapes), key=lambda ring: abs(ring_area(ring)))

    def outline_around(self, spots: Sequence[Spot]) -> list[Spot]:
        """Its outline, where that is drawn and lies around these seats."""
        ring = self.own_outline()
        if self.outline or not ring:
            return ring
        box = bounds_of(ring)
        within = sum(box.left <= x <= box.right and box.top <= y <= box.bottom for x, y in spots)
        return ring if within >= len(spots) * ENCLOSED else []


@dataclass(slots=True)
class FoundText:
    shape: Shape
    row: str


@dataclass(slots=True)
class Findings:
    """`names` are the sections as the drawing meets them, `left_out` counts what a plan does without."""

    seats: list[FoundSeat] = field(default_factory=list)
    sections: dict[str, FoundSection] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    texts: list[FoundText] = field(default_factory=list)
    focus: Spot | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def problem(self, node: Node, sentence: str) -> None:
        self.problems.append(f"{node}: {sentence}")
        if len(self.problems) >= MOST_PROBLEMS:
            raise PlanFileError(self.problems)

    def note(self, node: Node, sentence: str) -> None:
        if len(self.notes) < MOST_PROBLEMS:
            self.notes.append(f"{node}: {sentence}")
        else:
            self.left_out[_("further elements that cannot be used")] += 1
