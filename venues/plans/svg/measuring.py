"""How elements lie in each other: transforms, symbols that are used, and the middle of groups."""

from dataclasses import replace
from typing import NamedTuple

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.draft import Spot, bounds_of
from venues.plans.svg.affine import IDENTITY, Matrix, read_numbers, read_transform, scale, translate
from venues.plans.svg.document import CONTAINERS, WORDS, Document, Node
from venues.plans.svg.geometry import Drawn, UnusableShapeError, checked, corners, draw, length, text_spot
from venues.plans.svg.styles import PLAIN, Style

DEEPEST_USE = 20
MOST_REPEATED = 200_000
MOST_PATH_DATA = 3_000_000
UNMEASURED = {*WORDS, "defs", "symbol"}


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


class Measurer:
    """Draws elements where they are, within a budget: a small file can ask for endless work."""

    def __init__(self, document: Document) -> None:
        self._ids = document.ids
        self._middles: dict[tuple[str, ...], Spot] = {}
        self._repeated = 0
        self._path_data = 0

    def count_repeated(self, around: Around) -> None:
        """What a use shows comes on top of the file's own elements, and may use more."""
        self._repeated += bool(around.uses)
        if self._repeated > MOST_REPEATED:
            raise PlanFileError([_("The drawing repeats parts of itself (use) until it is too large to read.")])

    def draw(self, node: Node, matrix: Matrix) -> Drawn:
        self._path_data += len(node.get("d"))
        if self._path_data > MOST_PATH_DATA:
            problem = _("The drawing's paths are longer than %(most)s characters in all. Simplify them.")
            raise PlanFileError([problem % {"most": MOST_PATH_DATA}])
        return draw(node, matrix)

    def used(self, node: Node, around: Around) -> Node | None:
        """What a use shows; raises PlanFileError when that is the use itself, however far around."""
        name = node.get("href")
        if name in around.uses or len(around.uses) >= DEEPEST_USE:
            raise PlanFileError([f"{node}: " + _("it uses itself, so that it would never end.")])
        return self._ids.get(name.removeprefix("#"))

    def inside_use(self, node: Node, target: Node, around: Around) -> Around:
        matrix = around.matrix.then(translate(length(node, "x"), length(node, "y")))
        if target.tag == "symbol":
            matrix = matrix.then(view_matrix(target, sized_by=node))
        return around._replace(matrix=matrix, uses=(*around.uses, node.get("href")))

    def middle(self, node: Node, around: Around) -> Spot:
        """Of all that is drawn in the element, transformed by the groups around it."""
        return bounds_of(self.points(node, around)).centre

    def points(self, node: Node, around: Around) -> list[Spot]:
        self.count_repeated(around)
        if node.tag == "text":
            return [text_spot(node, words_in(node), around.matrix, around.style)[0]]
        if node.tag == "use":
            return [checked(around.matrix.at(*self._middle_of_used(node, around)))]
        if node.tag not in CONTAINERS:
            return corners(self.draw(node, around.matrix))
        drawn = [child for child in node.children if child.tag not in UNMEASURED]
        parts = [child for child in drawn if child.tag != "text"] or drawn
        points = [
            point for part in parts for point in self.points(part, around._replace(matrix=moved(part, around.matrix)))
        ]
        if not points:
            raise UnusableShapeError
        return points

    def _middle_of_used(self, node: Node, around: Around) -> Spot:
        """In the use's own coordinates. What is used is measured once, as seats mostly use the same thing."""
        target = self.used(node, around)
        if target is None:
            raise UnusableShapeError
        key = node.get("href"), node.get("width"), node.get("height")
        if key not in self._middles:
            sized = replace(node, attributes=dict(zip(("href", "width", "height"), key, strict=True)))
            inside = self.inside_use(sized, target, around._replace(matrix=IDENTITY))
            if target.tag == "symbol":
                target = replace(target, tag="g")
            self._middles[key] = self.middle(target, inside._replace(matrix=moved(target, inside.matrix)))
        x, y = self._middles[key]
        return x + length(node, "x"), y + length(node, "y")


def moved(node: Node, outer: Matrix) -> Matrix:
    """The matrix inside an element; raises UnusableShapeError for a transform that is none."""
    if text := node.attributes.get("transform"):
        inner = read_transform(text)
        if inner is None:
            raise UnusableShapeError
        outer = outer.then(inner)
    if node.tag == "svg":
        place = translate(length(node, "x"), length(node, "y"))
        outer = outer.then(place).then(view_matrix(node, sized_by=node))
    return outer


def view_matrix(node: Node, *, sized_by: Node) -> Matrix:
    """How an inner drawing fits its viewBox into a width and height, in the middle."""
    box = read_numbers(node.get("viewBox"))
    width, height = length(sized_by, "width"), length(sized_by, "height")
    if not box or len(box) != 4 or box[2] <= 0 or box[3] <= 0 or width <= 0 or height <= 0:
        return IDENTITY
    factor = min(width / box[2], height / box[3])
    across, down = (width - box[2] * factor) / 2, (height - box[3] * factor) / 2
    return translate(across, down).then(scale(factor)).then(translate(-box[0], -box[1]))


def words_in(node: Node) -> str:
    """The text of an element, of its spans and, for a group, of its texts."""
    if node.tag == "title":
        return ""
    parts = [node.text if node.tag in {"text", "tspan"} else "", *(words_in(child) for child in node.children)]
    return " ".join(" ".join(parts).split())[:100]
