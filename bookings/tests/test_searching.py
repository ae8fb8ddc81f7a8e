"""Staff find a booking by what a customer reads to them, however it is written."""

import pytest

from bookings.models import Booking, Ticket
from bookings.searching import search_bookings
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    event_session = make_event_session("A1 A2")
    make_confirmed_booking(event_session, "A2", name="Bob", phone="+436607777777", email="bob@example.com")
    found = make_confirmed_booking(event_session, "A1", name="Ana Ruiz", email="ana@example.com", reference="ACDEFGHJ")
    Ticket.objects.filter(booking=found).update(code="KMNPQRTWXY34", attendee="Zoe Winter")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "ACDEFGHJ",
        "acde-fghj",
        " acde fghj ",
        "KMNP-QRTW-XY34",
        "kmnp qrtw xy34",
        "KMNPQRTWXY34",
        "+436601234567",
        "0660 123 45 67",
        "+43 (0)660/1234567",
        "0043-660-1234567",
        "Ana",
        "ruiz ana",
        "winter",
        "ana@example.com",
        "ANA+opera@Example.com",
    ],
)
def test_one_booking_is_found(booking, text):
    assert list(search_bookings(Booking.objects.all(), text)) == [booking]


@pytest.mark.parametrize("text", ["4242", "ACDEFGHK", "KMNPQRTWXY37", "0660 99", "ana bob", "nobody@example.com", "%"])
def test_nothing_is_found(booking, text):
    assert not search_bookings(Booking.objects.all(), text)


def test_the_owners_account_finds_it_too():
    ana = make_user("ana", email="ana@home.example.com")
    booking = make_confirmed_booking(make_event_session(), buyer=ana, name="Mrs Ruiz", email="", now=NOON)

    assert list(search_bookings(Booking.objects.all(), "ana@home")) == [booking]
