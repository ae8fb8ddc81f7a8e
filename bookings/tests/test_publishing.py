from collections import Counter

import pytest

from bookings.errors import NotDraftError, PricesMissingError
from bookings.invariants import find_breaches
from bookings.models import Block, Place
from bookings.services.publishing import publish_event_session
from events.models import EventSession
from tests.factories import NOON, draft_seat, make_event_session, make_hall, make_plan
from venues.models import Seat, SeatingPlan
from venues.plans.draft import CategoryDraft, PlanDraft, SectionDraft
from venues.services.plans import save_plan

pytestmark = pytest.mark.django_db
TRANSACTION = 2  # The test's own transaction makes ours a savepoint, which is set and released.


def plan_of_sections(count: int) -> SeatingPlan:
    seats = tuple(draft_seat(label, "Seats") for label in ("A1", "A2"))
    sections = tuple(SectionDraft(f"{101 + number}", seats) for number in range(count))
    return save_plan(hall=make_hall(), draft=PlanDraft("Plan", (CategoryDraft("Seats", "#0072b2"),), sections))


def test_every_seat_and_every_standing_position_becomes_a_place():
    event_session = make_event_session("A1 A2 B1", {"Floor": 12, "Balcony": 3})

    places = Place.objects.filter(event_session=event_session)
    assert Counter(places.values_list("section__name", flat=True)) == {"Stalls": 3, "Floor": 12, "Balcony": 3}
    floor = places.filter(section__name="Floor").order_by("standing_number")
    assert list(floor.values_list("standing_number", flat=True)) == list(range(1, 13))
    assert {place.category.name for place in places} == {"Stalls", "Floor", "Balcony"}
    assert set(places.values_list("state", flat=True)) == {Place.State.FREE}
    assert (event_session.total_places, event_session.free_places) == (18, 18)
    assert event_session.status == EventSession.Status.PUBLISHED


def test_places_belong_to_this_plan_only():
    make_plan("A1 A2")
    event_session = make_event_session("B1")

    assert [place.seat.row for place in Place.objects.filter(event_session=event_session)] == ["B"]


def test_seats_that_the_plan_blocks_are_blocked_with_a_reason():
    event_session = make_event_session("A1 A2 B1", {"Floor": 2}, published=False)
    Seat.objects.filter(row="B").update(is_blocked=True)

    publish_event_session(event_session_id=event_session.pk, now=NOON)

    place = Place.objects.get(state=Place.State.BLOCKED)
    assert (place.seat.row, place.blocked.block.kind) == ("B", Block.Kind.PLAN)
    event_session.refresh_from_db()
    assert (event_session.total_places, event_session.free_places) == (5, 4)
    assert not list(find_breaches())


def test_publishing_takes_as_many_statements_for_a_hundred_sections_as_for_one(django_assert_num_queries):
    for sections in (1, 100):
        event_session = make_event_session(plan=plan_of_sections(sections), published=False)
        with django_assert_num_queries(11 + TRANSACTION):
            publish_event_session(event_session_id=event_session.pk, now=NOON)
        assert Place.objects.filter(event_session=event_session).count() == 2 * sections


def test_a_session_is_published_once():
    event_session = make_event_session("A1 A2")

    with pytest.raises(NotDraftError):
        publish_event_session(event_session_id=event_session.pk, now=NOON)

    assert Place.objects.count() == 2


def test_a_category_without_a_price_is_named_and_nothing_is_made():
    event_session = make_event_session("A1", {"Floor": 2}, published=False)
    event_session.tiers.filter(category__name="Floor").delete()

    with pytest.raises(PricesMissingError, match="Floor"):
        publish_event_session(event_session_id=event_session.pk, now=NOON)

    assert not Place.objects.exists()
    event_session.refresh_from_db()
    assert event_session.status == EventSession.Status.DRAFT
