"""The repairs of refunds on which the provider and we differ; `repairs` says what is common to all."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from djmoney.money import Money

from accounts.models import User
from bookings.locks import lock_booking
from payments.errors import CannotRepairError
from payments.gateways.registry import get_gateway
from payments.locks import lock_payment, lock_refund
from payments.models import Discrepancy, Payment, Refund
from payments.selectors import left_of
from payments.services.ledger import (
    post_refund_corrected,
    post_refund_given,
    post_refund_promised,
    post_refund_returned,
)
from payments.services.promising import promise_refund
from payments.services.refunds import retry_refund, settle
from ticketing.transactions import retry_on_conflict


def adopt_refund(row: Discrepancy, actor: User, now: datetime) -> str:
    """A refund made at the provider's desk is that of ours that had failed, or goodwill."""
    payment, amount = payment_of(row), row.theirs or Decimal(0)
    state = get_gateway(row.gateway).get_refund(row.provider_id)
    failed = Refund.objects.filter(
        payment=payment, status=Refund.Status.FAILED, destination=Refund.Destination.ORIGINAL, amount=amount
    ).first()
    if failed:
        settle(failed.pk, state)
        return _("It is the refund that had failed here.")
    retry_on_conflict(lambda: _adopt(row, payment.pk, amount, actor, now))
    return _("It is kept as goodwill; cancel the tickets if they shall not stay valid.")


@transaction.atomic(durable=True)
def _adopt(row: Discrepancy, payment_id: int, amount: Decimal, actor: User, now: datetime) -> None:
    payment = _lock_payment(payment_id)
    key = f"desk:{row.gateway}:{row.pk}"
    if Refund.objects.filter(key=key).exists():
        return
    left = left_of(payment)
    if payment.status != Payment.Status.PAID or amount > left:
        raise CannotRepairError(
            reason=_("Only %(left)s of the payment are left. Reject or finish the refunds under way first.")
            % {"left": Money(left, row.currency)}
        )
    refund = Refund(
        payment=payment,
        key=key,
        reason=Refund.Reason.GOODWILL,
        note=_("Made at the provider's desk"),
        status=Refund.Status.SUCCEEDED,
        provider_id=row.provider_id,
        requested_by=actor,
        created_at=now,
        settled_at=now,
    )
    refund.amount = Money(amount, row.currency)
    refund.save()
    post_refund_promised(refund, now)
    post_refund_given(refund, now)
    _mark(payment)


def take_refund_over(row: Discrepancy, actor: User, now: datetime) -> str:
    """The same as if its news had come."""
    refund = settle(_refund_of(row).pk, get_gateway(row.gateway).get_refund(row.provider_id))
    if refund.status != Refund.Status.SUCCEEDED:
        raise CannotRepairError(reason=_("The refund is “%(status)s” here.") % {"status": refund.get_status_display()})
    return _("The refund is “%(status)s” now.") % {"status": refund.get_status_display()}


def send_refund_again(row: Discrepancy, actor: User, now: datetime) -> str:
    """Money that came back to the provider is owed again, and a next try is sent."""
    refund = _refund_of(row)
    retry_on_conflict(lambda: _take_back(refund.pk, now))
    retry_on_conflict(lambda: retry_refund(refund_id=refund.pk))
    return _("It is on its way again.")


@transaction.atomic(durable=True)
def _take_back(refund_id: int, now: datetime) -> None:
    refund = _lock_refund(refund_id)
    if refund.status != Refund.Status.SUCCEEDED:
        return
    post_refund_returned(refund, now)
    # Not in Refund.NEXT, because news in the wrong order must never do this.
    refund.status, refund.settled_at, refund.error = Refund.Status.FAILED, None, _("It came back.")
    refund.save(update_fields=["status", "settled_at", "error"])
    _mark(refund.payment)


def settle_refund_amount(row: Discrepancy, actor: User, now: datetime) -> str:
    """Our refund is what the provider gave; what is missing is promised anew, what is too much was goodwill."""
    refund = _refund_of(row)
    if row.currency != str(refund.amount.currency):
        raise CannotRepairError(reason=_("The currencies differ. Settle it at the provider's desk, then dismiss it."))
    if refund.status != Refund.Status.SUCCEEDED:
        settle(refund.pk, get_gateway(row.gateway).get_refund(row.provider_id))
    return retry_on_conflict(lambda: _correct(row, refund.pk, actor, now))


@transaction.atomic(durable=True)
def _correct(row: Discrepancy, refund_id: int, actor: User, now: datetime) -> str:
    refund = _lock_refund(refund_id)
    given = row.theirs or Decimal(0)
    more = given - Decimal(refund.amount.amount)
    if refund.status != Refund.Status.SUCCEEDED or not more:
        return _("It was settled already.")
    post_refund_corrected(refund, more, str(row.pk), now)
    refund.amount = Money(given, row.currency)
    refund.save(update_fields=["amount", "amount_currency"])
    _mark(refund.payment)
    if more > 0 or refund.reason == Refund.Reason.GOODWILL:
        return _("Our refund says what was given.")
    promise_refund(refund.payment, -more, reason=refund.reason, key=f"rest:{row.pk}", now=now, actor=actor)
    return _("%(amount)s more are on their way.") % {"amount": Money(-more, row.currency)}


def _mark(payment: Payment) -> None:
    """Refunded when all of it was given back, else paid; the caller holds the lock."""
    given = sum(each.amount.amount for each in payment.refunds.filter(status=Refund.Status.SUCCEEDED))
    payment.status = Payment.Status.REFUNDED if given >= payment.amount.amount else Payment.Status.PAID
    payment.save(update_fields=["status"])


def _lock_payment(payment_id: int) -> Payment:
    booking = lock_booking(Payment.objects.values_list("booking_id", flat=True).get(pk=payment_id))
    payment = lock_payment(payment_id)
    payment.booking = booking
    return payment


def _lock_refund(refund_id: int) -> Refund:
    payment = _lock_payment(Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id))
    refund = lock_refund(refund_id)
    refund.payment = payment
    return refund


def _refund_of(row: Discrepancy) -> Refund:
    if row.refund is None:
        raise CannotRepairError(reason=_("No refund of ours is known for it."))
    return row.refund


def payment_of(row: Discrepancy) -> Payment:
    if row.payment is None:
        raise CannotRepairError(reason=_("No payment of ours is known for it."))
    return row.payment
