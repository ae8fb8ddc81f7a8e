"""Credit as it moves: kept for an attempt, spent with it, given back.

Mostly inner steps: the caller holds the booking's lock. A voucher is locked last of all, because several bookings
may want the same one.
"""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import cast

from django.conf import settings
from django.db import transaction

from accounts.models import User
from bookings.locks import lock_booking
from bookings.models import Booking
from payments.credit import CreditUse
from payments.errors import CreditChangedError, SamePersonError
from payments.locks import lock_payment, lock_voucher
from payments.methods import Method
from payments.models import CREDIT, Payment, Refund, Voucher
from payments.selectors import claimed_by_banks
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict


def take_credit(booking: Booking, use: CreditUse, *, status: Payment.Status, now: datetime) -> Payment:
    """Keep the sum for an attempt (PENDING), or spend it at once (PAID). Raises CreditChangedError."""
    voucher = _take(use.voucher.pk, use.amount.amount, now)
    payment = Payment(
        booking=booking,
        gateway=CREDIT,
        method=Method.CREDIT,
        voucher=voucher,
        status=status,
        created_at=now,
        paid_at=now if status == Payment.Status.PAID else None,
    )
    payment.amount = use.amount
    payment.save()
    return payment


def secure_credit(payment: Payment, now: datetime) -> list[Payment]:
    """The credit that pays a part of this attempt, if it is there: still kept for it, or free to be kept again.

    Empty where none goes with it, and where it was spent elsewhere before this attempt's money came.
    """
    if payment.credit_id is None:
        return []
    credit = lock_payment(payment.credit_id)
    if credit.status != Payment.Status.PENDING:
        # What another attempt of this booking keeps is needed here: this one is paid.
        return_all_credit(payment.booking_id)
        try:
            _take(cast("int", credit.voucher_id), credit.amount.amount, now)
        except CreditChangedError:
            return []
        credit.status, credit.failure = Payment.Status.PENDING, Payment.Failure.NONE
        credit.save(update_fields=["status", "failure"])
    credit.booking = payment.booking
    return [credit]


def spend_credit(credit: Payment, now: datetime) -> None:
    credit.status, credit.paid_at = Payment.Status.PAID, now
    credit.save(update_fields=["status", "paid_at"])


def return_credit(payment: Payment) -> None:
    """What was kept for an attempt that buys nothing is the holder's again; a repeat changes nothing."""
    if payment.credit_id is None:
        return
    credit = lock_payment(payment.credit_id)
    if credit.status != Payment.Status.PENDING:
        return
    credit.status, credit.failure = Payment.Status.FAILED, payment.failure
    credit.save(update_fields=["status", "failure"])
    _put_back(credit)


def return_all_credit(booking_id: int) -> None:
    """Free what the attempts of this booking keep, so that another one can use it."""
    keeping = Payment.objects.filter(booking=booking_id, credit__status=Payment.Status.PENDING)
    for payment in keeping.order_by("pk"):
        return_credit(payment)


def carry_credit(refund: Refund, change: Booking, now: datetime) -> Payment:
    """Inner step: what was given back for changed tickets pays for the new ones, and nobody holds it in between.

    Credit stays with its voucher, also one that is out of time; other money gets one that leads back to its payment.
    """
    paid = refund.payment
    voucher = paid.voucher if paid.is_credit else None
    if voucher is None:
        voucher = Voucher(kind=Voucher.Kind.CHANGE, balance=0, refund=refund, created_at=now)
        voucher.amount = refund.amount
        voucher.save()
    payment = Payment(
        booking=change,
        gateway=CREDIT,
        method=Method.CREDIT,
        voucher=voucher,
        status=Payment.Status.PAID,
        created_at=now,
        paid_at=now,
    )
    payment.amount = refund.amount
    payment.save()
    return payment


def give_credit(refund: Refund, now: datetime) -> None:
    """Money back as credit: what came from a voucher goes back to it, anything else becomes a new one."""
    payment = refund.payment
    if payment.is_credit:
        voucher = _put_back(payment, refund.amount.amount)
        if voucher.kind == Voucher.Kind.CHANGE:
            # Nobody knew of it so far: from now on it is credit that somebody chose instead of money.
            voucher.owner_id, voucher.expires_at = payment.booking.buyer_id, now
            voucher.save(update_fields=["owner"])
            publish("payments.voucher_issued", voucher_id=voucher.pk, copy=refund.pk)
        if voucher.expires_at is not None:
            # Time that passed while it was tied up in tickets is not the holder's loss.
            until = good_until(now)
            voucher.expires_at = until and max(voucher.expires_at, until)
            voucher.save(update_fields=["expires_at"])
        if voucher.kind != Voucher.Kind.CHANGE:
            publish("payments.credit_returned", refund_id=refund.pk)
        return
    is_goodwill = refund.reason == Refund.Reason.GOODWILL
    voucher = Voucher(
        kind=Voucher.Kind.GOODWILL if is_goodwill else Voucher.Kind.REFUND,
        balance=refund.amount.amount,
        refund=refund,
        owner_id=payment.booking.buyer_id,
        created_at=now,
        expires_at=good_until(now),
    )
    voucher.amount = refund.amount
    voucher.save()
    _look_whether_void(voucher)
    publish("payments.voucher_issued", voucher_id=voucher.pk)


@transaction.atomic(durable=True)
def send_code_again(*, voucher_id: int, actor: User, now: datetime) -> Voucher:
    """Mail the code once more to whom it was given; twice in one second is once.

    Raises SamePersonError for who wrote that address down.
    """
    voucher = Voucher.objects.select_related("refund__payment__booking").get(pk=voucher_id)
    if voucher.refund and voucher.refund.payment.booking.email_corrected_by_id == actor.pk:
        raise SamePersonError
    publish("payments.voucher_issued", voucher_id=voucher.pk, copy=int(now.timestamp()))
    return voucher


def good_until(now: datetime) -> datetime | None:
    return now + settings.VOUCHER_VALIDITY if settings.VOUCHER_VALIDITY else None


def return_stranded_credit() -> int:
    """Free what attempts keep whose booking was closed, or confirmed by another one: their page may never answer.

    Money that comes for such an attempt after all tries to take its credit again.
    """
    stranded = Payment.objects.filter(credit__status=Payment.Status.PENDING).exclude(
        booking__status=Booking.Status.AWAITING_PAYMENT
    )
    booking_ids = sorted(set(stranded.values_list("booking", flat=True)))
    for booking_id in booking_ids:
        retry_on_conflict(partial(_return_stranded, booking_id))
    return len(booking_ids)


@transaction.atomic(durable=True)
def _return_stranded(booking_id: int) -> None:
    if lock_booking(booking_id).status != Booking.Status.AWAITING_PAYMENT:
        return_all_credit(booking_id)


def _take(voucher_id: int, amount: Decimal, now: datetime) -> Voucher:
    voucher = lock_voucher(voucher_id)
    spendable = voucher.balance - max(claimed_by_banks(voucher), Decimal(0))
    if spendable < amount or voucher.is_expired(now) or voucher.voided_at is not None:
        raise CreditChangedError
    voucher.balance -= amount
    voucher.save(update_fields=["balance"])
    return voucher


def _put_back(credit: Payment, amount: Decimal | None = None) -> Voucher:
    voucher = lock_voucher(cast("int", credit.voucher_id))
    voucher.balance += credit.amount.amount if amount is None else amount
    voucher.save(update_fields=["balance"])
    _look_whether_void(voucher)
    return voucher


def _look_whether_void(voucher: Voucher) -> None:
    """Credit of a void voucher, or one whose payment a bank took back, is not spent: a worker takes it off."""
    if voucher.voided_at is not None or claimed_by_banks(voucher, is_final=True) > 0:
        publish("payments.void_credit_returned", voucher_id=voucher.pk)
