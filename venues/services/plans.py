"""The one way a seating plan is stored."""

from operator import attrgetter

from django.db import connection, transaction
from django.db.models import Max

from venues.locks import lock_hall
from venues.models import Hall, Seat, SeatCategory, SeatingPlan, Section
from venues.plans.checks import NAME_LENGTH, check_draft
from venues.plans.draft import PlanDraft
from venues.plans.outline import find_focus, outline_of

# What a stored seat has straight from its draft.
COPIED = (
    *("row", "number", "row_rank", "position", "x", "y"),
    *("is_wheelchair", "is_companion", "has_restricted_view", "is_blocked"),
)
copied = attrgetter(*COPIED)


@transaction.atomic(durable=True)
def save_plan(*, hall: Hall, draft: PlanDraft) -> SeatingPlan:
    """Store the draft as the hall's next plan version, whole or not at all; raises PlanFileError."""
    check_draft(draft)
    lock_hall(hall.pk)
    return store_plan(hall, draft)


def store_plan(hall: Hall, draft: PlanDraft) -> SeatingPlan:
    """The caller checked the draft and holds the hall's lock."""
    plan = create_plan(hall, draft)
    categories = create_categories(plan, draft)
    sections = create_sections(plan, draft, categories)
    create_seats(draft, sections, categories)
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


def create_seats(draft: PlanDraft, sections: dict[str, Section], categories: dict[str, SeatCategory]) -> None:
    """Without model instances: a stadium's 80,000 take a quarter of the time that bulk_create does."""
    names = ("section_id", "category_id", *COPIED)
    columns = ", ".join(connection.ops.quote_name(name) for name in names)
    marks = ", ".join(["%s"] * len(names))
    rows = [
        (sections[section.name].pk, categories[seat.category].pk, *copied(seat))
        for section in draft.sections
        for seat in section.seats
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {Seat._meta.db_table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
