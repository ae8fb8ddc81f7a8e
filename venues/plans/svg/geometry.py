"""Where a drawn element lies once every transform around it is applied."""

import math
from collections.abc import Iterator, Sequence

import svg.path as svg_path

from venues.plans.draft import Bounds, Shape, Spot, bounds_of
from venues.plans.shape_checks import FARTHEST
from venues.plans.svg.affine import Matrix, read_numbers
from venues.plans.svg.document import Node
from venues.plans.svg.styles import Style, read_length

# The handle of a cubic curve that follows a quarter of a circle.
QUARTER = 4 / 3 * math.tan(math.pi / 8)
CURVE_STEPS = 8
LONGEST_PATH = 200_000
LETTER = 0.56  # Of the type size, on average.

Step = tuple[str, tuple[Spot, ...]]
Drawn = list[Step]


class UnusableShapeError(Exception):
    """A length or position that is none, or lies beyond every plan."""


def draw(node: Node, matrix: Matrix) -> Drawn:
    """The element's outline as M, L, C and Z steps in the plan's coordinates."""
    steps = OUTLINES[node.tag](node) if node.tag in OUTLINES else []
    if not steps or steps[0][0] != "M":
        raise UnusableShapeError
    return [(name, tuple(checked(matrix.at(x, y)) for x, y in points)) for name, points in steps]


def centre_of(node: Node, matrix: Matrix) -> Spot:
    """The middle of one shape: quick for what seats are mostly drawn as."""
    if node.tag in {"circle", "ellipse"}:
        return checked(matrix.at(length(node, "cx"), length(node, "cy")))
    if node.tag == "rect":
        x = length(node, "x") + length(node, "width") / 2
        return checked(matrix.at(x, length(node, "y") + length(node, "height") / 2))
    return bounds_of(corners(draw(node, matrix))).centre


def checked(spot: Spot) -> Spot:
    if not (abs(spot[0]) <= FARTHEST and abs(spot[1]) <= FARTHEST):  # False for NaN too.
        raise UnusableShapeError
    return spot


def length(node: Node, name: str) -> float:
    text = node.attributes.get(name)
    if not text:
        return 0.0
    number = read_length(text)
    if number is None or not math.isfinite(number):
        raise UnusableShapeError
    return number


def rectangle_steps(node: Node) -> Drawn:
    left, top = length(node, "x"), length(node, "y")
    right, bottom = left + length(node, "width"), top + length(node, "height")
    return closed([(left, top), (right, top), (right, bottom), (left, bottom)])


def ellipse_steps(node: Node) -> Drawn:
    x, y = length(node, "cx"), length(node, "cy")
    across, down = radii(node)
    return [("M", ((x + across, y),)), *arc_steps(Matrix(across, 0, 0, down, x, y), 0.0, math.tau), ("Z", ())]


def radii(node: Node) -> tuple[float, float]:
    if node.tag == "circle":
        return length(node, "r"), length(node, "r")
    return length(node, "rx"), length(node, "ry")


def line_steps(node: Node) -> Drawn:
    start, end = (length(node, "x1"), length(node, "y1")), (length(node, "x2"), length(node, "y2"))
    return [("M", (start,)), ("L", (end,))]


def points_steps(node: Node) -> Drawn:
    numbers = read_numbers(node.get("points"))
    if numbers is None or len(numbers) < 4:
        raise UnusableShapeError
    points = list(zip(numbers[::2], numbers[1::2], strict=False))
    return closed(points) if node.tag == "polygon" else [("M", (points[0],)), *(("L", (each,)) for each in points[1:])]


def closed(points: Sequence[Spot]) -> Drawn:
    return [("M", (points[0],)), *(("L", (each,)) for each in points[1:]), ("Z", ())]


def path_steps(node: Node) -> Drawn:
    data = node.get("d")
    if len(data) > LONGEST_PATH:
        raise UnusableShapeError
    try:
        return [step for segment in svg_path.parse_path(data) for step in segment_steps(segment)]
    except (ValueError, AssertionError, IndexError, ArithmeticError, AttributeError):
        raise UnusableShapeError from None


def segment_steps(segment: object) -> Iterator[Step]:
    match segment:
        case svg_path.Move():
            yield "M", (spot(segment.end),)
        case svg_path.Close():
            yield "Z", ()
        case svg_path.Line():
            yield "L", (spot(segment.end),)
        case svg_path.CubicBezier():
            yield "C", (spot(segment.control1), spot(segment.control2), spot(segment.end))
        case svg_path.QuadraticBezier():
            start, control, end = segment.start, segment.control, segment.end
            yield "C", (spot(start + (control - start) * 2 / 3), spot(end + (control - end) * 2 / 3), spot(end))
        case svg_path.Arc():
            yield from path_arc_steps(segment)


def path_arc_steps(arc: svg_path.Arc) -> Iterator[Step]:
    if arc.start == arc.end:
        return
    if not (arc.radius.real and arc.radius.imag):
        yield "L", (spot(arc.end),)
        return
    turn = math.radians(arc.rotation)
    cosine, sine = math.cos(turn), math.sin(turn)
    across, down = arc.radius.real, arc.radius.imag
    frame = Matrix(cosine * across, sine * across, -sine * down, cosine * down, arc.center.real, arc.center.imag)
    yield from arc_steps(frame, math.radians(arc.theta), math.radians(arc.delta))


def arc_steps(frame: Matrix, start: float, sweep: float) -> Iterator[Step]:
    """Cubic curves along the unit circle, as `frame` stretches it."""
    count = max(math.ceil(abs(sweep) / (math.pi / 2) - 1e-9), 1)
    step = sweep / count
    handle = 4 / 3 * math.tan(step / 4)
    for index in range(count):
        one, two = start + index * step, start + (index + 1) * step
        first = frame.at(math.cos(one) - handle * math.sin(one), math.sin(one) + handle * math.cos(one))
        second = frame.at(math.cos(two) + handle * math.sin(two), math.sin(two) - handle * math.cos(two))
        yield "C", (first, second, frame.at(math.cos(two), math.sin(two)))


def spot(number: complex) -> Spot:
    return number.real, number.imag


OUTLINES = {
    "rect": rectangle_steps,
    "circle": ellipse_steps,
    "ellipse": ellipse_steps,
    "line": line_steps,
    "polyline": points_steps,
    "polygon": points_steps,
    "path": path_steps,
}


def corners(drawn: Drawn) -> list[Spot]:
    """The points along it, curves in short straight steps."""
    points: list[Spot] = []
    for name, ends in drawn:
        points += curve(points[-1], *ends) if name == "C" else ends
    return points


def curve(start: Spot, one: Spot, two: Spot, end: Spot) -> Iterator[Spot]:
    for index in range(1, CURVE_STEPS + 1):
        t = index / CURVE_STEPS
        weights = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
        yield (
            sum(weight * point[0] for weight, point in zip(weights, (start, one, two, end), strict=True)),
            sum(weight * point[1] for weight, point in zip(weights, (start, one, two, end), strict=True)),
        )


def largest_ring(drawn: Drawn) -> list[Spot]:
    """The outer line of a shape: the part between two moves that encloses most."""
    rings: list[list[Spot]] = []
    part: Drawn = []
    for step in drawn:
        if step[0] == "M" and part:
            rings.append(corners(part))
            part = []
        part.append(step)
    rings.append(corners(part))
    return max(rings, key=lambda ring: abs(ring_area(ring)))


def ring_area(ring: Sequence[Spot]) -> float:
    return sum(x * down - across * y for (x, y), (across, down) in zip(ring, [*ring[1:], *ring[:1]], strict=True)) / 2


def text_spot(node: Node, text: str, matrix: Matrix, style: Style) -> tuple[Spot, float]:
    """The middle of the words, and their size."""
    first = next((child for child in node.children if child.tag == "tspan" and "x" in child.attributes), node)
    x = length(node, "x") if "x" in node.attributes else length(first, "x")
    y = length(node, "y") if "y" in node.attributes else length(first, "y")
    size = style.font_size
    x += {"middle": 0.0, "end": -0.5}.get(style.anchor, 0.5) * len(text) * size * LETTER
    if style.baseline not in {"central", "middle"}:
        y -= size * 0.35
    return checked(matrix.at(x, y)), size * matrix.size


def short(value: float) -> float:
    return round(value, 2)


def plain(value: float) -> str:
    """Never with an exponent."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def paint(style: Style) -> Shape:
    colors = {"color": style.fill, "border_color": style.stroke}
    return {name: color for name, color in colors.items() if color}


def shape_of(node: Node, matrix: Matrix, drawn: Drawn, style: Style) -> Shape:
    """The background shape that looks like the element."""
    if node.tag == "rect" and matrix.is_upright:
        return box_shape(bounds_of(corners(drawn))) | paint(style)
    if node.tag in {"circle", "ellipse"} and (matrix.is_upright or (node.tag == "circle" and matrix.keeps_circles)):
        return round_shape(node, matrix) | paint(style)
    names = [name for name, _points in drawn]
    points = [[short(x), short(y)] for _name, ends in drawn for x, y in ends]
    if "C" in names or names.count("M") > 1:
        d = " ".join(name + " ".join(f"{plain(x)} {plain(y)}" for x, y in ends) for name, ends in drawn)
        return {"kind": "path", "d": d} | paint(style)
    if len(points) > 2 and ("Z" in names or style.fill):
        return {"kind": "polygon", "points": points} | paint(style)
    color = {"border_color": style.stroke} if style.stroke else {}
    return {"kind": "line", "points": points} | color


def box_shape(box: Bounds) -> Shape:
    return {
        "kind": "rectangle",
        "x": short(box.left),
        "y": short(box.top),
        "width": short(box.width),
        "height": short(box.height),
    }


def round_shape(node: Node, matrix: Matrix) -> Shape:
    x, y = centre_of(node, matrix)
    across, down = radii(node)
    if node.tag == "circle" and matrix.keeps_circles:
        return {"kind": "circle", "x": short(x), "y": short(y), "radius": short(across * matrix.size)}
    rx, ry = across * abs(matrix.a), down * abs(matrix.d)
    return {"kind": "ellipse", "x": short(x), "y": short(y), "rx": short(rx), "ry": short(ry)}
