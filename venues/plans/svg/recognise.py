"""Walks through a drawing and says what each element is: seat, section, stage or decoration."""

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.checks import MOST_PLACES
from venues.plans.draft import Spot, bounds_of
from venues.plans.svg.affine import IDENTITY, read_numbers, read_transform, scale
from venues.plans.svg.document import CONTAINERS, Document, Node
from venues.plans.svg.findings import Findings, FoundSeat, FoundSection, FoundText
from venues.plans.svg.geometry import Drawn, UnusableShapeError, centre_of, largest_ring, ring_area, shape_of, text_spot
from venues.plans.svg.mapping import Found, Mapping, Source
from venues.plans.svg.measuring import UNMEASURED, Around, Measurer, moved, words_in
from venues.plans.svg.styles import Style, StyleSheet

FLAGS = {"wheelchair", "companion", "restricted", "blocked"}
SAID_BY_GROUPS = {"section", "row", "category", *FLAGS}
COUNTS = ("data-capacity", "data-rows", "data-seats")
FILLED = {"rect", "circle", "ellipse", "path", "polygon"}
UNPAINTED = {"", "#000000"}
NO = {"0", "false", "no"}
YES = {"", "1", "true", "yes"}
# A background is for orientation, and every visitor loads it.
MOST_SHAPES = 2000
MOST_POINTS = 20_000
SMALLEST_AREA = 1e-6


class Recogniser:
    def __init__(self, document: Document, mapping: Mapping, *, factor: float = 1.0) -> None:
        """`factor` brings the drawing's units to the plan's."""
        self.found = Findings()
        self._document = document
        self._units = scale(factor).then(read_transform(document.root.get("transform")) or IDENTITY)
        self._sheet = StyleSheet(document.styles)
        self._signs = mapping.signs()
        self._measurer = Measurer(document)
        self._points = 0

    def run(self) -> Findings:
        """Raises PlanFileError with up to 20 problems."""
        root = self._document.root
        if where := self._mark("focus", root):
            self.found.focus = self._units.at(*point) if (point := point_of(where)) else None
        self._visit_children(root, Around(matrix=self._units))
        if self.found.problems:
            raise PlanFileError(self.found.problems)
        return self.found

    def _visit_children(self, node: Node, around: Around) -> None:
        for child in node.children:
            self._visit(child, around)

    def _visit(self, node: Node, around: Around) -> None:
        self._measurer.count_repeated(around)
        if node.tag in UNMEASURED:
            return
        style, is_hidden = self._sheet.style_of(node, around.style)
        if is_hidden:
            self.found.left_out[_("hidden elements")] += 1
            return
        try:
            matrix = moved(node, around.matrix)
            if matrix is not around.matrix or style is not around.style:
                around = around._replace(matrix=matrix, style=style)
            self._recognise(node, around)
        except UnusableShapeError:
            self.found.problem(node, _("a length, position or transform in it cannot be used."))

    def _recognise(self, node: Node, around: Around) -> None:
        if (words := self._mark("stage", node)) is not None:
            self._add_stage(node, around, words)
        elif (where := self._mark("focus", node)) is not None:
            point = point_of(where)
            self.found.focus = around.matrix.at(*point) if point else self._measurer.middle(node, around)
        elif (named := self._first("seat", node)) is not None:
            self._add_seat(node, self._inside(node, around), named)
        elif node.tag in CONTAINERS:
            self._visit_children(node, self._inside(node, around))
        elif node.tag == "use":
            self._visit_used(node, self._inside(node, around))
        elif around.style.is_visible:
            self._add_visible(node, around)

    def _visit_used(self, node: Node, around: Around) -> None:
        target = self._measurer.used(node, around)
        if target is None:
            self.found.left_out[_("uses of something that is not in the file")] += 1
            return
        inside = self._measurer.inside_use(node, target, around)
        if target.tag == "symbol":
            self._visit_children(target, inside)
        else:
            self._visit(target, inside)

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
                return None if value.lower() in NO else value
        return None

    def _section(self, node: Node) -> tuple[str, Source] | None:
        for source in self._signs.of(node).get("section", ()):
            if name := (source.find(node) or {}).get("section"):
                return name, source
        return None

    def _inside(self, node: Node, around: Around) -> Around:
        """What the children of a group have from it; for a seat, what it says itself."""
        signs = self._signs.of(node)
        if not signs.keys() & SAID_BY_GROUPS:
            return around
        changes: dict[str, object] = {}
        row = self._first("row", node) or {}
        changes |= {name: value for name, value in row.items() if name in {"section", "row", "category"}}
        if section := self._section(node):
            name, source = section
            # A layer called “Row A” is a row, and not a section as well.
            if not (row and source.attribute == "layer"):
                changes |= {"section": name, "is_section_drawn": source.attribute != "layer"}
                if source.attribute != "layer" and node.tag in CONTAINERS:
                    self._section_of(node, name)
        if category := (self._first("category", node) or {}).get("category"):
            changes["category"] = category
        if flags := {name for name in signs.keys() & FLAGS if self._mark(name, node) is not None}:
            changes["flags"] = around.flags | flags
        return around._replace(**changes) if changes else around  # type: ignore[arg-type]

    def _section_of(self, node: Node, name: str) -> FoundSection:
        self.found.names.setdefault(name)
        section = self.found.sections.setdefault(name, FoundSection(node))
        section.numbers |= {key: node.get(key) for key in COUNTS if node.get(key)}
        return section

    def _add_seat(self, node: Node, around: Around, named: Found) -> None:
        if len(self.found.seats) >= MOST_PLACES:
            raise PlanFileError([_("The drawing has more than %(most)s seats.") % {"most": MOST_PLACES}])
        is_plain = node.tag not in {"g", "a", "use", "text", "path"}
        style = around.style if is_plain else self._style_within(node, around)
        section = named.get("section") or around.section
        self.found.names.setdefault(section)
        self.found.seats.append(
            FoundSeat(
                node=node,
                at=centre_of(node, around.matrix) if is_plain else self._measurer.middle(node, around),
                section=section,
                row=named.get("row") or around.row,
                number=named.get("seat") or words_in(node),
                category=named.get("category") or around.category,
                fill=style.fill or style.stroke,
                flags=around.flags,
            )
        )

    def _style_within(self, node: Node, around: Around) -> Style:
        """Of the first thing drawn in a group, or by a use."""
        if node.tag == "use" and not around.uses:
            target = self._document.ids.get(node.get("href").removeprefix("#"))
            if target is not None:
                own = self._sheet.style_of(target, around.style)[0]
                return self._style_within(target, around._replace(style=own, uses=(node.get("href"),)))
        for child in node.children:
            if child.tag in FILLED:
                return self._sheet.style_of(child, around.style)[0]
        return around.style

    def _add_stage(self, node: Node, around: Around, words: str) -> None:
        box = bounds_of(self._measurer.points(node, around))
        self.found.focus = self.found.focus or box.centre
        if node.tag in CONTAINERS or node.tag == "use":
            self._add_stage_parts(node, around)
            return
        text = words_in(node) if words.lower() in YES else words
        if node.tag == "text":
            self._add_text(node, around)
            return
        shape = shape_of(node, around.matrix, self._measurer.draw(node, around.matrix), around.style)
        if shape["kind"] == "rectangle":
            shape |= {"kind": "stage", "text": text}
        elif text:
            size = around.style.font_size * around.matrix.size
            title = {"kind": "text", "x": box.centre[0], "y": box.centre[1], "size": size, "text": text}
            self.found.texts.append(FoundText(title, ""))
        self.found.shapes.append(shape)

    def _add_stage_parts(self, node: Node, around: Around) -> None:
        """Drawn as they are; the first rectangle among them is the stage."""
        before = len(self.found.shapes)
        if node.tag == "use":
            self._visit_used(node, around)
        else:
            self._visit_children(node, around)
        for shape in self.found.shapes[before:]:
            if shape["kind"] == "rectangle":
                shape |= {"kind": "stage", "text": ""}
                return

    def _add_visible(self, node: Node, around: Around) -> None:
        own = self._inside(node, around)
        is_section = own.section and (own.is_section_drawn or self._mark("outline", node) is not None)
        try:
            if node.tag == "text":
                self._add_text(node, around)
                return
            if not is_section and self._is_background_full():
                return
            drawn = self._measurer.draw(node, around.matrix)
        except UnusableShapeError:
            if self._section(node):
                raise
            self.found.note(node, _("left out, because a length or position in it cannot be used."))
            return
        if is_section:
            self._add_outline(node, drawn, own)
        self._add_background(node, drawn, own)

    def _add_background(self, node: Node, drawn: Drawn, around: Around) -> None:
        box = bounds_of(point for _name, points in drawn for point in points)
        if not (around.style.fill or around.style.stroke) or not (box.width or box.height):
            return
        self._points += len(drawn)
        if self._is_background_full():
            return
        self.found.shapes.append(shape_of(node, around.matrix, drawn, around.style))

    def _is_background_full(self) -> bool:
        is_full = len(self.found.shapes) >= MOST_SHAPES or self._points > MOST_POINTS
        if is_full:
            self.found.left_out[_("shapes of a background with too much detail")] += 1
        return is_full

    def _add_outline(self, node: Node, drawn: Drawn, own: Around) -> None:
        """A closed shape in a section may be its outline; one that names the section is."""
        ring = largest_ring(drawn)
        if not abs(ring_area(ring)) > SMALLEST_AREA:
            return
        found = self._section_of(node, own.section)
        found.category = found.category or own.category
        if self._section(node) or self._mark("outline", node) is not None:
            found.outline = found.outline or ring
            found.fill = found.fill or own.style.fill
        elif own.style.fill or own.style.stroke:
            found.shapes.append((ring, own.style.fill))

    def _add_text(self, node: Node, around: Around) -> None:
        words = words_in(node)
        (x, y), size = text_spot(node, words, around.matrix, around.style)
        if not words or size <= 0:
            return
        if len(self.found.texts) >= MOST_SHAPES:
            self.found.left_out[_("texts beyond the first %(most)s") % {"most": MOST_SHAPES}] += 1
            return
        shape = {"kind": "text", "x": round(x, 2), "y": round(y, 2), "size": round(size, 2), "text": words}
        # Words in plain black take the page's colour, which differs by day and night.
        if around.style.fill not in UNPAINTED:
            shape["color"] = around.style.fill
        if turn := round(around.matrix.turn, 1):
            shape["rotation"] = turn
        self.found.texts.append(FoundText(shape, around.row))


def point_of(text: str) -> Spot | None:
    numbers = read_numbers(text)
    return (numbers[0], numbers[1]) if numbers is not None and len(numbers) == 2 else None
