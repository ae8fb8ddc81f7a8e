"""How we tell that two bookings are one person's."""

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from bookings.models import Booking


def email_key(email: str) -> str:
    """“Ana.Ruiz+opera@Example.com” -> “ana.ruiz@example.com”: the same mailbox, however it is written."""
    mailbox, _at, domain = email.strip().casefold().rpartition("@")
    return f"{mailbox.split('+')[0]}@{domain}" if mailbox else ""


def marks_of(booking: "Booking") -> dict[str, Q]:
    """What the same person's other bookings have in common with this one: account, phone number or email address.

    Empty for a guest who named none yet. Each condition has an index of its own.
    """
    marks = {}
    if booking.buyer_id is not None:
        marks["account"] = Q(buyer=booking.buyer_id)
    if booking.phone:
        marks["phone"] = Q(phone=booking.phone)
    if key := email_key(booking.email):
        marks["email"] = Q(email_key=key)
    return marks
