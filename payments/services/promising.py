"""Promising money back: from then on it is owed, whatever becomes of the provider; `refunds.py` gives it."""

from datetime import datetime
from decimal import Decimal

from djmoney.money import Money

from accounts.models import User
from bookings.locks import lock_first
from payments.limits import is_above_limit
from payments.locks import lock_payment
from payments.models import Payment, Refund
from payments.selectors import left_of
from payments.services.ledger import post_refund_promised
from ticketing.outbox.services import publish


def refund_whole_payment(payment: Payment, *, reason: str, now: datetime) -> Refund:
    """Inner step: money that bought nothing goes back by itself; a worker sends it after the commit."""
    return promise_refund(payment, payment.amount.amount, reason=reason, key=f"{reason}:{payment.pk}", now=now)


def promise_refund(  # noqa: PLR0913
    payment: Payment,
    amount: Decimal,
    *,
    reason: str,
    key: str,
    now: datetime,
    note: str = "",
    actor: User | None = None,
    destination: str = Refund.Destination.ORIGINAL,
    whole: Decimal | None = None,
) -> Refund:
    """Inner step: promise so much of the payment back; the caller holds the locks of booking and payment.

    What staff ask for above the limit waits for a second person: the `whole` sum counts, where this is a part of it.
    What was paid with credit becomes credit again, whatever the destination.
    """
    is_too_much = False
    if actor is not None:
        lock_first(payment.booking)
        is_too_much = is_above_limit(payment.booking_id, Money(whole or amount, payment.amount.currency), actor)
    needs_approval = is_too_much or goes_to_corrected_address(payment, reason, destination)
    refund = Refund(
        payment=payment,
        key=key,
        reason=reason,
        destination=destination,
        note=note,
        status=Refund.Status.AWAITING_APPROVAL if needs_approval else Refund.Status.PENDING,
        requested_by=actor,
        created_at=now,
    )
    refund.amount = Money(amount, payment.amount.currency)
    refund.save()
    post_refund_promised(refund, now)
    if needs_approval:
        publish("payments.decision_wanted", what="refund", row_id=refund.pk)
    else:
        publish("payments.refund_requested", refund_id=refund.pk)
    return refund


def goes_to_corrected_address(payment: Payment, reason: str, destination: str) -> bool:
    """New credit, whose code is mailed to an address that staff wrote down. What a change spends at once is not."""
    if destination != Refund.Destination.CREDIT or payment.is_credit or reason == Refund.Reason.CHANGED:
        return False
    return payment.booking.email_corrected_by_id is not None


def promise_from_booking(
    booking_id: int,
    amount: Decimal,
    *,
    reason: str,
    key: str,
    now: datetime,
    note: str = "",
    actor: User | None = None,
    destination: str = Refund.Destination.ORIGINAL,
) -> list[Refund]:
    """Inner step: spread the sum over what is left of the booking's payments, the newest first.

    The caller holds the booking's lock, and asks for no more than `left_of_booking`.
    """
    refunds = []
    payments = Payment.objects.filter(booking=booking_id, status=Payment.Status.PAID).order_by("-pk")
    for payment_id in list(payments.values_list("pk", flat=True)):
        payment = lock_payment(payment_id)
        part = min(amount, left_of(payment))
        if part > 0:
            part_key = f"{key}:{payment.pk}"
            refunds.append(
                promise_refund(
                    payment,
                    part,
                    reason=reason,
                    key=part_key,
                    now=now,
                    note=note,
                    actor=actor,
                    destination=destination,
                    # All that is still to be promised; the parts before it count as asked for.
                    whole=amount,
                )
            )
            amount -= part
    return refunds
