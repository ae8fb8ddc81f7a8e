"""What people hear when a date that they have tickets for is cancelled: once, with what goes back and how."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from bookings.mails import describe
from bookings.models import Ticket
from bookings.selectors import list_items
from payments.mails import send
from payments.models import CalledOffBooking
from payments.selectors import list_refunds_of
from payments.services.calling_off import refund_key


def send_called_off(*, booking_id: int, posting: str, item_ids: Collection[int]) -> None:
    """Outbox handler; nothing for guests without an address."""
    rows = CalledOffBooking.objects.select_related("booking", "call_off__event")
    row = rows.get(booking=booking_id, posting=posting)
    booking, call_off = row.booking, row.call_off
    if not booking.email:
        return
    items = [item for item in list_items(booking) if item.pk in item_ids]
    key = f"{refund_key(call_off.pk)}{booking.pk}:"
    subject = _("Cancelled: %(event)s") % {"event": " ".join(call_off.event.title.split())}
    context = describe(booking, items, subject) | {
        "call_off": call_off,
        "refunds": list_refunds_of(booking, key=key),
        "left": booking.tickets.filter(status=Ticket.Status.VALID).count(),
    }
    send(booking, "called_off", key=f"{mail_key(call_off.pk)}{booking.pk}", context=context)


def mail_key(call_off_id: int) -> str:
    """What the keys of its mails begin with."""
    return f"called_off:{call_off_id}:"
