"""Credit for tests, made the only way there is: tickets that were given back."""

from datetime import datetime
from typing import Any

from payments.gateways.base import RefundState
from payments.models import Refund, Voucher
from payments.services.cancelling import cancel_booking
from payments.services.refunds import settle_refund
from tests.factories import NOON, make_confirmed_booking, make_event_session


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
