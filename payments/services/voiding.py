"""Credit that is taken back: by staff for a reason, or because a bank took back the payment that it was given for."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.models import User
from bookings.locks import lock_booking
from payments.errors import NothingToVoidError
from payments.locks import lock_voucher
from payments.models import Account, LedgerEntry, Payment, Voucher
from payments.selectors import claimed_by_banks
from payments.services.ledger import home_of, post_credit_void
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict


@transaction.atomic(durable=True)
def void_voucher(*, voucher_id: int, actor: User, reason: str, now: datetime) -> Voucher:
    """Nothing can be spent of it any more. What a payment under way keeps may still be spent by that payment;
    if it comes back it becomes void too. Raises NothingToVoidError.
    """
    voucher = _lock(voucher_id)
    if voucher.voided_at is not None:
        raise NothingToVoidError
    voucher.voided_at, voucher.voided_by, voucher.void_reason = now, actor, reason
    voucher.save(update_fields=["voided_at", "voided_by", "void_reason"])
    _take_off(voucher, voucher.balance, is_disputed=False, now=now)
    return voucher


def void_returned(*, voucher_id: int) -> None:
    """Outbox handler: credit came back to a voucher that is void, or that a bank took back; a repeat finds nothing."""
    retry_on_conflict(lambda: _void_returned(voucher_id, timezone.now()))


@transaction.atomic(durable=True)
def _void_returned(voucher_id: int, now: datetime) -> None:
    voucher = _lock(voucher_id)
    _follow_banks(voucher, now)
    if voucher.voided_at is not None:
        _take_off(voucher, voucher.balance, is_disputed=False, now=now)


def void_disputed(payment: Payment, now: datetime) -> None:
    """Inner step: what a bank finally took of the payment is taken off the credit that it became, as far as it is
    there, and given back if the bank gives in after all. The caller holds the locks of booking and payment.
    """
    origin = Q(refund__payment=payment) | Q(gift__booking=payment.booking_id)
    vouchers = Voucher.objects.filter(origin).order_by("pk")
    for voucher_id in list(vouchers.values_list("pk", flat=True)):
        _follow_banks(lock_voucher(voucher_id), now)


def _follow_banks(voucher: Voucher, now: datetime) -> None:
    due = claimed_by_banks(voucher, is_final=True)
    if due > 0:
        _take_off(voucher, min(due, voucher.balance), is_disputed=True, now=now)
    elif due < 0:
        _take_off(voucher, max(due, -_taken_for_banks(voucher)), is_disputed=True, now=now)


def _taken_for_banks(voucher: Voucher) -> Decimal:
    entries = LedgerEntry.objects.filter(posting__startswith=f"voucher:{voucher.pk}:", account=Account.DISPUTES)
    return -(entries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))


def _take_off(voucher: Voucher, amount: Decimal, *, is_disputed: bool, now: datetime) -> None:
    """Below zero it is given back."""
    if not amount:
        return
    voucher.balance -= amount
    voucher.voided += amount
    voucher.save(update_fields=["balance", "voided"])
    posting = post_credit_void(voucher, amount, is_disputed=is_disputed, now=now)
    if is_disputed:
        publish("payments.credit_followed_bank", voucher_id=voucher.pk, posting=posting, amount=str(amount))


def _lock(voucher_id: int) -> Voucher:
    voucher = Voucher.objects.select_related("refund__payment").get(pk=voucher_id)
    lock_booking(home_of(voucher)[0].pk)
    return lock_voucher(voucher_id)
