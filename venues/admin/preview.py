"""A plan as a plain drawing, for looking at only; the same for a stored plan and for a draft."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from venues.models import Seat, SeatingPlan
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SectionDraft, Shape, Spot, bounds_of
from venues.plans.outline import outline_of
from venues.plans.shape_svg import draw_shapes, number
from venues.selectors import load_draft

# Beyond this many circles a browser crawls; sections are drawn as areas then.
MOST_SEATS = 6000
SEAT_SHARE = 0.42


@dataclass(frozen=True, slots=True)
class Area:
    """A section that is drawn as a whole."""

    name: str
    outline: Sequence[Spot]
    color: str


@dataclass(frozen=True, slots=True)
class Drawing:
    name: str
    place_count: int
    bounds: Bounds
    shapes: Sequence[Shape]
    areas: Sequence[Area]
    sections: Sequence[SectionDraft]
    colors: dict[str, str]
    seat_size: float


def draw_plan(plan: SeatingPlan) -> SafeString:
    if Seat.objects.filter(section__plan=plan).count() <= MOST_SEATS:
        return draw_draft(load_draft(plan))
    return draw(drawing_of_sections(plan))


def draw_draft(draft: PlanDraft) -> SafeString:
    seat_count = sum(len(section.seats) for section in draft.sections)
    colors = {category.name: category.color for category in draft.categories}
    is_large = seat_count > MOST_SEATS
    areas = [
        Area(section.name, [(x, y) for x, y in outline_of(section, draft.seat_size)], colors[main_category(section)])
        for section in draft.sections
        if section.is_standing or is_large
    ]
    sections = [] if is_large else draft.sections
    return draw(
        Drawing(draft.name, draft.place_count, draft.bounds(), draft.shapes, areas, sections, colors, draft.seat_size)
    )


def main_category(section: SectionDraft) -> str:
    counts = Counter(seat.category for seat in section.seats)
    return counts.most_common(1)[0][0] if counts else section.category


def drawing_of_sections(plan: SeatingPlan) -> Drawing:
    """Without loading a single seat."""
    colors = dict(plan.categories.values_list("pk", "color"))
    seats = Seat.objects.filter(section__plan=plan)
    color_of = dict(seats.order_by().values_list("section", "category").distinct())
    sections = list(plan.sections.all())
    areas = [
        Area(section.name, section.outline, colors[section.category_id or color_of[section.pk]]) for section in sections
    ]
    bounds = Bounds(plan.left, plan.top, plan.left + plan.width, plan.top + plan.height)
    count = seats.count() + sum(section.capacity for section in sections)
    return Drawing(plan.name, count, bounds, plan.shapes, areas, [], {}, plan.seat_size)


def draw(drawing: Drawing) -> SafeString:
    bounds = drawing.bounds
    written = {shape.get("text") for shape in drawing.shapes}
    areas = [draw_area(area, bounds.width, is_named=area.name not in written) for area in drawing.areas]
    return render_to_string(
        "admin/venues/seatingplan/_preview.svg",
        {
            "drawing": drawing,
            "view_box": " ".join(number(value) for value in (bounds.left, bounds.top, bounds.width, bounds.height)),
            "shapes": mark_safe(draw_shapes(drawing.shapes, most=200_000)),  # noqa: S308 (escaped there)
            "areas": mark_safe("".join(areas)),  # noqa: S308
            "seats": mark_safe("".join(draw_seats(drawing))),  # noqa: S308
        },
    )


def draw_area(area: Area, plan_width: float, *, is_named: bool) -> str:
    """With its name, where the background does not write that already."""
    points = " ".join(f"{number(x)},{number(y)}" for x, y in area.outline)
    box = bounds_of(area.outline)
    x, y = (number(value) for value in box.centre)
    size = number(min(box.width / (0.8 * len(area.name)), box.height * 0.4, plan_width / 30))
    name = f'<text class="plan-text" x="{x}" y="{y}" font-size="{size}">{escape(area.name)}</text>'
    polygon = f'<polygon class="plan-area" points="{points}" fill="{area.color}" stroke="{area.color}"></polygon>'
    return polygon + (name if is_named else "")


def draw_seats(drawing: Drawing) -> Iterable[str]:
    radius = number(drawing.seat_size * SEAT_SHARE)
    for section in drawing.sections:
        name = escape(section.name)
        for seat in section.seats:
            marks = " plan-seat--wheelchair" if seat.is_wheelchair else ""
            marks += " plan-seat--companion" if seat.is_companion else ""
            marks += " plan-seat--blocked" if seat.is_blocked else ""
            label = f"{name} {escape(seat.row)} {escape(seat.number)}"
            yield (
                f'<circle class="plan-seat{marks}" cx="{number(seat.x)}" cy="{number(seat.y)}" r="{radius}"'
                f' fill="{drawing.colors[seat.category]}"><title>{label}</title></circle>'
            )


def count_places(draft: PlanDraft) -> list[tuple[CategoryDraft, int]]:
    """Each category with its places."""
    counts: Counter[str] = Counter()
    for section in draft.sections:
        if section.is_standing:
            counts[section.category] += section.capacity
        counts.update(seat.category for seat in section.seats)
    return [(category, counts[category.name]) for category in draft.categories]
