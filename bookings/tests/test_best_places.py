"""Best available, as a service: what it takes, what it refuses, and what it leaves to others."""

from dataclasses import replace
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone
from djmoney.money import Money

from bookings.availability import announce
from bookings.errors import (
    CustomerLimitError,
    NotEnoughPlacesError,
    NothingChosenError,
    NotOnSaleError,
    NoWheelchairPlaceError,
    PaymentUnderWayError,
    PlacesContestedError,
)
from bookings.models import Booking, Place
from bookings.seating.occupancy import taken_seats
from bookings.services import best
from bookings.services.lifecycle import start_checkout
from events.models import EventSession, PriceTier, TicketType
from tests.booking import CONTACT, ask_best, hold
from tests.drawn_halls import give_away, make_drawn_session, names_of
from tests.factories import (
    NOON,
    draft_plan,
    get_seat_ids,
    get_section,
    make_event_session,
    make_hall,
    make_ticket_type,
    make_user,
)
from venues.services.plans import save_plan

pytestmark = pytest.mark.django_db


def category_of(event_session, name):
    return event_session.plan.categories.get(name=name).pk


def test_neighbours_nearest_to_the_stage_are_held_at_the_usual_price():
    event_session = make_drawn_session("..x..x..", "........")

    booking = ask_best(event_session, 3)

    assert names_of(booking) == "B3 B4 B5"
    assert [item.price for item in booking.items.all()] == [Money("45.00", "EUR")] * 3
    assert Place.objects.filter(booking=booking, state=Place.State.HELD, held_until=booking.held_until).count() == 3


def test_a_category_and_a_ticket_type_are_respected():
    event_session = make_drawn_session("....", "bbbb", ticket_types={"Child": "20.00"})
    child = TicketType.objects.get(name="Child").pk
    stalls, balcony = category_of(event_session, "Stalls"), category_of(event_session, "Balcony")
    PriceTier.objects.filter(event_session=event_session, category=stalls, ticket_type=child).delete()

    up = ask_best(event_session, 2, category_id=balcony)
    children = ask_best(event_session, 1, ticket_type_id=child)
    in_the_stalls = ask_best(event_session, 1, category_id=stalls, ticket_type_id=child)

    assert names_of(up) == "B2 B3"
    assert names_of(children) in {"B1", "B4"}, "without a category, where the ticket type has a price"
    assert [item.price for item in children.items.all()] == [Money("20.00", "EUR")]
    assert [item.price for item in in_the_stalls.items.all()] == [Money("45.00", "EUR")], "else the usual type"


def test_best_adds_to_the_basket_and_counts_with_it():
    event_session = make_drawn_session("......", customer_limit=3)
    basket = hold(event_session, "A1")

    same = ask_best(event_session, 2, basket=basket)

    assert same == basket
    assert names_of(basket) == "A1 A3 A4"
    with pytest.raises(CustomerLimitError):
        ask_best(event_session, 1, basket=basket)
    with pytest.raises(CustomerLimitError):
        ask_best(event_session, 4)
    with pytest.raises(NothingChosenError):
        ask_best(event_session, 0)


def test_a_basket_at_payment_and_a_closed_sale_are_refused():
    event_session = make_drawn_session("......")
    basket = hold(event_session, "A1")
    start_checkout(booking_id=basket.pk, contact=CONTACT, buyer=None, now=NOON)

    with pytest.raises(PaymentUnderWayError):
        ask_best(event_session, 1, basket=basket)
    with pytest.raises(NotOnSaleError):
        ask_best(event_session, 1, now=event_session.starts_at)
    with pytest.raises(NotOnSaleError):
        ask_best(event_session, 1, category_id=category_of(make_drawn_session("."), "Stalls"))


def test_too_few_are_refused_by_name_and_nothing_changes():
    event_session = make_drawn_session(".x.wc", "bbbbb")

    with pytest.raises(NotEnoughPlacesError, match="Only 2 of the 3 places you asked for in Stalls"):
        ask_best(event_session, 3, category_id=category_of(event_session, "Stalls"))

    assert Place.objects.filter(state=Place.State.FREE).count() == 9
    assert Booking.objects.count() == 1, "the one who has seat A2"


def test_a_party_with_a_wheelchair_gets_its_place_and_companions():
    event_session = make_drawn_session("......", "w.cw..")

    assert names_of(ask_best(event_session, 2, is_accessible=True)) == "B3 B4"
    assert names_of(ask_best(event_session, 2, is_accessible=True)) in {"B1 B2"}
    with pytest.raises(NoWheelchairPlaceError, match="No wheelchair place with room for 1"):
        ask_best(event_session, 1, is_accessible=True)


def test_any_place_is_as_good_in_a_standing_category():
    event_session = make_event_session("A1 A2", {"Floor": 3})
    floor = get_section(event_session, "Floor")

    booking = ask_best(event_session, 2, category_id=floor.category_id)

    assert booking.items.filter(place__section=floor).count() == 2
    with pytest.raises(NotEnoughPlacesError, match="Only 1 of the 2"):
        ask_best(event_session, 2, category_id=floor.category_id)
    with pytest.raises(NoWheelchairPlaceError):
        ask_best(event_session, 1, category_id=floor.category_id, is_accessible=True)


def test_a_hall_without_seats_gives_standing_places_at_any_price():
    event_session = make_event_session("", {"Pit": 1, "Floor": 5})

    assert ask_best(event_session, 3).items.filter(place__section__name="Floor").count() == 3


def make_mixed_session(capacity: int) -> EventSession:
    """One category, "Floor", with two seats and so many places to stand."""
    draft = draft_plan("A1 A2", {"Floor": capacity}, "Gallery")
    seats, floor = draft.sections
    mixed = tuple(replace(seat, category="Floor") for seat in seats.seats)
    plan_draft = replace(draft, categories=draft.categories[1:], sections=(replace(seats, seats=mixed), floor))
    return make_event_session(plan=save_plan(hall=make_hall(), draft=plan_draft), now=timezone.now())


def test_a_category_with_seats_and_room_to_stand_gives_seats_first_and_then_a_place_to_stand():
    event_session = make_mixed_session(capacity=2)
    floor = category_of(event_session, "Floor")
    ask = partial(ask_best, event_session, 2, category_id=floor, now=timezone.now())

    assert names_of(ask()) == "A1 A2"
    assert ask().items.filter(place__section__name="Floor").count() == 2
    with pytest.raises(NotEnoughPlacesError):
        ask()


def test_nobody_stands_who_asked_for_whatever_seats_or_a_wheelchair_place():
    event_session = make_mixed_session(capacity=2)
    ask = partial(ask_best, event_session, 1, now=timezone.now())
    ask_best(event_session, 2, now=timezone.now())

    with pytest.raises(NotEnoughPlacesError):
        ask()
    with pytest.raises(NotEnoughPlacesError):
        ask(category_id=category_of(event_session, "Floor"), is_accessible=True)
    assert not Place.objects.filter(section__name="Floor").exclude(state=Place.State.FREE).exists()


def test_a_category_with_seats_and_room_to_stand_is_offered_beside_the_map(client):
    event_session = make_mixed_session(capacity=2)

    html = client.get(reverse("bookings:seats", args=[event_session.pk])).content.decode()

    assert f'<option value="{category_of(event_session, "Floor")}"' in html
    assert "data-offer" in html


def test_a_session_that_avoids_single_gaps_gets_none_from_us():
    event_session = make_drawn_session("x.....x", ".......", avoids_single_gaps=True)

    assert names_of(ask_best(event_session, 2)) in {"A2 A3", "A5 A6"}


def test_what_the_process_knows_is_never_the_reason_for_a_refusal(django_capture_on_commit_callbacks):
    event_session = make_drawn_session("....")
    with django_capture_on_commit_callbacks(execute=True):
        announce(event_session.pk, taken=get_seat_ids(event_session, "A1 A2 A3 A4"))
    assert len(taken_seats(event_session.pk)) == 0, "read afresh"
    with django_capture_on_commit_callbacks(execute=True):
        announce(event_session.pk, taken=get_seat_ids(event_session, "A1 A2 A3 A4"))
    assert len(taken_seats(event_session.pk)) == 4

    assert names_of(ask_best(event_session, 4)) == "A1 A2 A3 A4"


def test_seats_that_went_unannounced_are_passed_over():
    event_session = make_drawn_session("......", "......")
    taken_seats(event_session.pk)
    give_away(event_session, ["A2", "A3", "A4", "A5", "B3"])

    assert names_of(ask_best(event_session, 2)) in {"B4 B5", "B5 B6", "B1 B2"}


def test_after_so_many_tries_we_say_so(monkeypatch):
    event_session = make_drawn_session("......")
    monkeypatch.setattr(best, "lock_free_seats", lambda **_seats: {})

    with pytest.raises((PlacesContestedError, NotEnoughPlacesError)):
        ask_best(event_session, 1)

    assert not Booking.objects.exists()


def test_a_signed_in_persons_bookings_count():
    event_session = make_drawn_session("......", customer_limit=2)
    alice = make_user("alice")
    ask_best(event_session, 2, buyer=alice)

    with pytest.raises(CustomerLimitError):
        ask_best(event_session, 1, buyer=alice)


def test_best_takes_eight_statements(django_assert_num_queries):
    event_session = make_drawn_session("......")
    make_ticket_type("Child", 1)
    taken_seats(event_session.pk, event_session.plan_id)
    category_id = category_of(event_session, "Stalls")

    with django_assert_num_queries(6 + 2):  # And the savepoint that stands for the transaction.
        ask_best(event_session, 2, category_id=category_id)
