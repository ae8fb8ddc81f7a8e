"""What staff do for a customer, each time with who and why in the booking's history."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from bookings.errors import BookingStateError, NoAddressError
from bookings.locks import lock_booking
from bookings.models import Booking
from bookings.services.attendees import write_names
from bookings.services.audit import note_change
from bookings.services.changing import make_change
from ticketing.outbox.services import publish


@transaction.atomic(durable=True)
def resend_tickets(*, booking_id: int, actor: User, reason: str, now: datetime) -> Booking:
    """Mail the tickets once more to the booking's own address; twice in one second is once.

    Raises BookingStateError where there are no tickets, NoAddressError.
    """
    booking = lock_booking(booking_id)
    if not booking.is_confirmed:
        raise BookingStateError(current=booking.get_status_display(), wanted=Booking.Status.CONFIRMED.label)
    if not booking.email:
        raise NoAddressError
    publish("bookings.tickets_wanted", booking_id=booking.pk, copy=int(now.timestamp()))
    note_change(booking, actor_id=actor.pk, text=f"Sent the tickets to {booking.email} again.", reason=reason)
    return booking


@transaction.atomic(durable=True)
def begin_change(*, booking_id: int, ticket_ids: Collection[int], actor: User, reason: str, now: datetime) -> Booking:
    """Begin to change these tickets for the customer, whatever the event's deadline: see `start_change`.

    It lapses like any basket, and nothing has changed then; the history says that it was begun. What it gives back in
    the end counts as asked for by `actor`.
    """
    change = make_change(booking_id=booking_id, ticket_ids=ticket_ids, now=now, has_deadline=False, begun_by=actor)
    labels = ", ".join(str(ticket) for ticket in change.gives_up.all())
    note_change(change.replaces, actor_id=actor.pk, text=f"Began to change {labels} (as {change}).", reason=reason)
    return change


@transaction.atomic(durable=True)
def rename_attendees(
    *, booking_id: int, names: Mapping[int, str], actor: User, reason: str, now: datetime
) -> dict[str, str]:
    """Write who comes with which ticket (ticket id -> name); returns code -> new name of those that changed.

    Raises NamesFixedError, and writes none, where the customer could not name the ticket any more either.
    """
    booking = lock_booking(booking_id)
    changed = write_names(booking, names, now)
    if changed:
        said = "; ".join(f"{ticket}: “{ticket.attendee}” → “{names[ticket.pk]}”" for ticket in changed)
        note_change(booking, actor_id=actor.pk, text=f"Names on tickets: {said}.", reason=reason)
    return {ticket.spoken_code: names[ticket.pk] for ticket in changed}
