from datetime import datetime

from django.db import transaction

from bookings.models import READABLE, Booking
from bookings.throttle import may_send_link
from ticketing.outbox.services import publish


def tidy_reference(text: str) -> str:
    """ACDEFGHJ out of “acde fghj” or “ACDE-FGHJ”."""
    return "".join(letter for letter in text.upper() if letter in READABLE)


@transaction.atomic(durable=True)
def ask_for_link(*, reference: str, email: str, now: datetime) -> None:
    """Have the private link of this booking mailed to its own address, if the two belong together.

    Nothing comes back, and as much is written either way: neither the page nor its timing tells
    whether there is such a booking.
    """
    begun = Booking.objects.exclude(status=Booking.Status.HELD)
    booking = begun.filter(reference=tidy_reference(reference)).first()
    is_theirs = booking is not None and bool(booking.email) and booking.email.lower() == email.strip().lower()
    is_sent = may_send_link(booking.pk if booking and is_theirs else 0)
    booking_id = booking.pk if booking and is_theirs and is_sent else None
    publish("bookings.link_wanted", booking_id=booking_id, asked_at=now.isoformat())
