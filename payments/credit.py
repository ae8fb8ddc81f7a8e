"""What a voucher can pay of a booking. Whether it still can is decided later, under its lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, Q, Sum
from djmoney.money import Money

from accounts.models import User
from bookings.models import Booking
from payments.errors import (
    CreditCurrencyError,
    CreditExpiredError,
    CreditHeldError,
    CreditSpentError,
    CreditUnknownError,
    CreditVoidError,
)
from payments.models import Payment, Voucher
from payments.selectors import claimed_by_banks
from ticketing.dates import say_date
from ticketing.errors import DomainError
from ticketing.money import from_minor_units

# Providers take no smaller sums: Stripe 50 cents, Razorpay 1 rupee.
SMALLEST_CHARGE = 100
# What a voucher pays, or is about to.
TAKEN = [Payment.Status.PENDING, Payment.Status.PAID, Payment.Status.REFUNDED]


@dataclass(frozen=True, slots=True)
class CreditUse:
    """So much of this voucher pays a part of a booking, or all of it."""

    voucher: Voucher
    amount: Money


def find_voucher(code: str) -> Voucher:
    """By what people type: any case, with or without hyphens and spaces. Raises CreditUnknownError."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    voucher = Voucher.objects.filter(code=letters).first()
    if voucher is None:
        raise CreditUnknownError
    return voucher


def quote_credit(voucher: Voucher, booking: Booking, total: Money, now: datetime) -> CreditUse:
    """As much as it can pay of the total; what is left to pay is nothing, or no less than providers take.

    What an earlier attempt of this very booking keeps counts as there. Raises CreditExpiredError,
    CreditCurrencyError, CreditVoidError, CreditHeldError, CreditSpentError.
    """
    if voucher.voided_at is not None:
        raise CreditVoidError
    if voucher.is_expired(now):
        raise CreditExpiredError(date=say_date(voucher.last_day) if voucher.last_day else "")
    currency = str(total.currency)
    if str(voucher.amount.currency) != currency:
        raise CreditCurrencyError(currency=voucher.amount.currency)
    held = max(claimed_by_banks(voucher), Decimal(0))
    there = max(voucher.balance - held, Decimal(0)) + kept_for(booking, voucher)
    amount = min(Money(there, currency), total)
    smallest = from_minor_units(SMALLEST_CHARGE, currency)
    if amount < total and total - amount < smallest:
        amount = total - smallest
    if amount.amount <= 0:
        raise say_why_empty(voucher, held)
    return CreditUse(voucher=voucher, amount=amount)


def say_why_empty(voucher: Voucher, held: Decimal) -> DomainError:
    if voucher.balance and held:
        return CreditHeldError()
    return CreditVoidError() if voucher.voided else CreditSpentError()


def kept_for(booking: Booking, voucher: Voucher) -> Decimal:
    kept = Payment.objects.filter(booking=booking, voucher=voucher, status=Payment.Status.PENDING)
    return kept.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def list_own_credit(user: User, currency: str, now: datetime) -> Sequence[Voucher]:
    """The customer's vouchers that can pay in this currency, the one that ends first at the top."""
    usable = user.vouchers.filter(amount_currency=currency, balance__gt=0, voided_at=None)
    in_time = usable.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    return sorted(in_time, key=lambda voucher: (voucher.expires_at is None, voucher.expires_at, voucher.pk))


def list_credit_of(user: User, now: datetime) -> tuple[list[Voucher], list[Voucher]]:
    """Vouchers that have something on them or kept for a payment, and those that are used up or out of time."""
    taken = Payment.objects.filter(status__in=TAKEN).select_related("booking").order_by("-pk")
    rows = user.vouchers.select_related("refund__payment__booking")
    vouchers = list(rows.prefetch_related(Prefetch("payments", taken)).order_by("-pk"))
    usable = [each for each in vouchers if not each.is_expired(now) and (each.balance or is_kept(each))]
    return usable, [each for each in vouchers if each not in usable]


def is_kept(voucher: Voucher) -> bool:
    return any(payment.status == Payment.Status.PENDING for payment in voucher.payments.all())
