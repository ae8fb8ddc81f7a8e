"""The one way a seating plan is stored."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Max

from venues.locks import lock_hall
from venues.models import Hall, Seat, SeatCategory, SeatingPlan, Section
from venues.plans.checks import NAME_LENGTH, check_draft
from venues.plans.draft import PlanDraft
from venues.plans.outline import find_focus, outline_of

BATCH = 2000


@transaction.atomic(durable=True)
def save_plan(*, hall: Hall, draft: PlanDraft) -> SeatingPlan:
    """Store the draft as the hall's next plan version, whole or not at all; raises PlanFileError."""
    check_draft(draft)
    lock_hall(hall.pk)
    plan = create_plan(hall, draft)
    categories = create_categories(plan, draft)
    sections = create_sections(plan, draft, categories)
    Seat.objects.bulk_create(make_seats(draft, sections, categories), batch_size=BATCH)
    return plan


def create_plan(hall: Hall, draft: PlanDraft) -> SeatingPlan:
    latest = hall.plans.aggregate(latest=Max("version"))["latest"] or 0
    bounds = draft.bounds()
    focus_x, focus_y = find_focus(draft)
    return SeatingPlan.objects.create(
        hall=hall,
        version=latest + 1,
        name=draft.name.strip()[:NAME_LENGTH],
        left=bounds.left,
        top=bounds.top,
        width=bounds.width,
        height=bounds.height,
        seat_size=draft.seat_size,
        shapes=list(draft.shapes),
        focus_x=focus_x,
        focus_y=focus_y,
        source=draft.source,
    )


def create_categories(plan: SeatingPlan, draft: PlanDraft) -> dict[str, SeatCategory]:
    """By name, read back because MySQL does not return the keys of a bulk insert."""
    SeatCategory.objects.bulk_create(
        SeatCategory(plan=plan, name=category.name, color=category.color, rank=rank)
        for rank, category in enumerate(draft.categories)
    )
    return {category.name: category for category in plan.categories.all()}


def create_sections(plan: SeatingPlan, draft: PlanDraft, categories: dict[str, SeatCategory]) -> dict[str, Section]:
    sections = []
    for rank, section in enumerate(draft.sections):
        box = section.bounds(draft.seat_size)
        sections.append(
            Section(
                plan=plan,
                name=section.name,
                kind=Section.Kind.STANDING if section.is_standing else Section.Kind.SEATED,
                rank=rank,
                category=categories[section.category] if section.is_standing else None,
                capacity=section.capacity,
                x=box.left,
                y=box.top,
                width=box.width,
                height=box.height,
                outline=outline_of(section, draft.seat_size),
            )
        )
    Section.objects.bulk_create(sections)
    return {section.name: section for section in plan.sections.all()}


def make_seats(draft: PlanDraft, sections: dict[str, Section], categories: dict[str, SeatCategory]) -> Iterator[Seat]:
    for section in draft.sections:
        for seat in section.seats:
            yield Seat(
                section=sections[section.name],
                category=categories[seat.category],
                row=seat.row,
                number=seat.number,
                row_rank=seat.row_rank,
                position=seat.position,
                x=seat.x,
                y=seat.y,
                is_wheelchair=seat.is_wheelchair,
                is_companion=seat.is_companion,
                has_restricted_view=seat.has_restricted_view,
                is_blocked=seat.is_blocked,
            )
