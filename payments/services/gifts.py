"""Gift vouchers: bought through the usual checkout, sent on their day, given back while nobody used them.

Those that staff give are in `giving`.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from djmoney.money import Money

from accounts.models import User
from bookings.errors import PaymentUnderWayError
from bookings.locks import lock_booking
from bookings.models import Booking
from bookings.services.lifecycle import close_booking
from payments.gift_errors import BasketInTheWayError, GiftUsedError
from payments.models import GiftVoucher, Refund, Voucher
from payments.selectors import left_of_booking
from payments.services.issuing_gifts import send_if_due
from payments.services.ledger import post_gift_returned
from payments.services.promising import promise_from_booking
from payments.services.refunds import withdraw_goodwill
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GiftWish:
    """What a gift voucher is to be, in DEFAULT_CURRENCY."""

    amount: Decimal
    recipient_name: str
    recipient_email: str
    message: str
    deliver_on: date


@transaction.atomic(durable=True)
def choose_gift(*, wish: GiftWish, booking_id: int | None, buyer: User | None, now: datetime) -> Booking:
    """A basket with this voucher in it, ready for the checkout; one that has a voucher already has this one instead.

    Raises BasketInTheWayError where there are places in it, PaymentUnderWayError.
    """
    booking = lock_booking(booking_id) if booking_id is not None else None
    if booking is None or not booking.is_live(now):
        booking = _begin(buyer, now)
    elif not booking.gift_amount:
        raise BasketInTheWayError
    elif booking.status == Booking.Status.AWAITING_PAYMENT:
        raise PaymentUnderWayError
    put_in(booking, wish)
    return booking


def _begin(buyer: User | None, now: datetime) -> Booking:
    return Booking(
        buyer=buyer,
        name=buyer.get_short_name() if buyer else "",
        phone=buyer.phone if buyer else "",
        email=buyer.email if buyer else "",
        currency=settings.DEFAULT_CURRENCY,
        created_at=now,
        held_until=now + settings.HOLD_PERIOD,
    )


def put_in(booking: Booking, wish: GiftWish) -> GiftVoucher:
    """Inner step: this voucher is what the booking is about."""
    booking.gift_amount = wish.amount
    booking.save()
    facts = {
        "amount": Money(wish.amount, booking.currency),
        "recipient_name": wish.recipient_name,
        "recipient_email": wish.recipient_email,
        "message": wish.message,
        "deliver_on": wish.deliver_on,
    }
    return GiftVoucher.objects.update_or_create(booking=booking, defaults=facts)[0]


@transaction.atomic(durable=True)
def return_gift(*, booking_id: int, now: datetime, actor: User | None = None, note: str = "") -> Booking:
    """A voucher that nobody used is void, and what is left of its price goes back the way it was paid.

    A repeat changes nothing. Raises GiftUsedError.
    """
    booking = lock_booking(booking_id)
    if booking.status == Booking.Status.CANCELLED:
        return booking
    gift = GiftVoucher.objects.get(booking=booking, reason="")
    untouched = Voucher.objects.filter(gift=gift, balance=gift.amount.amount, voided=0, voided_at=None)
    # Compare-and-set: whoever spends it at this moment was first, or finds nothing on it.
    if not untouched.update(balance=0, voided=gift.amount.amount, voided_at=now, voided_by=actor, void_reason=note):
        raise GiftUsedError
    # Goodwill, or what a bank took back, is not given a second time.
    if gift.amount.amount > left_of_booking(booking.pk):
        withdraw_goodwill(booking.pk, now)
    back = min(gift.amount.amount, left_of_booking(booking.pk))
    posting = post_gift_returned(gift.voucher, booking, given_before=gift.amount.amount - back, now=now)  # type: ignore[arg-type]
    close_booking(booking, now, actor_id=actor.pk if actor else None)
    publish("payments.gift_returned", booking_id=booking.pk, posting=posting, item_ids=[])
    promise_from_booking(
        booking.pk,
        back,
        reason=Refund.Reason.CANCELLED,
        key=f"gift:{booking.pk}",
        now=now,
        note=note,
        actor=actor,
    )
    return booking


def send_due_gifts(*, now: datetime) -> int:
    """Send what is due by today; how many. Each goes once, also with two workers at it."""
    due = GiftVoucher.objects.filter(sent_at=None, deliver_on__lte=timezone.localdate(now))
    due = due.exclude(voucher=None).exclude(recipient_email="")
    booking_ids = list(due.order_by("pk").values_list("booking", flat=True)[:500])
    for booking_id in booking_ids:
        retry_on_conflict(partial(_send, booking_id, now))
    return len(booking_ids)


@transaction.atomic(durable=True)
def _send(booking_id: int, now: datetime) -> None:
    booking = lock_booking(booking_id)
    if booking.is_confirmed:
        send_if_due(GiftVoucher.objects.get(booking=booking), now)
