"""A seating plan before it is stored.

Background shapes are JSON objects, drawn in order below the seats:

    stage      x, y (top left), width, height, text: what people look at
    rectangle  x, y (top left), width, height, perhaps text
    circle     x, y (centre), radius
    ellipse    x, y (centre), rx, ry
    polygon    points [[x, y], ...]
    line       points [[x, y], ...]: open, never filled
    path       d: absolute M, L, C and Z only, as numbers
    text       x, y (centre), text, size

each with an optional color, border_color (both #rrggbb) and rotation (degrees clockwise about
its position).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Shape = dict[str, Any]
Spot = tuple[float, float]
SEAT_SIZE = 24.0
# Room around the seats, in seats, so that nothing touches the edge of the map.
MARGIN = 0.5


class Bounds(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def grown(self, by: float) -> "Bounds":
        return Bounds(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def overlaps(self, other: "Bounds") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class CategoryDraft:
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class SeatDraft:
    """`row_rank` counts from the front; `position` differs by one between neighbours."""

    row: str
    number: str
    x: float
    y: float
    category: str
    row_rank: int = 0
    position: int = 0
    is_wheelchair: bool = False
    is_companion: bool = False
    has_restricted_view: bool = False
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """Seated when it has seats; standing when it has a capacity, a category and a box.

    `outline` is its shape on an overview; without one it is drawn around its seats or its box.
    """

    name: str
    seats: tuple[SeatDraft, ...] = ()
    capacity: int = 0
    category: str = ""
    box: Bounds | None = None
    outline: tuple[Spot, ...] = ()

    @property
    def is_standing(self) -> bool:
        return self.capacity > 0

    def bounds(self, seat_size: float) -> Bounds:
        if self.seats:
            return bounds_of((seat.x, seat.y) for seat in self.seats).grown(seat_size / 2)
        return self.box or Bounds(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """Categories are listed best first, sections in the order people read them.

    `focus` is the point that the best seats are nearest to; without one it is the stage. `source`
    says where the plan came from, as JSON.
    """

    name: str
    categories: tuple[CategoryDraft, ...]
    sections: tuple[SectionDraft, ...]
    shapes: tuple[Shape, ...] = field(default=())
    seat_size: float = SEAT_SIZE
    focus: Spot | None = None
    source: dict[str, Any] = field(default_factory=dict)

    @property
    def place_count(self) -> int:
        return sum(len(section.seats) + section.capacity for section in self.sections)

    def bounds(self) -> Bounds:
        """Everything there is to draw, with a margin."""
        boxes = [section.bounds(self.seat_size) for section in self.sections]
        boxes += [shape_bounds(shape) for shape in self.shapes]
        return join_bounds(boxes).grown(MARGIN * self.seat_size)


def standing_floor(section: SectionDraft) -> Shape:
    """A shape that shows where a standing section is."""
    box = section.box or Bounds(0, 0, 0, 0)
    return {
        "kind": "rectangle",
        "x": box.left,
        "y": box.top,
        "width": box.width,
        "height": box.height,
        "text": section.name,
    }


def bounds_of(points: Iterable[tuple[float, float]]) -> Bounds:
    """The box around points; the zero box around none."""
    pairs = list(points)
    if not pairs:
        return Bounds(0, 0, 0, 0)
    across, down = zip(*pairs, strict=True)
    return Bounds(min(across), min(down), max(across), max(down))


def join_bounds(boxes: Iterable[Bounds]) -> Bounds:
    def corners() -> Iterator[tuple[float, float]]:
        for box in boxes:
            yield box.left, box.top
            yield box.right, box.bottom

    return bounds_of(corners())


def path_bounds(d: str) -> Bounds:
    """The box around the points and control points of an absolute M, L, C, Z path."""
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", d)]
    return bounds_of(zip(numbers[::2], numbers[1::2], strict=True))


def shape_bounds(shape: Shape) -> Bounds:
    """The box around one background shape, without regard to its rotation."""
    kind = shape["kind"]
    if kind in {"polygon", "line"}:
        return bounds_of((x, y) for x, y in shape["points"])
    if kind == "path":
        return path_bounds(shape["d"])
    x, y = shape["x"], shape["y"]
    if kind in {"rectangle", "stage"}:
        return Bounds(x, y, x + shape["width"], y + shape["height"])
    if kind == "text":
        half = len(shape["text"]) * shape["size"] * 0.3
        return Bounds(x - half, y - shape["size"] / 2, x + half, y + shape["size"] / 2)
    across = shape["radius"] if kind == "circle" else shape["rx"]
    down = shape["radius"] if kind == "circle" else shape["ry"]
    return Bounds(x - across, y - down, x + across, y + down)
