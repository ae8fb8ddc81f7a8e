"""People on a waiting list."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from bookings.models import Booking, WaitingEntry
from bookings.services.lifecycle import Contact
from bookings.services.offering import serve_list
from bookings.services.waiting_list import Party, join_list
from events.models import EventSession
from payments.services.cancelling import cancel_tickets
from tests.factories import NOON, make_confirmed_booking


def sell_out(event_session: EventSession, *parties: str) -> list[Booking]:
    """A confirmed booking for each: "A1 A2", "A3"."""
    return [make_confirmed_booking(event_session, labels) for labels in parties]


def wait(
    event_session: EventSession,
    name: str = "bob",
    size: int = 1,
    *,
    categories: Sequence[str] = (),
    user: User | None = None,
    now: datetime = NOON,
) -> WaitingEntry:
    contact = Contact(name=name.title(), phone="+436641234567", email=f"{name}@example.com")
    party = Party(size, categories)
    return join_list(event_session_id=event_session.pk, contact=contact, party=party, user=user, now=now)


def serve(event_session: EventSession, now: datetime = NOON) -> int:
    return serve_list(event_session_id=event_session.pk, now=now)


def states(event_session: EventSession) -> dict[str, str]:
    """{"Bob": "waiting"} in the order of the list."""
    return dict(event_session.waiting_entries.values_list("name", "status"))


def take_back(booking: Booking, count: int | None = None) -> None:
    """So many of its tickets are cancelled, or all; the outbox is not delivered."""
    tickets = list(booking.tickets.order_by("pk"))[:count]
    cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk for ticket in tickets], now=NOON)


def read_listed(event_session: EventSession) -> list[int]:
    """Categories whose places go to the list first."""
    return EventSession.objects.get(pk=event_session.pk).listed_categories
