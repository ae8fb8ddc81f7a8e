"""What holders of credit are told by email. Each function hears one outbox topic and welcomes a repeat."""

from django.utils.translation import gettext as _

from bookings.mails import describe
from payments.mails import send
from payments.models import Refund, Voucher


def send_voucher(*, voucher_id: int, copy: int = 0) -> None:
    """The code, which is worth money to whoever has it. Guests without an address find it on the booking's page.

    Staff may send it once more: each `copy` goes out once.
    """
    voucher = Voucher.objects.select_related("refund__payment__booking").get(pk=voucher_id)
    booking = voucher.refund.payment.booking if voucher.refund else None  # Gifts have mails of their own.
    if booking is None or not booking.email:
        return
    # What changed tickets had carried over comes back bit by bit.
    amount = voucher.left if voucher.kind == Voucher.Kind.CHANGE else voucher.amount
    subject = _("Your credit of %(amount)s") % {"amount": amount}
    context = describe(booking, [], subject) | {"voucher": voucher, "amount": amount}
    send(booking, "voucher", key=f"voucher:{voucher.pk}:{copy}", context=context)


def send_credit_returned(*, refund_id: int) -> None:
    """That a voucher may be spent again. Nothing for guests without an address."""
    refund = Refund.objects.select_related("payment__booking", "payment__voucher").get(pk=refund_id)
    booking, voucher = refund.payment.booking, refund.payment.voucher
    if voucher is None or not booking.email:
        return
    subject = _("%(amount)s is back on your credit") % {"amount": refund.amount}
    context = describe(booking, [], subject) | {"voucher": voucher, "refund": refund}
    send(booking, "credit_returned", key=f"credit_returned:{refund.pk}", context=context)
