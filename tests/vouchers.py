"""Credit for tests, made the only way there is: tickets that were given back. And the steps of paying with it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from bookings.models import Booking
from bookings.services.lifecycle import start_checkout
from payments.credit import CreditUse
from payments.gateways.base import PaymentState, RefundState
from payments.methods import Method
from payments.models import Payment, Refund, Voucher
from payments.offers import Offer
from payments.services.cancelling import cancel_booking
from payments.services.checkout import _open_payment
from payments.services.outcome import apply_state
from payments.services.refunds import settle_refund
from tests.booking import CONTACT, hold
from tests.factories import NOON, make_confirmed_booking, make_event_session

CARD = Offer(method=Method.CARD, gateway="sandbox")


def give(refund: Refund, now: datetime = NOON) -> None:
    """As the worker does, at a time of the test's own."""
    settle_refund(refund_id=refund.pk, state=RefundState(provider_id="", status="succeeded"), now=now)


def make_voucher(price: str = "45.00", *, now: datetime = NOON, **booking_fields: Any) -> Voucher:
    """Worth one ticket of this price; its owner is the booking's `buyer`."""
    booking = make_confirmed_booking(make_event_session("A1", price=price, now=now), "A1", now=now, **booking_fields)
    cancel_booking(booking_id=booking.pk, now=now, destination=Refund.Destination.CREDIT)
    refund = Refund.objects.get(payment__booking=booking)
    give(refund, now)
    return Voucher.objects.get(refund=refund)


def check_out(seats: str = "A1", now: datetime = NOON, **session: Any) -> Booking:
    booking = hold(make_event_session(seats, now=now, **session), seats, now=now)
    return start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=now)


def use(voucher: Voucher, amount: str) -> CreditUse:
    return CreditUse(voucher=voucher, amount=Money(amount, "EUR"))


def open_attempt(booking: Booking, credit: CreditUse | None, now: datetime = NOON) -> Payment:
    """As `start_payment`, without a provider behind it."""
    payment = keep_credit(booking, credit, now)
    Payment.objects.filter(pk=payment.pk, provider_id=None).update(provider_id=f"page_{payment.pk}")
    payment.refresh_from_db()
    return payment


def keep_credit(booking: Booking, credit: CreditUse | None, now: datetime) -> Payment:
    return _open_payment(booking_id=booking.pk, offer=CARD, credit=credit, now=now)[0]


def fail(payment: Payment, failure: str = "abandoned") -> None:
    state = PaymentState(provider_id=payment.provider_id, status="failed", failure=failure)
    apply_state(payment_id=payment.pk, state=state, now=NOON)


def balance_of(voucher: Voucher) -> Decimal:
    voucher.refresh_from_db()
    return voucher.balance
