"""The stadium as an SVG file that names its sections, rows and seats, in units of five centimetres."""

import math
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from venues.colors import PALETTE
from venues.plans.draft import Spot
from venues.plans.stadium.curve import Curve
from venues.plans.stadium.stands import (
    PITCH_LENGTH,
    PITCH_WIDTH,
    ROW_DEPTH,
    WHEELCHAIR_PAIRS,
    Stadium,
    Stand,
    plan_stadium,
    wheelchair_row,
)

SCALE = 20.0
SEAT_RADIUS = 4
ROOM = 4.0  # Around the last row, in metres.
GRASS, LINES, GROUND, FLOOR = "#3f8f4f", "#ffffff", "#e7e5e4", "#fafaf9"
# A corner of an outline at least every so many radians.
OUTLINE_STEP = math.radians(5)
GAP = 0.4
RING_CORNERS = 160


def draw_stadium(capacity: int, *, name: str = "Stadium") -> str:
    """An SVG of a bowl with exactly so many seats; the same for the same capacity and name, always.

    Raises PlanFileError for a capacity that is no stadium's.
    """
    stadium = plan_stadium(capacity)
    return "\n".join([*opening(stadium, name), *grounds(stadium), *field(), *stands(stadium), "</svg>", ""])


def opening(stadium: Stadium, name: str) -> Iterator[str]:
    reach = max(stand.tier.end for stand in stadium.stands) + ROOM
    (right, _), (_, bottom) = (stadium.curve.at(angle, reach) for angle in (0.0, math.pi / 2))
    box = (short(value) for value in (-right, -bottom, 2 * right, 2 * bottom))
    order = quoteattr(", ".join(stadium.categories))
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{" ".join(box)}" data-categories={order}>'
    yield f"<title>{escape(name)}</title>"


def grounds(stadium: Stadium) -> Iterator[str]:
    """The floor below the stands, and the border around the pitch."""
    reach = max(stand.tier.end for stand in stadium.stands) + ROOM / 2
    for offset, color in ((reach, GROUND), (-ROW_DEPTH, FLOOR)):
        yield f'<polygon points="{points(ring(stadium.curve, offset))}" fill="{color}"/>'


def ring(curve: Curve, offset: float) -> Iterator[Spot]:
    step = curve.length(0, math.tau, offset) / RING_CORNERS
    return (curve.at(curve.onward(0, step * index, offset), offset) for index in range(RING_CORNERS))


def field() -> Iterator[str]:
    """The pitch, which is what everybody looks at, with its lines."""
    yield rectangle(PITCH_LENGTH, PITCH_WIDTH, f'class="pitch" fill="{GRASS}"')
    yield f'<g fill="none" stroke="{LINES}" stroke-width="4">'
    yield f'<line x1="0" y1="{short(-PITCH_WIDTH / 2)}" x2="0" y2="{short(PITCH_WIDTH / 2)}"/>'
    yield f'<circle cx="0" cy="0" r="{short(9.15)}"/>'
    for depth, width in ((16.5, 40.3), (5.5, 18.3)):
        for side in (-1, 1):
            line, inner = side * PITCH_LENGTH / 2, side * (PITCH_LENGTH / 2 - depth)
            box = ((line, -width / 2), (inner, -width / 2), (inner, width / 2), (line, width / 2))
            yield f'<polyline points="{points(box)}"/>'
    yield "</g>"


def rectangle(width: float, height: float, attributes: str) -> str:
    corner = f'x="{short(-width / 2)}" y="{short(-height / 2)}"'
    return f'<rect {corner} width="{short(width)}" height="{short(height)}" {attributes}/>'


def stands(stadium: Stadium) -> Iterator[str]:
    colors = dict(zip(stadium.categories, PALETTE, strict=False))
    for stand in stadium.stands:
        color = colors[stand.category]
        yield (f'<g data-section={quoteattr(stand.name)} data-category={quoteattr(stand.category)} fill="{color}">')
        yield f'<polygon class="outline" points="{points(outline(stadium, stand))}" fill="none"/>'
        for row in range(len(stand.rows)):
            yield f'<g data-row="{row + 1}">{"".join(seats(stadium, stand, row))}</g>'
        yield "</g>"


def outline(stadium: Stadium, stand: Stand) -> Iterator[Spot]:
    """Along the front and back along the last row, with the aisles left free."""
    steps = max(math.ceil((stand.end - stand.start) / OUTLINE_STEP), 1)
    front, back = (stand.tier.offset_of(row) for row in (0, len(stand.rows) - 1))
    for offset, order in ((front - ROW_DEPTH / 2, 1), (back + ROW_DEPTH / 2, -1)):
        width = stadium.curve.length(stand.start, stand.end, offset) - 2 * GAP
        ways = [GAP + width * step / steps for step in range(steps + 1)]
        for way in ways[::order]:
            yield stadium.curve.at(stadium.curve.onward(stand.start, way, offset), offset)


def seats(stadium: Stadium, stand: Stand, row: int) -> Iterator[str]:
    count = len(stand.rows[row])
    has_room = row == wheelchair_row(stand)
    for index, (x, y) in enumerate(stadium.spots(stand, row)):
        flag = ""
        if has_room and min(index, count - 1 - index) < 2 * WHEELCHAIR_PAIRS:
            flag = ' class="wheelchair"' if index % 2 == 0 else ' class="companion"'
        yield f'<circle cx="{short(x)}" cy="{short(y)}" r="{SEAT_RADIUS}" data-seat="{index + 1}"{flag}/>'


def points(spots: Iterable[Spot]) -> str:
    return " ".join(f"{short(x)},{short(y)}" for x, y in spots)


def short(metres: float) -> str:
    """In the drawing's units, with no more digits than it takes."""
    text = f"{metres * SCALE:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
