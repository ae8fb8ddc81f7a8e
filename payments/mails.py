"""What customers are told by email about money that goes back. Each function hears one outbox topic."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.mails import describe, name_booking
from bookings.models import Booking, Ticket
from bookings.selectors import list_items
from notifications.services import Attachment, send_rendered
from payments.models import CREDIT, Refund
from payments.selectors import list_refunds_of


def send_cancellation(*, booking_id: int, posting: str, item_ids: Collection[int]) -> None:
    """Which tickets are void, and what goes back for them and how. Nothing for guests without an address."""
    booking = Booking.objects.get(pk=booking_id)
    if not booking.email:
        return
    items = [item for item in list_items(booking) if item.pk in item_ids]
    # The posting and the refunds of one cancellation carry the same name.
    key = f"cancel:{posting.removeprefix('void:')}:"
    refunds = list_refunds_of(booking, key=key)
    left = booking.tickets.filter(status=Ticket.Status.VALID).count()
    subject = say_cancelled(booking, len(items))
    context = describe(booking, items, subject) | {"refunds": refunds, "left": left}
    send(booking, "cancelled", key=f"cancelled:{posting}", context=context)


def send_resold(*, booking_id: int, posting: str, item_ids: Collection[int]) -> None:
    """To who offered it: somebody bought the ticket, and what goes back. Nothing for guests without an address."""
    booking = Booking.objects.get(pk=booking_id)
    if not booking.email:
        return
    items = [item for item in list_items(booking) if item.pk in item_ids]
    key = f"resold:{posting.removeprefix('void:')}:"
    refunds = list_refunds_of(booking, key=key)
    context = describe(booking, items, _("Your ticket is sold")) | {"refunds": refunds}
    send(booking, "resold", key=f"resold:{posting}", context=context)


def say_cancelled(booking: Booking, count: int) -> str:
    if booking.is_confirmed:
        words = ngettext(
            "%(count)s ticket of booking %(reference)s is cancelled",
            "%(count)s tickets of booking %(reference)s are cancelled",
            count,
        )
        return words % {"count": count, "reference": booking.reference}
    return _("Booking %(reference)s is cancelled") % {"reference": booking.reference}


def send_refund_given(*, refund_id: int) -> None:
    """That money went out to the bank. Credit has a mail of its own, with its code; of late money and of a date that
    was cancelled people have heard before.
    """
    refund = Refund.objects.select_related("payment__booking").get(pk=refund_id)
    booking = refund.payment.booking
    is_told = refund.gateway == CREDIT
    if not booking.email or is_told or refund.reason in {Refund.Reason.LATE, Refund.Reason.CALLED_OFF}:
        return
    subject = _("%(amount)s is on its way to you") % {"amount": refund.amount}
    context = describe(booking, [], subject) | {"refund": refund}
    # One that bounced and was sent again is told again.
    send(booking, "refund_given", key=f"refund_given:{refund.pk}:{refund.tries}", context=context)


def send(
    booking: Booking, kind: str, *, key: str, context: dict[str, Any], attachments: list[Attachment] | None = None
) -> None:
    send_rendered(
        template=f"payments/mail/{kind}",
        context=context,
        dedupe_key=key,
        kind=f"payments.{kind}",
        about=name_booking(booking),
        recipient=booking.email,
        subject=context["subject"],
        attachments=attachments,
    )
