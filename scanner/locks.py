"""The one write that decides who gets in."""

from datetime import datetime

from bookings.models import Ticket


def mark_used(ticket: Ticket, *, now: datetime) -> bool:
    """Use the ticket up as it was read; False when someone was faster, or it was reissued or voided since."""
    unused = Ticket.objects.filter(
        pk=ticket.pk, checked_in_at=None, revision=ticket.revision, status=Ticket.Status.VALID
    )
    return unused.update(checked_in_at=now) == 1
