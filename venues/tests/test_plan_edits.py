"""Plans edited by hand: what changes, what is refused, and what becomes a new version."""

import json
from functools import partial

import pytest
from django.db.models import F

from bookings.models import Place
from bookings.services.publishing import publish_event_session
from events.models import PriceTier
from tests.concurrency import run_together
from tests.factories import NOON, make_event_session, make_hall, make_plan
from venues.errors import PlanEditError, PlanFileError, StalePlanError
from venues.models import Seat, SeatingPlan
from venues.plans.draft import CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.plans.edits_reader import read_edits
from venues.plans.grid import Band, Grid, draft_grid
from venues.selectors import get_stamp, load_draft
from venues.services.plan_edits import copy_plan, edit_plan
from venues.services.plans import save_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    grid = Grid(rows=3, columns=4, bands=[Band("Front", 1), Band("Back", 2)])
    return save_plan(hall=make_hall(), draft=draft_grid("Studio", grid))


def keys(plan, labels):
    seats = {f"{seat.row}{seat.number}": seat.pk for seat in Seat.objects.filter(section__plan=plan)}
    return ",".join(str(seats[label]) for label in labels.split())


def edit(plan, *items, stamp=None):
    stamp = stamp or get_stamp(SeatingPlan.objects.get(pk=plan.pk))
    return edit_plan(plan_id=plan.pk, edits=read_edits(json.dumps(items)), stamp=stamp)


def mark(plan, labels, field, value):
    return {"op": "mark", "seats": keys(plan, labels), "field": field, "value": value}


def categories(plan, **names):
    """The plan's categories under other names; None takes one out."""
    return {
        "op": "categories",
        "items": [
            {"key": str(category.pk), "name": names.get(category.name, category.name), "color": category.color}
            for category in plan.categories.all()
            if names.get(category.name, "") is not None
        ],
    }


def labels_of(plan, **facts):
    seats = Seat.objects.filter(section__plan=plan, **facts).order_by("row_rank", "position")
    return [f"{seat.row}{seat.number}" for seat in seats]


def test_seats_of_an_unused_plan_change_in_place(plan):
    back = str(plan.categories.get(name="Back").pk)

    outcome = edit(
        plan,
        mark(plan, "A1 A2", "category", back),
        mark(plan, "B1", "is_wheelchair", True),
        mark(plan, "B2", "is_companion", True),
        mark(plan, "C1 C2 C3 C4", "has_restricted_view", True),
        mark(plan, "C1", "has_restricted_view", False),
        mark(plan, "A4", "is_blocked", True),
    )

    assert (outcome.plan.pk, outcome.is_new_version) == (plan.pk, False)
    assert labels_of(plan, category__name="Front") == ["A3", "A4"]
    assert labels_of(plan, is_wheelchair=True) == ["B1"]
    assert labels_of(plan, is_companion=True) == ["B2"]
    assert labels_of(plan, has_restricted_view=True) == ["C2", "C3", "C4"]
    assert labels_of(plan, is_blocked=True) == ["A4"]


def test_rows_and_numbers_can_be_swapped_without_a_clash(plan):
    before = list(Seat.objects.filter(section__plan=plan).order_by("pk").values_list("pk", "x", "y"))

    edit(
        plan,
        mark(plan, "A1 A2 A3 A4", "row", "B"),
        mark(plan, "B1 B2 B3 B4", "row", "A"),
        {"op": "number", "seats": keys(plan, "C4 C3 C2 C1"), "first": 1, "step": 2},
    )

    assert labels_of(plan) == ["B1", "B2", "B3", "B4", "A1", "A2", "A3", "A4", "C7", "C5", "C3", "C1"]
    assert list(Seat.objects.filter(section__plan=plan).order_by("pk").values_list("pk", "x", "y")) == before


def test_categories_are_renamed_swapped_recoloured_ordered_added_and_removed(plan):
    event_session = make_event_session(plan=plan, published=False)
    front, back = plan.categories.all()
    items = [
        {"key": str(back.pk), "name": "Front", "color": "#ABCDEF"},
        {"key": str(front.pk), "name": "Back", "color": front.color},
        {"key": "new-1", "name": "Box", "color": "#000000"},
    ]

    edit(plan, {"op": "categories", "items": items}, mark(plan, "A1", "category", "new-1"))

    assert list(plan.categories.values_list("name", "color")) == [
        ("Front", "#abcdef"),
        ("Back", front.color),
        ("Box", "#000000"),
    ]
    assert labels_of(plan, category=front) == ["A2", "A3", "A4"]
    assert labels_of(plan, category__name="Box") == ["A1"]
    assert PriceTier.objects.filter(event_session=event_session).count() == 2

    box = categories(plan, Box=None)
    edit(plan, mark(plan, "A1", "category", str(front.pk)), box)
    assert [category.name for category in plan.categories.all()] == ["Front", "Back"]


def test_sections_and_the_words_that_name_them_change_together():
    plan = make_plan("A1 A2", {"Floor": 50})
    plan.shapes = [{"kind": "text", "x": 0, "y": 0, "size": 10, "text": "Floor"}]
    plan.save()
    floor, stalls = plan.sections.get(name="Floor"), plan.sections.get(name="Stalls")
    category = str(plan.categories.get(name="Stalls").pk)

    edit(
        plan,
        {"op": "section", "section": floor.pk, "values": {"name": "Stalls", "capacity": 80, "category": category}},
        {"op": "section", "section": stalls.pk, "values": {"name": "Floor"}},
        {"op": "plan", "name": "Summer"},
    )

    plan.refresh_from_db()
    floor.refresh_from_db()
    assert (floor.name, floor.capacity, floor.category.name) == ("Stalls", 80, "Stalls")
    assert plan.sections.get(pk=stalls.pk).name == "Floor"
    assert plan.shapes[0]["text"] == "Stalls"
    assert plan.name == "Summer"


def test_a_plan_in_use_stays_and_a_new_version_has_the_changes():
    plan = make_event_session(seats="A1 A2 B1").plan
    before = load_draft(plan)

    outcome = edit(plan, mark(plan, "A1", "is_blocked", True))

    assert outcome.is_new_version
    assert (outcome.plan.hall_id, outcome.plan.version) == (plan.hall_id, plan.version + 1)
    assert load_draft(plan) == before
    assert labels_of(outcome.plan, is_blocked=True) == ["A1"]


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        (lambda plan: [mark(plan, "A1", "row", "B")], "two rows called “B”"),
        (lambda plan: [mark(plan, "A1", "row", " ")], "needs a row and a number"),
        (lambda plan: [mark(plan, "A1", "row", "R" * 21)], "1 to 20 characters"),
        (lambda plan: [{"op": "number", "seats": keys(plan, "A1"), "first": 2, "step": 1}], "row A, seat 2 twice"),
        (lambda plan: [categories(plan, Front=None)], "“Front” cannot go: 4 seats"),
        (lambda plan: [categories(plan, Front="Back")], "called category “Back”"),
        (lambda plan: [categories(plan, Front="")], "has no name"),
        (lambda plan: [mark(plan, "A1", "category", "nothing")], "not in the list"),
        (lambda plan: [mark(plan, "A1", "is_companion", True)], "no wheelchair place"),
        (lambda plan: [{"op": "mark", "seats": "999999999", "field": "row", "value": "A"}], "not in this plan"),
        (lambda plan: [{"op": "section", "section": 0, "values": {"name": "A"}}], "not in this plan"),
        (
            lambda plan: [{"op": "section", "section": plan.sections.get().pk, "values": {"capacity": 3}}],
            "Only standing sections",
        ),
    ],
)
def test_edits_that_make_no_plan_are_refused_and_change_nothing(plan, items, sentence):
    before = load_draft(plan)

    with pytest.raises(PlanFileError) as refusal:
        edit(plan, *items(plan))

    assert sentence in str(refusal.value)
    plan.refresh_from_db()
    assert load_draft(plan) == before
    assert plan.revision == 0


def test_a_category_with_a_price_in_a_planned_session_stays(plan):
    make_event_session(plan=plan, published=False)
    back = str(plan.categories.get(name="Back").pk)

    with pytest.raises(PlanEditError, match="price in a planned session"):
        edit(plan, mark(plan, "A1 A2 A3 A4", "category", back), categories(plan, Front=None))

    assert labels_of(plan, category__name="Front") == ["A1", "A2", "A3", "A4"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[" * 100_000,
        "[1]",
        '[{"op": "drop"}]',
        '[{"op": ["mark"]}]',
        '[{"op": "mark", "seats": "1", "field": "pk", "value": 1}]',
        '[{"op": "mark", "seats": "1", "field": "is_blocked", "value": "yes"}]',
        '[{"op": "mark", "seats": "1-9999999999", "field": "is_blocked", "value": true}]',
        '[{"op": "mark", "seats": "1;2", "field": "is_blocked", "value": true}]',
        '[{"op": "mark", "seats": [1], "field": "is_blocked", "value": true}]',
        '[{"op": "mark", "seats": "1", "field": "row", "value": 7}]',
        '[{"op": "number", "seats": "1", "first": -1, "step": 1}]',
        '[{"op": "number", "seats": "1", "first": true, "step": 1}]',
        '[{"op": "section", "section": 1, "values": {"kind": "standing"}}]',
        '[{"op": "section", "section": 1, "values": 3}]',
        '[{"op": "categories", "items": []}]',
        '[{"op": "categories", "items": [{"key": "1", "name": "A"}]}]',
        '[{"op": "plan", "name": ["A"]}]',
        json.dumps([{"op": "plan", "name": "A"}] * 5_001),
        json.dumps([{"op": "mark", "seats": "1-190000", "field": "is_blocked", "value": True}] * 30),
    ],
)
def test_what_is_no_edit_is_refused(text):
    with pytest.raises(PlanEditError):
        read_edits(text)


def test_runs_of_seats_go_up_and_down():
    (edit,) = read_edits('[{"op": "number", "seats": "3-5,9,8-7", "first": 1, "step": 1}]')

    assert list(edit.seats) == [3, 4, 5, 9, 8, 7]


def test_nothing_is_saved_over_what_somebody_else_saved(plan):
    seen = get_stamp(plan)
    edit(plan, mark(plan, "A1", "is_blocked", True))

    with pytest.raises(StalePlanError, match="Somebody else changed this plan"):
        edit(plan, mark(plan, "A2", "is_blocked", True), stamp=seen)

    assert labels_of(plan, is_blocked=True) == ["A1"]


def test_a_plan_that_went_on_sale_meanwhile_is_not_changed(plan):
    seen = get_stamp(plan)
    make_event_session(plan=plan)

    with pytest.raises(StalePlanError, match="new version"):
        edit(plan, mark(plan, "A2", "is_blocked", True), stamp=seen)

    assert SeatingPlan.objects.count() == 1


def test_a_version_that_somebody_else_saved_meanwhile_is_told():
    plan = make_event_session(seats="A1 A2").plan
    seen = get_stamp(plan)
    edit(plan, mark(plan, "A1", "is_blocked", True))

    with pytest.raises(StalePlanError, match="version 2"):
        edit(plan, mark(plan, "A2", "is_blocked", True), stamp=seen)

    assert SeatingPlan.objects.count() == 2


def test_no_change_is_no_version():
    plan = make_event_session(seats="A1 A2").plan

    outcome = edit(plan, mark(plan, "A1", "is_blocked", False))

    assert outcome.difference.is_empty
    assert SeatingPlan.objects.get() == plan


def test_a_plan_is_copied_to_another_hall(plan):
    other = make_hall()
    make_plan(hall=other)

    copy = copy_plan(plan=plan, hall=other)

    assert (copy.hall, copy.version) == (other, 2)
    assert load_draft(copy) == load_draft(plan)


@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_save_at_once_one_does():
    plan = make_plan("A1 A2 A3 A4 A5 A6")
    seen = get_stamp(plan)

    results = run_together(
        *(partial(edit, plan, mark(plan, f"A{number}", "is_blocked", True), stamp=seen) for number in range(1, 7))
    )

    assert sum(isinstance(result, StalePlanError) for result in results) == 5
    assert len(labels_of(plan, is_blocked=True)) == 1


def test_a_section_of_one_row_name_in_two_places_may_keep_it():
    seats = (
        SeatDraft("A", "1", 0, 0, "Front", 0, 0),
        SeatDraft("A", "2", 500, 0, "Front", 1, 0),
        SeatDraft("B", "1", 0, 50, "Front", 2, 0),
    )
    draft = PlanDraft("Odd", (CategoryDraft("Front", "#0072b2"),), (SectionDraft("Front", seats),))
    plan = save_plan(hall=make_hall(), draft=draft)

    edit(plan, mark(plan, "A2", "is_blocked", True))

    assert labels_of(plan, is_blocked=True) == ["A2"]


@pytest.mark.django_db(transaction=True)
def test_a_session_published_at_the_same_time_sells_what_its_plan_says():
    """The edit comes before all of the places or after them, where it is refused."""
    for _round in range(5):
        event_session = make_event_session("A1 A2 A3 B1 B2 B3", {"Floor": 5}, published=False)
        plan = event_session.plan
        floor = str(plan.categories.get(name="Floor").pk)
        change = partial(edit, plan, mark(plan, "A1 A2 A3 B1", "category", floor), stamp=get_stamp(plan))
        publish = partial(publish_event_session, event_session_id=event_session.pk, now=NOON)

        results = run_together(change, change, change, publish, change, change)

        places = Place.objects.filter(event_session=event_session, seat__isnull=False)
        assert places.count() == 6
        assert not places.exclude(category=F("seat__category")).exists()
        assert sum(isinstance(result, StalePlanError) for result in results) in {4, 5}
