"""Walks through a drawing and says what each element is: seat, section, stage or decoration."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.checks import MOST_PLACES, MOST_PROBLEMS
from venues.plans.draft import Shape, Spot, bounds_of
from venues.plans.svg.affine import IDENTITY, Matrix, read_numbers, read_transform, scale, translate
from venues.plans.svg.document import CONTAINERS, MOST_ELEMENTS, Document, Node
from venues.plans.svg.geometry import (
    Drawn,
    UnusableShapeError,
    centre_of,
    checked,
    corners,
    draw,
    largest_ring,
    length,
    ring_area,
    shape_of,
    text_spot,
)
from venues.plans.svg.mapping import Found, Mapping, Source
from venues.plans.svg.styles import PLAIN, Style, StyleSheet

FLAGS = {"wheelchair", "companion", "restricted", "blocked"}
SAID_BY_GROUPS = {"section", "row", "category", *FLAGS}
NO = {"", "0", "false", "no"}
MOST_SHAPES = 3000
ENCLOSED = 0.95
DEEPEST_USE = 20
Numbers = dict[str, str]


class Around(NamedTuple):
    """What an element has from the groups around it."""

    matrix: Matrix = IDENTITY
    style: Style = PLAIN
    section: str = ""
    is_section_drawn: bool = False
    row: str = ""
    category: str = ""
    flags: frozenset[str] = frozenset()
    uses: tuple[str, ...] = ()


@dataclass(slots=True)
class FoundSeat:
    node: Node
    at: Spot
    section: str
    row: str
    number: str
    category: str
    fill: str
    flags: frozenset[str]


@dataclass(slots=True)
class FoundSection:
    """A section that has an element of its own, with the closed shapes in it."""

    node: Node
    category: str = ""
    fill: str = ""
    numbers: Numbers = field(default_factory=dict)
    outline: list[Spot] = field(default_factory=list)
    shapes: list[tuple[list[Spot], str]] = field(default_factory=list)

    def own_outline(self) -> list[Spot]:
        """The shape that is its outline, or else the largest one in it."""
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
    seats: list[FoundSeat] = field(default_factory=list)
    sections: dict[str, FoundSection] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    texts: list[FoundText] = field(default_factory=list)
    focus: Spot | None = None
    problems: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def problem(self, node: Node, sentence: str) -> None:
        self.problems.append(f"{node}: {sentence}")
        if len(self.problems) >= MOST_PROBLEMS:
            raise PlanFileError(self.problems)


class Recogniser:
    def __init__(self, document: Document, mapping: Mapping, *, factor: float = 1.0) -> None:
        self.found = Findings()
        self._document = document
        self._units = scale(factor).then(read_transform(document.root.get("transform")) or IDENTITY)
        self._sheet = StyleSheet(document.styles)
        self._signs = mapping.signs()
        self._middles: dict[str, Spot] = {}
        self._visited = 0

    def run(self) -> Findings:
        """Raises PlanFileError with up to 20 problems."""
        root = self._document.root
        if where := self._mark("focus", root):
            self.found.focus = self._units.at(*point) if (point := point_of(where)) else None
        self._visit_children(root, Around(matrix=self._units))
        if self.found.problems:
            raise PlanFileError(self.found.problems)
        return self.found

    def _visit(self, node: Node, around: Around) -> None:
        self._visited += 1
        if self._visited > MOST_ELEMENTS:
            raise PlanFileError([_("The drawing repeats parts of itself (use) until it is too large to read.")])
        if node.tag in {"defs", "symbol", "title", "style", "tspan"}:
            return
        style, is_hidden = self._sheet.style_of(node, around.style)
        if is_hidden:
            self.found.notes[_("hidden elements")] += 1
            return
        matrix = self._matrix(node, around.matrix)
        here = around
        if matrix is not around.matrix or style is not around.style:
            here = around._replace(matrix=matrix, style=style)
        try:
            self._recognise(node, here)
        except UnusableShapeError:
            self.found.problem(node, _("a length or position in it cannot be used."))

    def _recognise(self, node: Node, around: Around) -> None:
        if (where := self._mark("focus", node)) is not None and self._mark("stage", node) is None:
            point = point_of(where)
            self.found.focus = around.matrix.at(*point) if point else self._middle(node, around)
        elif (words := self._mark("stage", node)) is not None:
            self._add_stage(node, around, words)
        elif (named := self._first("seat", node)) is not None and (node.tag != "text" or node.text.strip()):
            self._add_seat(node, self._inside(node, around), named)
        elif node.tag in CONTAINERS:
            self._visit_children(node, self._inside(node, around))
        elif node.tag == "use":
            self._visit_used(node, self._inside(node, around))
        elif around.style.is_visible:
            self._add_drawn(node, around)

    def _visit_children(self, node: Node, around: Around) -> None:
        for child in node.children:
            self._visit(child, around)

    def _visit_used(self, node: Node, around: Around) -> None:
        target = self._used(node, around)
        if target is None:
            self.found.notes[_("uses of something that is not in the file")] += 1
            return
        inside = around._replace(
            matrix=around.matrix.then(translate(length(node, "x"), length(node, "y"))),
            uses=(*around.uses, node.get("href")),
        )
        if target.tag == "symbol":
            self._visit_children(target, inside)
        else:
            self._visit(target, inside)

    def _used(self, node: Node, around: Around) -> Node | None:
        name = node.get("href")
        if name in around.uses or len(around.uses) >= DEEPEST_USE:
            raise PlanFileError([f"{node}: " + _("it uses itself, so that it would never end.")])
        return self._document.ids.get(name.removeprefix("#"))

    def _matrix(self, node: Node, outer: Matrix) -> Matrix:
        text = node.attributes.get("transform")
        if text:
            inner = read_transform(text)
            if inner is None:
                self.found.problem(node, _("its transform “%(text)s” cannot be read.") % {"text": text[:60]})
            else:
                outer = outer.then(inner)
        if node.tag == "svg":
            outer = outer.then(translate(length(node, "x"), length(node, "y"))).then(view_matrix(node))
        return outer

    def _first(self, name: str, node: Node) -> Found | None:
        is_group = node.tag in CONTAINERS
        for source in self._signs.of(node).get(name, ()):
            if (said := source.find(node)) is not None and not (is_group and source.is_vague):
                return said
        return None

    def _mark(self, name: str, node: Node) -> str | None:
        """The value of the attribute that marks it, perhaps empty; None when nothing does."""
        for source in self._signs.of(node).get(name, ()):
            if (said := source.find(node)) is not None:
                value = said.get(name, "")
                return None if source.pattern is None and value.lower() in NO - {""} else value
        return None

    def _inside(self, node: Node, around: Around) -> Around:
        """What the children of a group have from it."""
        signs = self._signs.of(node)
        if not (signs.keys() & SAID_BY_GROUPS):
            return around
        changes: dict[str, object] = {}
        row = self._first("row", node)
        if row is not None:
            changes |= {name: value for name, value in row.items() if name in {"section", "row", "category"}}
        if (section := self._section(node)) is not None and section[0].get("section"):
            said, source = section
            if row is None or source.attribute != "layer":
                changes["section"] = said["section"]
                changes["is_section_drawn"] = source.attribute != "layer"
                if source.attribute != "layer" and node.tag in CONTAINERS:
                    self._section_of(node, said["section"])
        if (category := self._first("category", node)) is not None and category.get("category"):
            changes["category"] = category["category"]
        if flags := {name for name in signs.keys() & FLAGS if self._mark(name, node) is not None}:
            changes["flags"] = around.flags | flags
        return around._replace(**changes) if changes else around  # type: ignore[arg-type]

    def _section(self, node: Node) -> tuple[Found, Source] | None:
        for source in self._signs.of(node).get("section", ()):
            if (said := source.find(node)) is not None:
                return said, source
        return None

    def _section_of(self, node: Node, name: str) -> FoundSection:
        section = self.found.sections.setdefault(name, FoundSection(node))
        for key in ("data-capacity", "data-rows", "data-seats"):
            if node.get(key):
                section.numbers[key] = node.get(key)
        return section

    def _add_seat(self, node: Node, around: Around, named: Found) -> None:
        if len(self.found.seats) >= MOST_PLACES:
            raise PlanFileError([_("The drawing has more than %(most)s seats.") % {"most": MOST_PLACES}])
        parts = around if node.tag not in {"g", "a", "use"} else None
        at = centre_of(node, around.matrix) if parts and node.tag != "text" else self._middle(node, around)
        self.found.seats.append(
            FoundSeat(
                node=node,
                at=at,
                section=named.get("section") or around.section,
                row=named.get("row") or around.row,
                number=named.get("seat") or words_in(node),
                category=named.get("category") or around.category,
                fill=around.style.fill if parts else self._fill_within(node, around),
                flags=around.flags,
            )
        )

    def _middle(self, node: Node, around: Around) -> Spot:
        return bounds_of(self._points_within(node, around)).centre

    def _points_within(self, node: Node, around: Around) -> list[Spot]:
        """The points of all that is drawn in a group or by a use."""
        self._visited += 1
        if self._visited > MOST_ELEMENTS:
            raise PlanFileError([_("The drawing repeats parts of itself (use) until it is too large to read.")])
        if node.tag == "text":
            return [text_spot(node, words_in(node), around.matrix, around.style)[0]]
        if node.tag == "use":
            x, y = self._middle_of_used(node, around)
            return [checked(around.matrix.at(x + length(node, "x"), y + length(node, "y")))]
        if node.tag in CONTAINERS:
            parts = [child for child in node.children if child.tag != "text"] or node.children
        else:
            return corners(draw(node, around.matrix))
        points = [
            point
            for part in parts
            for point in self._points_within(part, around._replace(matrix=self._matrix(part, around.matrix)))
        ]
        if not points:
            raise UnusableShapeError
        return points

    def _middle_of_used(self, node: Node, around: Around) -> Spot:
        """In the coordinates of what is used; kept, because seats mostly use one and the same thing."""
        name = node.get("href")
        if name not in self._middles:
            target = self._used(node, around)
            if target is None:
                raise UnusableShapeError
            matrix = self._matrix(target, IDENTITY)
            inside = around._replace(matrix=matrix, uses=(*around.uses, name))
            self._middles[name] = bounds_of(self._points_within(target, inside)).centre
        return self._middles[name]

    def _fill_within(self, node: Node, around: Around) -> str:
        """The colour of the first thing drawn in a group; what a use shows has its own."""
        for child in node.children:
            if child.tag in {"rect", "circle", "ellipse", "path", "polygon"}:
                return self._sheet.style_of(child, around.style)[0].fill
        if node.tag == "use" and (target := self._document.ids.get(node.get("href").removeprefix("#"))):
            own = self._sheet.style_of(target, around.style)[0]
            return self._fill_within(target, around._replace(style=own)) if target.children else own.fill
        return around.style.fill

    def _add_stage(self, node: Node, around: Around, words: str) -> None:
        text = words if words.lower() not in {"", "true", "1", "yes"} else words_in(node)
        points = self._points_within(node, around)
        box = bounds_of(points)
        self.found.focus = self.found.focus or box.centre
        if node.tag in CONTAINERS:
            self._visit_children(node, around)
            return
        if node.tag == "use":
            self._visit_used(node, around)
            return
        shape = shape_of(node, around.matrix, draw(node, around.matrix), around.style) if node.tag != "text" else None
        if shape and shape["kind"] == "rectangle":
            self.found.shapes.append(shape | {"kind": "stage", "text": text})
            return
        if shape:
            self.found.shapes.append(shape)
        if text:
            size = around.style.font_size * around.matrix.size
            middle = {"kind": "text", "x": box.centre[0], "y": box.centre[1], "size": size, "text": text}
            self.found.shapes.append(middle)

    def _add_drawn(self, node: Node, around: Around) -> None:
        if node.tag == "text":
            self._add_text(node, around)
            return
        drawn = draw(node, around.matrix)
        own = self._inside(node, around)
        self._add_outline(node, drawn, around, own)
        if not (own.style.fill or own.style.stroke):
            return
        if len(self.found.shapes) >= MOST_SHAPES:
            self.found.notes[_("background shapes beyond the first %(most)s") % {"most": MOST_SHAPES}] += 1
            return
        self.found.shapes.append(shape_of(node, around.matrix, drawn, own.style))

    def _add_outline(self, node: Node, drawn: Drawn, around: Around, own: Around) -> None:
        """A closed shape in a section may be its outline; one that names the section is."""
        section = self._section(node)
        is_named = section is not None and section[1].attribute != "layer" and bool(section[0].get("section"))
        is_outline = self._mark("outline", node) is not None
        if not own.section or not (is_named or is_outline or around.is_section_drawn):
            return
        ring = largest_ring(drawn)
        if len(ring) < 3:
            return
        found = self._section_of(node, own.section)
        found.category = found.category or own.category
        if is_named or is_outline:
            found.outline = found.outline or ring
            found.fill = found.fill or own.style.fill
        elif own.style.fill or own.style.stroke:
            found.shapes.append((ring, own.style.fill))

    def _add_text(self, node: Node, around: Around) -> None:
        if not (words := words_in(node)):
            return
        (x, y), size = text_spot(node, words, around.matrix, around.style)
        color = {"color": around.style.fill} if around.style.fill not in {"", "#000000"} else {}
        shape = {"kind": "text", "x": round(x, 2), "y": round(y, 2), "size": round(size, 2), "text": words, **color}
        self.found.texts.append(FoundText(shape, around.row))


def words_in(node: Node) -> str:
    """The text of an element, of its spans and, for a group, of its texts."""
    if node.tag == "title":
        return ""
    parts = [node.text if node.tag in {"text", "tspan"} else "", *(words_in(child) for child in node.children)]
    return " ".join(" ".join(parts).split())[:100]


def point_of(text: str) -> Spot | None:
    numbers = read_numbers(text)
    return (numbers[0], numbers[1]) if numbers is not None and len(numbers) == 2 else None


def view_matrix(node: Node) -> Matrix:
    """How an inner svg fits its viewBox into its width and height, in the middle."""
    box = read_numbers(node.get("viewBox"))
    width, height = length(node, "width"), length(node, "height")
    if not box or len(box) != 4 or box[2] <= 0 or box[3] <= 0 or width <= 0 or height <= 0:
        return IDENTITY
    factor = min(width / box[2], height / box[3])
    across, down = (width - box[2] * factor) / 2, (height - box[3] * factor) / 2
    return translate(across, down).then(scale(factor)).then(translate(-box[0], -box[1]))
