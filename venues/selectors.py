"""Reads with a rule."""

from dataclasses import replace
from typing import Any

from django.db.models import Max

from venues.models import Seat, SeatingPlan, Section
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.plans.edits import KeyedDraft
from venues.plans.outline import find_focus, outline_of

SEAT_COLUMNS = (
    "section",
    "row",
    "number",
    "x",
    "y",
    "category",
    "row_rank",
    "position",
    "is_wheelchair",
    "is_companion",
    "has_restricted_view",
    "is_blocked",
)


def load_draft(plan: SeatingPlan) -> PlanDraft:
    """The draft that `save_plan` would store as this very plan.

    Seats come in the order they were stored in. What `save_plan` works out where the draft says
    nothing (focal point, outlines) stays unsaid, so that it is worked out again for a changed copy.
    """
    categories = {
        pk: CategoryDraft(name, color) for pk, name, color in plan.categories.values_list("pk", "name", "color")
    }
    names = {pk: category.name for pk, category in categories.items()}
    seats = load_seats(plan, names)
    draft = PlanDraft(
        name=plan.name,
        categories=tuple(categories.values()),
        sections=tuple(
            load_section(section, tuple(seats.get(section.pk, ())), names, plan.seat_size)
            for section in plan.sections.all()
        ),
        shapes=tuple(plan.shapes),
        seat_size=plan.seat_size,
        source=plan.source,
    )
    if plan.focus_x is None or plan.focus_y is None or (plan.focus_x, plan.focus_y) == find_focus(draft):
        return draft
    return replace(draft, focus=(plan.focus_x, plan.focus_y))


def load_keyed_draft(plan: SeatingPlan) -> KeyedDraft:
    """The draft with the keys of its categories, sections and seats."""
    section_ids = tuple(plan.sections.values_list("pk", flat=True))
    seat_ids: dict[int, list[int]] = {section: [] for section in section_ids}
    for section, seat in Seat.objects.filter(section__plan=plan).order_by("pk").values_list("section", "pk"):
        seat_ids[section].append(seat)
    return KeyedDraft(
        draft=load_draft(plan),
        categories=tuple(str(pk) for pk in plan.categories.values_list("pk", flat=True)),
        sections=section_ids,
        seats=tuple(map(tuple, seat_ids.values())),
    )


def get_stamp(plan: SeatingPlan) -> str:
    """What an editor saw when it opened: another stamp later means that somebody did something meanwhile."""
    latest = SeatingPlan.objects.filter(hall=plan.hall_id).aggregate(latest=Max("version"))["latest"]
    return f"{plan.revision}.{latest}.{'used' if plan.is_in_use else 'free'}"


def load_seats(plan: SeatingPlan, categories: dict[int, str]) -> dict[int, list[SeatDraft]]:
    """By section."""
    seats: dict[int, list[SeatDraft]] = {}
    rows = Seat.objects.filter(section__plan=plan).order_by("pk").values_list(*SEAT_COLUMNS)
    for section_id, row, number, x, y, category_id, *rest in rows:
        seats.setdefault(section_id, []).append(SeatDraft(row, number, x, y, categories[category_id], *rest))
    return seats


def load_section(
    section: Section, seats: tuple[SeatDraft, ...], categories: dict[int, str], seat_size: float
) -> SectionDraft:
    facts: dict[str, Any] = {"name": section.name, "seats": seats}
    if section.is_standing:
        right, bottom = far_edge(section.x, section.width), far_edge(section.y, section.height)
        facts |= {
            "capacity": section.capacity,
            "category": categories[section.category_id] if section.category_id else "",
            "box": Bounds(section.x, section.y, right, bottom),
        }
    draft = SectionDraft(**facts)
    if not section.outline or section.outline == outline_of(draft, seat_size):
        return draft
    return replace(draft, outline=tuple((x, y) for x, y in section.outline))


def far_edge(near: float, length: float) -> float:
    """The far edge that lies `length` from the near one, without the dust that adding floats leaves."""
    far = near + length
    rounded = round(far, 6)
    return rounded if rounded - near == length else far
