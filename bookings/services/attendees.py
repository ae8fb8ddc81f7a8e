from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from bookings.errors import NamesFixedError
from bookings.locks import lock_booking
from bookings.models import Booking, Ticket


@transaction.atomic(durable=True)
def name_attendees(*, booking_id: int, names: Mapping[int, str], now: datetime) -> None:
    """Write who comes with which ticket (ticket id -> name); an empty name leaves the ticket to who booked.

    Tickets of other bookings are ignored. Raises NamesFixedError, and writes none, when one that would change is
    void, was let in, is somebody else's by now, or its doors are open.
    """
    write_names(lock_booking(booking_id), names, now)


def write_names(booking: Booking, names: Mapping[int, str], now: datetime) -> list[Ticket]:
    """Inner step: the tickets whose name changed, as they were; the caller holds the booking's lock."""
    tickets = Ticket.objects.filter(booking=booking, pk__in=names).select_related("event_session")
    changed = [ticket for ticket in tickets.order_by("pk") if ticket.attendee != names[ticket.pk]]
    for ticket in changed:
        still_out = Ticket.objects.filter(pk=ticket.pk, status=Ticket.Status.VALID, checked_in_at=None, transfer=None)
        if not ticket.may_be_named(now) or not still_out.update(attendee=names[ticket.pk]):
            raise NamesFixedError
    return changed
