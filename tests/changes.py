"""The steps of changing tickets, short enough to read in a test."""

from datetime import datetime, timedelta

from bookings.models import Booking, Ticket
from bookings.services.changing import start_change
from bookings.services.lifecycle import start_checkout
from events.models import EventSession
from payments.models import Payment
from payments.services.checkout import change_without_paying
from tests.booking import CONTACT, hold
from tests.factories import NOON, get_place
from tests.vouchers import open_attempt


def tickets_at(booking: Booking, labels: str) -> list[Ticket]:
    """Of the booking's first session."""
    item = booking.items.order_by("pk").first()
    assert item is not None
    return [booking.tickets.get(place=get_place(item.event_session, label)) for label in labels.split()]


def begin(booking: Booking, labels: str, *, now: datetime = NOON, has_deadline: bool = False) -> Booking:
    """An empty change of the tickets at these places, with no deadline as for staff."""
    ticket_ids = [ticket.pk for ticket in tickets_at(booking, labels)]
    return start_change(booking_id=booking.pk, ticket_ids=ticket_ids, now=now, has_deadline=has_deadline)


def choose(booking: Booking, labels: str, event_session: EventSession, seats: str, *, now: datetime = NOON) -> Booking:
    """A change of these tickets with those seats in it, at checkout."""
    change = hold(event_session, seats, basket=begin(booking, labels, now=now), now=now)
    return check_out(change, now)


def check_out(change: Booking, now: datetime = NOON) -> Booking:
    return start_checkout(booking_id=change.pk, contact=CONTACT, buyer=None, now=now)


def change_now(change: Booking, now: datetime = NOON) -> Booking:
    return change_without_paying(booking_id=change.pk, now=now)


def open_page(change: Booking, now: datetime = NOON) -> Payment:
    """An attempt over the difference, without a provider behind it."""
    return open_attempt(change, None, now)


def begin_beside(booking: Booking, labels: str, *, now: datetime = NOON) -> Booking:
    """One more change of the same tickets, which `start_change` would not begin beside another."""
    change = Booking.objects.create(
        replaces=booking,
        first_id=booking.chain_id,
        currency=booking.currency,
        created_at=now,
        held_until=now + timedelta(minutes=10),
    )
    change.gives_up.set(tickets_at(booking, labels))
    return change
