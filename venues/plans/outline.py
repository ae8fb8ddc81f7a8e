"""What an overview draws of a section, and the point that the best seats are nearest to."""

from collections.abc import Iterable

from venues.plans.draft import PlanDraft, SectionDraft, Spot, bounds_of, shape_bounds


def find_focus(draft: PlanDraft) -> Spot:
    """The point the plan names, or the middle of its stage, or else a point in front of the seats."""
    if draft.focus is not None:
        return draft.focus
    for shape in draft.shapes:
        if shape["kind"] == "stage":
            return shape_bounds(shape).centre
    seats = bounds_of((seat.x, seat.y) for section in draft.sections for seat in section.seats)
    return seats.centre[0], seats.top - seats.height


def outline_of(section: SectionDraft, seat_size: float) -> list[list[float]]:
    """The section's own outline, or the convex hull around its seats, or its box."""
    points: Iterable[Spot] = section.outline
    if not section.outline:
        half = seat_size / 2
        if section.seats:
            # The hull of the middles first: few of thousands of seats have a corner on the outline.
            points = convex_hull(
                (x + across, y + down)
                for x, y in convex_hull((seat.x, seat.y) for seat in section.seats)
                for across in (-half, half)
                for down in (-half, half)
            )
        else:
            box = section.bounds(seat_size)
            points = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
    return [[round(x, 1), round(y, 1)] for x, y in points]


def convex_hull(points: Iterable[Spot]) -> list[Spot]:
    """The corners of the smallest convex polygon around the points (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    return [*half_hull(ordered), *half_hull(ordered[::-1])]


def half_hull(ordered: Iterable[Spot]) -> list[Spot]:
    hull: list[Spot] = []
    for point in ordered:
        while len(hull) > 1 and turn(hull[-2], hull[-1], point) <= 0:
            hull.pop()
        hull.append(point)
    return hull[:-1]


def turn(origin: Spot, one: Spot, other: Spot) -> float:
    """Above zero for a turn to the left."""
    return (one[0] - origin[0]) * (other[1] - origin[1]) - (one[1] - origin[1]) * (other[0] - origin[0])
