"""A bowl of three tiers around a pitch, for tests of large halls: quick to make, and to look at."""

from collections.abc import Iterator
from math import cos, hypot, pi, sin

from venues.plans.draft import CategoryDraft, PlanDraft, SeatDraft, SectionDraft, Shape, Spot

PITCH = (105.0, 68.0)
SEAT = 0.55
# Distance from the pitch and rows of each tier.
TIERS = ((9.0, 32), (31.0, 30), (52.0, 22))
ROW = 0.62
WEDGES = 30
AISLE = 1.2
CATEGORIES = (("Main stand", "#0072b2"), ("Corners", "#e69f00"), ("Ends", "#009e73"), ("Upper tier", "#cc79a7"))


def draft_stadium() -> PlanDraft:
    """About 70,000 seats in 90 sections."""
    sections = [
        draft_section(tier, wedge) for tier in range(len(TIERS)) for wedge in range(WEDGES)
    ]  # Round each tier, so that neighbours in the list are neighbours in the bowl.
    return PlanDraft(
        name="Bowl",
        categories=tuple(CategoryDraft(name, color) for name, color in CATEGORIES),
        sections=tuple(sections),
        shapes=tuple(draw_pitch()),
        seat_size=SEAT,
        focus=(0.0, 0.0),
    )


def spot(angle: float, distance: float) -> Spot:
    """A point so far from the edge of the pitch, on a rounded oval around it."""
    across, down = PITCH[0] / 2 + distance, PITCH[1] / 2 + distance
    x, y = cos(angle), sin(angle)
    # Between an ellipse and a rectangle, as bowls are.
    reach = (abs(x / across) ** 2.6 + abs(y / down) ** 2.6) ** (-1 / 2.6)
    return x * reach, y * reach


def category_of(tier: int, angle: float) -> str:
    if tier == 2:
        return "Upper tier"
    if abs(sin(angle)) > 0.83:
        return "Main stand"
    return "Ends" if abs(cos(angle)) > 0.93 else "Corners"


def draft_section(tier: int, wedge: int) -> SectionDraft:
    first, rows = TIERS[tier]
    begin, end = 2 * pi * wedge / WEDGES - pi / 2, 2 * pi * (wedge + 1) / WEDGES - pi / 2
    last = first + rows * ROW
    category = category_of(tier, (begin + end) / 2)
    seats = [seat for row in range(rows) for seat in draft_row(tier, row, begin, end, category)]
    edge = [begin + (end - begin) * (0.015 + 0.97 * step / 6) for step in range(7)]
    outline = [spot(angle, first - 0.6) for angle in edge] + [spot(angle, last) for angle in reversed(edge)]
    return SectionDraft(f"Block {tier + 1}{wedge + 1:02}", tuple(seats), outline=tuple(outline))


def draft_row(tier: int, row: int, begin: float, end: float, category: str) -> Iterator[SeatDraft]:
    distance = TIERS[tier][0] + row * ROW
    (x1, y1), (x2, y2) = spot(begin, distance), spot(end, distance)
    count = int((hypot(x2 - x1, y2 - y1) - AISLE) / SEAT)
    is_last = tier == 0 and row == TIERS[0][1] - 1
    for number in range(count):
        share = (number + 0.5 + AISLE / 2 / SEAT) * SEAT / (count * SEAT + AISLE)
        x, y = spot(begin + (end - begin) * share, distance)
        yield SeatDraft(
            row=str(row + 1),
            number=str(number + 1),
            x=round(x, 2),
            y=round(y, 2),
            category=category,
            row_rank=row,
            position=number,
            is_wheelchair=is_last and number % 8 == 2,
            is_companion=is_last and number % 8 == 3,
            has_restricted_view=tier == 1 and row == 0 and number < 3,
        )


def draw_pitch() -> Iterator[Shape]:
    length, width = PITCH
    grass, line = "#2f6b3a", "#e8f3ea"
    yield {"kind": "rectangle", "x": -length / 2, "y": -width / 2, "width": length, "height": width, "color": grass}
    yield {"kind": "line", "points": [[0, -width / 2], [0, width / 2]], "color": line}
    yield {"kind": "circle", "x": 0, "y": 0, "radius": 9.15, "border_color": line}
    for side in (-1, 1):
        goal, area = side * length / 2, side * (length / 2 - 16.5)
        box = [[goal, -20.2], [area, -20.2], [area, 20.2], [goal, 20.2]]
        yield {"kind": "line", "points": box, "color": line}
