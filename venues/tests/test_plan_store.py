from functools import partial

import pytest

from tests.concurrency import run_together
from tests.factories import make_event_session, make_hall, make_plan
from venues.errors import PlanFileError, PlanInUseError
from venues.models import PALETTE, Seat, SeatCategory, SeatingPlan, Section
from venues.plans.capacity import plan_from_capacity
from venues.plans.checks import LABEL_LENGTH
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.plans.grid import Band, Grid, draft_grid
from venues.services.plans import save_plan

STALLS = CategoryDraft("Stalls", PALETTE[0])


def draft_with(*sections, categories=(STALLS,)):
    return PlanDraft("Plan", tuple(categories), tuple(sections))


def seat(row="A", number="1", x=0.0, y=0.0, category="Stalls"):
    return SeatDraft(row, number, x, y, category)


@pytest.mark.django_db
def test_a_grid_is_stored_with_its_categories_seats_and_bounds():
    grid = Grid(rows=3, columns=4, bands=[Band("Front", 1), Band("Back", 2)], wheelchair=["C4"])

    plan = save_plan(hall=make_hall(), draft=draft_grid("Studio", grid))

    assert plan.version == 1
    assert [category.name for category in plan.categories.all()] == ["Front", "Back"]
    assert Seat.objects.filter(section__plan=plan).count() == 12
    assert Seat.objects.get(is_wheelchair=True).category.name == "Back"
    assert [shape["kind"] for shape in plan.shapes] == ["stage"]
    section = plan.sections.get()
    assert plan.left <= section.x
    assert section.x + section.width <= plan.left + plan.width
    assert section.y + section.height <= plan.top + plan.height


@pytest.mark.django_db
def test_a_standing_section_is_stored_with_capacity_category_and_box():
    plan = save_plan(hall=make_hall(), draft=plan_from_capacity("Club", 300, section="Floor"))

    section = plan.sections.get()
    assert (section.kind, section.capacity, section.category.name) == (Section.Kind.STANDING, 300, "Floor")
    assert section.width > section.height > 0


@pytest.mark.django_db
def test_each_new_plan_of_a_hall_gets_the_next_version():
    hall = make_hall()

    plans = [make_plan(hall=hall) for _ in range(3)]
    other = make_plan()

    assert [plan.version for plan in plans] == [1, 2, 3]
    assert other.version == 1


@pytest.mark.django_db(transaction=True)
def test_six_plans_stored_at_once_get_six_versions():
    hall = make_hall()
    draft = draft_grid("Plan", Grid(rows=4, columns=10))

    results = run_together(*[partial(save_plan, hall=hall, draft=draft)] * 6)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert sorted(SeatingPlan.objects.values_list("version", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert Seat.objects.count() == 6 * 40


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (draft_with(), "no places"),
        (draft_with(SectionDraft("Empty")), "either seats or a capacity"),
        (draft_with(SectionDraft("Stalls", (seat(), seat(x=30)))), "row A, seat 1 twice"),
        (draft_with(SectionDraft("Stalls", (seat("a"), seat("A", x=30)))), "twice"),
        (draft_with(SectionDraft("Stalls", (seat("é"), seat("E ", x=30)))), "twice"),
        (draft_with(SectionDraft("Stalls", (seat(category="Box"),))), "unknown category “Box”"),
        (draft_with(SectionDraft("Stalls", (seat(number="1" * (LABEL_LENGTH + 1)),))), "1 to 20 characters"),
        (draft_with(SectionDraft("Stalls", (seat(row=" "),))), "needs a row and a number"),
        (draft_with(SectionDraft("Stalls", (seat(x=float("nan")),))), "no usable position"),
        (draft_with(SectionDraft("Stalls", (seat(),)), SectionDraft("stalls", (seat(),))), "section “stalls”"),
        (draft_with(SectionDraft("", (seat(),))), "has no name"),
        (draft_with(SectionDraft("S" * 101, (seat(),))), "longer than 100"),
        (draft_with(SectionDraft("Stalls", (seat(),)), categories=(STALLS, STALLS)), "category “Stalls”"),
        (draft_with(SectionDraft("Floor", capacity=300_000, category="Stalls")), "at most 200000"),
    ],
)
@pytest.mark.django_db
def test_a_draft_that_cannot_be_stored_is_refused_and_leaves_nothing(draft, sentence):
    with pytest.raises(PlanFileError) as refusal:
        save_plan(hall=make_hall(), draft=draft)

    assert sentence in str(refusal.value)
    assert not SeatingPlan.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_while_seats_are_written_leaves_nothing(monkeypatch):
    hall = make_hall()

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("venues.services.plans.create_seats", fail)
    with pytest.raises(OSError, match="disk full"):
        save_plan(hall=hall, draft=draft_grid("Plan", Grid(rows=2, columns=2)))

    assert not SeatingPlan.objects.exists()
    assert not Section.objects.exists()
    assert not SeatCategory.objects.exists()


@pytest.mark.django_db
def test_a_section_may_lie_anywhere():
    box = Bounds(-500, -400, -300, -200)
    draft = draft_with(SectionDraft("Floor", capacity=10, category="Stalls", box=box))

    plan = save_plan(hall=make_hall(), draft=draft)

    assert (plan.left, plan.top) == (-512, -412)
    assert (plan.width, plan.height) == (224, 224)


def parts_of(plan):
    seated = plan.sections.get(kind="seated")
    return [seated, seated.seats.first(), plan.categories.first()]


@pytest.mark.django_db
def test_the_parts_of_a_plan_on_sale_can_neither_change_nor_go():
    plan = make_event_session(seats="A1 A2").plan

    for part in parts_of(plan):
        with pytest.raises(PlanInUseError):
            part.save()
        with pytest.raises(PlanInUseError):
            part.delete()

    assert Seat.objects.filter(section__plan=plan).count() == 2


@pytest.mark.django_db
def test_the_parts_of_a_plan_not_yet_on_sale_can_change():
    plan = make_event_session(seats="A1 A2", published=False).plan

    seat_a1 = parts_of(plan)[1]
    seat_a1.is_wheelchair = True
    seat_a1.save()

    seat_a1.refresh_from_db()
    assert seat_a1.is_wheelchair
