"""The shapes of an overview: each section's outline, and where its name fits into it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import hypot

from bookings.seatmap.scene import PlanParts, key_of
from ticketing.kept import Kept
from venues.models import Section
from venues.plans.draft import Bounds, bounds_of, join_bounds
from venues.plans.shape_svg import draw_shapes, number

Point = tuple[float, float]
Polygon = Sequence[Point]

WIDTH = 1000
MARGIN = 10
# How wide a character is, in font sizes.
CHARACTER = 0.62
SMALLEST, LARGEST = 5.0, 34.0
TRIES = 5
TOLERANCE = 0.8
MOST_DECORATION = 24_000


@dataclass(frozen=True, slots=True)
class Area:
    """One section on the overview; `x` and `y` are where its name goes, `size` is its font size."""

    section: Section
    short_name: str
    points: str
    x: int
    y: int
    size: str


@dataclass(frozen=True, slots=True)
class Overview:
    view_box: str
    background: str
    areas: list[Area]


OVERVIEWS: Kept[tuple[int, int], Overview] = Kept(most=8)


def get_overview(parts: PlanParts) -> Overview:
    """Drawn once a process."""
    return OVERVIEWS.get(key_of(parts.plan), partial(make_overview, parts))


def make_overview(parts: PlanParts) -> Overview:
    plan = parts.plan
    outlines = {section.pk: outline_of(section) for section in parts.sections}
    drawing = Bounds(plan.left, plan.top, plan.left + plan.width, plan.top + plan.height)
    bounds = join_bounds([drawing, *map(bounds_of, outlines.values())])
    scale = (WIDTH - 2 * MARGIN) / (max(bounds.width, bounds.height) or 1.0)

    def moved(point: Point) -> Point:
        x, y = point
        return float(round((x - bounds.left) * scale) + MARGIN), float(round((y - bounds.top) * scale) + MARGIN)

    short_names = shorten([section.name for section in parts.sections])
    areas = [
        make_area(section, short_name, [moved(point) for point in outlines[section.pk]])
        for section, short_name in zip(parts.sections, short_names, strict=True)
    ]
    width, height = moved((bounds.right, bounds.bottom))
    matrix = f"matrix({scale:.5g} 0 0 {scale:.5g} {MARGIN - bounds.left * scale:.1f} {MARGIN - bounds.top * scale:.1f})"
    drawn = draw_shapes(plan.shapes, digits=0 if scale < 0.5 else 1 if scale < 5 else 3, most=MOST_DECORATION)
    return Overview(
        view_box=f"0 0 {number(width + MARGIN, 0)} {number(height + MARGIN, 0)}",
        background=f'<g class="plan-back" transform="{matrix}">{drawn}</g>' if drawn else "",
        areas=areas,
    )


def outline_of(section: Section) -> list[Point]:
    if len(section.outline) > 2:
        return [(x, y) for x, y in section.outline]
    right, bottom = section.x + section.width, section.y + section.height
    return [(section.x, section.y), (right, section.y), (right, bottom), (section.x, bottom)]


def make_area(section: Section, short_name: str, outline: list[Point]) -> Area:
    polygon = simplify(outline)
    x, y, room = roomiest(polygon)
    size = min(room * 0.8, chord(polygon, x, y) / (CHARACTER * max(len(short_name), 3) + 0.4), LARGEST)
    return Area(
        section=section,
        short_name=short_name,
        points=" ".join(f"{number(px, 0)},{number(py, 0)}" for px, py in polygon),
        x=round(x),
        y=round(y),
        size=number(max(size, SMALLEST)),
    )


def simplify(outline: list[Point]) -> list[Point]:
    """Without the corners that nobody sees: cut in two at the corner farthest from the first, and straightened."""
    if len(outline) < 5:
        return outline
    x, y = outline[0]
    far = max(range(len(outline)), key=lambda index: hypot(outline[index][0] - x, outline[index][1] - y))
    return [*straighten(outline[: far + 1])[:-1], *straighten([*outline[far:], outline[0]])[:-1]]


def straighten(line: list[Point]) -> list[Point]:
    """The same line to a tolerance, by Douglas and Peucker; its ends stay."""
    if len(line) < 3:
        return line
    away = [distance(x, y, line[0], line[-1]) for x, y in line[1:-1]]
    farthest = max(range(len(away)), key=away.__getitem__)
    if away[farthest] < TOLERANCE:
        return [line[0], line[-1]]
    return [*straighten(line[: farthest + 2])[:-1], *straighten(line[farthest + 1 :])]


def shorten(names: list[str]) -> list[str]:
    """“Section 104” and “Section 105” are 104 and 105 where there is little room."""
    words = [name.split() for name in names]
    shared = 0
    while (
        len(words) > 1 and all(len(each) > shared + 1 for each in words) and len({each[shared] for each in words}) == 1
    ):
        shared += 1
    return [" ".join(each[shared:]) for each in words]


def roomiest(polygon: Polygon) -> tuple[float, float, float]:
    """A point well inside, with its distance to the edge: the centroid, unless elsewhere is far more room."""
    best = (*bounds_of(polygon).centre, 0.0)
    for across, down in candidates(polygon):
        if is_inside(polygon, across, down):
            room = min(distance(across, down, one, other) for one, other in edges(polygon))
            if room > best[2] * 1.1:
                best = (across, down, room)
    return best


def candidates(polygon: Polygon) -> Iterator[Point]:
    """The centroid first, then a grid."""
    yield centroid(polygon)
    box = bounds_of(polygon)
    for column in range(1, TRIES + 1):
        for row in range(1, TRIES + 1):
            yield box.left + box.width * column / (TRIES + 1), box.top + box.height * row / (TRIES + 1)


def centroid(polygon: Polygon) -> Point:
    """Of its area; the middle of its box where it has none."""
    twice_area = across = down = 0.0
    for (x1, y1), (x2, y2) in edges(polygon):
        cross = x1 * y2 - x2 * y1
        twice_area += cross
        across += (x1 + x2) * cross
        down += (y1 + y2) * cross
    if not twice_area:
        return bounds_of(polygon).centre
    return across / (3 * twice_area), down / (3 * twice_area)


def edges(polygon: Polygon) -> Iterator[tuple[Point, Point]]:
    return pairwise([polygon[-1], *polygon])


def crossings(polygon: Polygon, y: float) -> list[float]:
    """Where the horizontal line at `y` cuts the outline, from left to right."""
    return sorted(
        x1 + (y - y1) * (x2 - x1) / (y2 - y1) for (x1, y1), (x2, y2) in edges(polygon) if (y1 > y) != (y2 > y)
    )


def is_inside(polygon: Polygon, x: float, y: float) -> bool:
    return sum(cut > x for cut in crossings(polygon, y)) % 2 == 1


def chord(polygon: Polygon, x: float, y: float) -> float:
    """How wide the shape is about a point, both sides alike."""
    cuts = crossings(polygon, y)
    left = max((cut for cut in cuts if cut <= x), default=x)
    right = min((cut for cut in cuts if cut > x), default=x)
    return 2 * min(x - left, right - x)


def distance(x: float, y: float, one: Point, other: Point) -> float:
    """From a point to an edge."""
    (x1, y1), (x2, y2) = one, other
    across, down = x2 - x1, y2 - y1
    length = across * across + down * down
    along = max(0.0, min(1.0, ((x - x1) * across + (y - y1) * down) / length)) if length else 0.0
    return hypot(x - x1 - along * across, y - y1 - along * down)
