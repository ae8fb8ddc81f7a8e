"""Buying a gift voucher, short enough to read in a test."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from payments.models import GiftVoucher
from payments.services.gifts import GiftWish, choose_gift
from tests.booking import go_to_payment, pay
from tests.factories import NOON


def wish(*, now: datetime = NOON, **fields: Any) -> GiftWish:
    """50.00 for Bob, today."""
    facts = {"amount": Decimal(50), "recipient_name": "Bob", "recipient_email": "bob@example.com"}
    return GiftWish(**(facts | {"message": "Enjoy the show", "deliver_on": timezone.localdate(now)} | fields))


def choose(*, basket: Booking | None = None, buyer: User | None = None, now: datetime = NOON, **fields: Any) -> Booking:
    booking_id = basket.pk if basket else None
    return choose_gift(wish=wish(now=now, **fields), booking_id=booking_id, buyer=buyer, now=now)


def buy(*, buyer: User | None = None, now: datetime = NOON, **fields: Any) -> GiftVoucher:
    booking = choose(buyer=buyer, now=now, **fields)
    pay(go_to_payment(booking, now=now), now)
    return GiftVoucher.objects.select_related("voucher", "booking").get(booking=booking)
