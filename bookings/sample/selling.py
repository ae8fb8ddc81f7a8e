"""Customers of the sample data, who book the way anyone books, and what the house keeps for itself."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from bookings.models import Block, Booking, Place
from bookings.services.blocking import block_places
from bookings.services.holds import hold_places
from bookings.services.lifecycle import Contact, confirm_free_booking, start_checkout
from bookings.services.waiting_list import Party, join_list
from events.models import EventSession

PARTY = 2
HOUSE_REASON = "Guests of the ensemble"
GUESTS = ["Ada", "Ben", "Clara", "Dario", "Edda", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luis"]
GUEST_PHONE = "+4315880{number:04}"
WAITING = ["Lena", "Milan", "Nora", "Otto", "Pia"]


def book_places(event_session: EventSession, count: int, now: datetime) -> None:
    """Book `count` seats of a session that costs nothing, two at a time; Alice and Bob come first."""
    seats = list_free_seats(event_session, count)
    members = list(User.objects.filter(email__in=["alice@example.com", "bob@example.com"]).order_by("email"))
    for index, start in enumerate(range(0, len(seats), PARTY)):
        buyer = members[index] if index < len(members) else None
        guest = Contact(name=GUESTS[index % len(GUESTS)], phone=GUEST_PHONE.format(number=index), email="")
        book(event_session, seats[start : start + PARTY], buyer, guest, now)


def list_free_seats(event_session: EventSession, count: int) -> list[int]:
    """The first ones, as people sit."""
    places = Place.objects.filter(event_session=event_session, seat__isnull=False, state=Place.State.FREE)
    ordered = places.order_by("section__rank", "seat__row_rank", "seat__position").values_list("seat_id", flat=True)
    return [seat_id for seat_id in ordered[:count] if seat_id is not None]


def keep_house_seats(event_session: EventSession, count: int, now: datetime) -> None:
    """The middle of the first row, for guests of the house, kept by the organiser."""
    places = Place.objects.filter(event_session=event_session, seat__isnull=False, state=Place.State.FREE)
    first = places.order_by("section__rank", "seat__row_rank").values_list("section", "seat__row").first()
    if first is None:
        return
    row = places.filter(section=first[0], seat__row=first[1]).order_by("seat__position")
    seats = [seat_id for seat_id in row.values_list("seat_id", flat=True) if seat_id is not None]
    begin = max(len(seats) - count, 0) // 2
    organiser = User.objects.filter(email="olga@example.com").first()
    block_places(
        event_session_id=event_session.pk,
        seat_ids=seats[begin : begin + count],
        kind=Block.Kind.HOUSE,
        reason=HOUSE_REASON,
        actor_id=organiser.pk if organiser else None,
        now=now,
    )


def put_on_list(event_session: EventSession, sizes: Sequence[int], now: datetime) -> None:
    """A party of each size waits for places to come back."""
    for index, size in enumerate(sizes):
        name = WAITING[index % len(WAITING)]
        email = f"{name.lower()}{index // len(WAITING) or ''}@example.com"
        contact = Contact(name=name, phone=GUEST_PHONE.format(number=index + 100), email=email)
        join_list(event_session_id=event_session.pk, contact=contact, party=Party(size), user=None, now=now)


def book(event_session: EventSession, seats: list[int], buyer: User | None, contact: Contact, now: datetime) -> None:
    booking = check_out(event_session, seats, buyer, contact, now)
    confirm_free_booking(booking_id=booking.pk, now=now)


def check_out(
    event_session: EventSession, seats: list[int], buyer: User | None, contact: Contact, now: datetime
) -> Booking:
    """A basket of these seats that went to payment; of somebody with an account, who they are is known."""
    booking = hold_places(
        event_session_id=event_session.pk, seat_ids=seats, standing={}, booking_id=None, buyer=buyer, now=now
    )
    if buyer:
        contact = Contact(name=buyer.get_short_name(), phone=str(buyer.phone), email=buyer.email)
    return start_checkout(booking_id=booking.pk, contact=contact, buyer=buyer, now=now)
