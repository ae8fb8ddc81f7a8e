"""A date moved and a seat is not there any more: whoever is at that place in this very moment."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.core import mail

from bookings.errors import PlacesGoneError
from bookings.locks import lock_free_places
from bookings.models import Place, Ticket
from bookings.services.changing import keep_places
from bookings.services.replanning import move_to_plan
from bookings.services.rescheduling import retire_places
from bookings.services.reselling import offer_for_resale, take_back
from payments.services.cancelling import cancel_tickets
from tests.changes import begin, change_now, check_out
from tests.factories import (
    NOON,
    get_place,
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_hall,
    make_plan,
)
from tests.invariants import find_breaches
from tests.messages import deliver, forget_messages
from tests.rescheduling import TOPICS, move, repaid
from venues.models import Seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def event_session():
    event = make_event(fee_per_ticket="1.50", refund_free_hours=None, takes_returns=True)
    return make_event_session("A1 A2 A3", event=event)


@pytest.fixture
def booking(event_session):
    booking = make_confirmed_booking(event_session, "A1 A2")
    forget_messages()
    return booking


def seats_of(booking):
    tickets = booking.tickets.filter(status=Ticket.Status.VALID).order_by("pk")
    return " ".join(f"{ticket.place.seat.row}{ticket.place.seat.number}" for ticket in tickets)


def test_who_booked_while_the_move_waited_for_its_locks_gets_the_money_back_too(event_session, booking):
    quick = make_confirmed_booking(
        event_session, "A3", now=NOON + timedelta(seconds=5), email="bob@example.com", name="Bob"
    )

    move(event_session, plan=make_plan("A1 A2", hall=make_hall()), now=NOON)
    deliver(*TOPICS)

    assert repaid(quick) == Decimal("46.50")
    assert find_breaches() == []


def test_a_change_keeps_no_place_that_went_while_it_was_being_paid(event_session, booking):
    change = check_out(keep_places(booking_id=begin(booking, "A1 A2").pk, now=NOON))
    move(event_session, plan=make_plan("A1", hall=make_hall()))

    with pytest.raises(PlacesGoneError):
        change_now(change)
    deliver(*TOPICS)

    assert repaid(booking) == Decimal("46.50")
    assert seats_of(booking) == "A1"
    assert find_breaches() == []


def test_a_change_keeps_places_that_moved_along(event_session, booking):
    change = check_out(keep_places(booking_id=begin(booking, "A1 A2").pk, now=NOON))
    move(event_session, plan=make_plan("A1 B1", hall=make_hall()))

    change_now(change)

    assert seats_of(change) == "A1 B1"
    assert find_breaches() == []


def test_who_has_a_seat_again_by_another_move_before_a_worker_came_keeps_it(event_session, booking):
    first = event_session.plan
    move(event_session, plan=make_plan("A1", hall=make_hall()))
    move(event_session, plan=first)

    deliver(*TOPICS)

    assert repaid(booking) is None
    assert seats_of(booking) == "A1 A2"
    assert not any("no equal place" in each.body for each in mail.outbox)
    assert find_breaches() == []


def test_a_free_place_stays_on_sale_where_the_session_moves_back_to_it_at_this_moment(event_session, booking):
    first, plan = event_session.plan, make_plan("A1", hall=make_hall())
    move(event_session, plan=plan)
    gone = booking.tickets.get(place__seat__number="2")
    cancel_tickets(booking_id=booking.pk, ticket_ids=[gone.pk], now=NOON)

    def move_back(place_ids, now):
        move(event_session, plan=first)
        return lock_free_places(place_ids, now)

    with patch("bookings.services.rescheduling.lock_free_places", move_back):
        assert retire_places(event_session.pk, actor_id=None, now=NOON) == 0

    assert get_place(event_session, "A2").state == Place.State.FREE


def test_a_ticket_on_offer_keeps_its_place_where_the_new_plan_blocks_its_seat(event_session, booking):
    ticket = booking.tickets.order_by("pk").first()
    offer_for_resale(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)
    plan = make_plan("A1 A2 A3", hall=event_session.hall)
    Seat.objects.filter(section__plan=plan).update(is_blocked=True)

    move_to_plan(event_session_id=event_session.pk, plan_id=plan.pk, actor_id=None, now=NOON)

    event_session.refresh_from_db()
    assert [get_place(event_session, label).state for label in ("A1", "A2", "A3")] == ["free", "sold", "blocked"]
    assert take_back(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON) == 1
    assert find_breaches() == []
