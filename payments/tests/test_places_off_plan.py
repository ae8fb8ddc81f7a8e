"""A date moved and a seat is not there any more: whoever is at that place in this very moment."""

import pytest

from bookings.services.replanning import move_to_plan
from bookings.services.reselling import offer_for_resale, take_back
from tests.factories import (
    NOON,
    get_place,
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_plan,
)
from tests.invariants import find_breaches
from tests.messages import forget_messages
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
