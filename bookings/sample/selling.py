"""Customers of the sample data: free places, booked the way anyone books them."""

from datetime import datetime

from accounts.models import User
from bookings.models import Place
from bookings.services.holds import hold_places
from bookings.services.lifecycle import Contact, confirm_free_booking, start_checkout
from events.models import EventSession

PARTY = 2
GUESTS = ["Ada", "Ben", "Clara", "Dario", "Edda", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luis"]
GUEST_PHONE = "+43 1 5880199"


def book_places(event_session: EventSession, count: int, now: datetime) -> None:
    """Book `count` seats of a session that costs nothing, two at a time; Alice and Bob come first."""
    places = Place.objects.filter(event_session=event_session, seat__isnull=False, state=Place.State.FREE)
    ordered = places.order_by("section__rank", "seat__row_rank", "seat__position").values_list("seat_id", flat=True)
    seats = [seat_id for seat_id in ordered[:count] if seat_id is not None]
    members = list(User.objects.filter(email__in=["alice@example.com", "bob@example.com"]).order_by("email"))
    for index, start in enumerate(range(0, len(seats), PARTY)):
        buyer = members[index] if index < len(members) else None
        book(event_session, seats[start : start + PARTY], buyer, GUESTS[index % len(GUESTS)], now)


def book(event_session: EventSession, seats: list[int], buyer: User | None, guest: str, now: datetime) -> None:
    booking = hold_places(
        event_session_id=event_session.pk, seat_ids=seats, standing={}, booking_id=None, buyer=buyer, now=now
    )
    contact = Contact(name=guest, phone=GUEST_PHONE, email="")
    if buyer:
        contact = Contact(name=buyer.get_short_name(), phone=str(buyer.phone), email=buyer.email)
    start_checkout(booking_id=booking.pk, contact=contact, buyer=buyer, now=now)
    confirm_free_booking(booking_id=booking.pk, now=now)
