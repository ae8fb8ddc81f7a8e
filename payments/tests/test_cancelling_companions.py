"""A companion place of a confirmed booking does not stay without its wheelchair place."""

import pytest

from bookings.errors import CompanionStaysError
from bookings.models import Place, Ticket
from payments.invariants import find_breaches
from payments.models import Refund
from payments.services.cancelling import cancel_booking, cancel_tickets
from tests.drawn_halls import make_drawn_session
from tests.factories import NOON, get_place, make_confirmed_booking

pytestmark = pytest.mark.django_db


def cancel(booking, seats):
    event_session = booking.items.first().event_session
    places = [get_place(event_session, seat) for seat in seats.split()]
    tickets = booking.tickets.filter(place__in=places)
    return cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk for ticket in tickets], now=NOON)


def valid_seats(booking):
    valid = booking.tickets.filter(status=Ticket.Status.VALID).select_related("place__seat").order_by("pk")
    return " ".join(f"{ticket.place.seat.row}{ticket.place.seat.number}" for ticket in valid)


def test_the_wheelchair_place_is_not_cancelled_from_under_its_companion():
    booking = make_confirmed_booking(make_drawn_session("wc..."), "A1 A2 A3")
    companion = booking.tickets.get(place__seat__number="2")

    with pytest.raises(CompanionStaysError, match="Hall, row A, seat 2 is for someone who comes") as refusal:
        cancel(booking, "A1 A3")

    assert refusal.value.ticket_ids == [companion.pk]
    assert valid_seats(booking) == "A1 A2 A3"
    assert Place.objects.filter(booking=booking, state=Place.State.SOLD).count() == 3
    assert not Refund.objects.exists()
    assert not list(find_breaches())


@pytest.mark.parametrize(
    ("lines", "seats", "gone", "left"),
    [
        (["wc..."], "A1 A2 A3", "A1 A2", "A3"),
        (["wc..."], "A1 A2 A3", "A2", "A1 A3"),
        (["wc..."], "A1 A2 A3", "A3", "A1 A2"),
        (["wcw.."], "A1 A2 A3", "A1", "A2 A3"),
    ],
)
def test_both_together_and_anything_else_may_be_cancelled(lines, seats, gone, left):
    booking = make_confirmed_booking(make_drawn_session(*lines), seats)

    cancel(booking, gone)

    assert valid_seats(booking) == left


def test_the_last_of_two_wheelchair_places_is_the_one_that_matters():
    booking = make_confirmed_booking(make_drawn_session("wcw.."), "A1 A2 A3")
    cancel(booking, "A1")

    with pytest.raises(CompanionStaysError):
        cancel(booking, "A3")


def test_the_whole_booking_may_always_be_cancelled():
    booking = make_confirmed_booking(make_drawn_session("wc..."), "A1 A2")

    cancel_booking(booking_id=booking.pk, now=NOON)

    assert valid_seats(booking) == ""


def test_another_booking_with_a_wheelchair_place_does_not_help():
    event_session = make_drawn_session("wcwc")
    make_confirmed_booking(event_session, "A3 A4")
    booking = make_confirmed_booking(event_session, "A1 A2")

    with pytest.raises(CompanionStaysError):
        cancel(booking, "A1")
