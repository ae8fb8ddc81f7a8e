"""A change of tickets as its money goes: what the old tickets are worth pays for the new ones.

It is carried over as credit that is spent at once, so that the books of both bookings close by themselves; what is
more goes back the way it was paid. Inner steps: the caller holds the lock of the new booking.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bookings.change_errors import TicketsGoneError
from bookings.locks import lock_booking
from bookings.models import Booking, BookingItem
from bookings.services.changing import confirm_change
from bookings.services.lifecycle import confirm_booking, expire
from payments.changes import list_items_given_up
from payments.errors import ChangeSumError
from payments.locks import lock_payment
from payments.models import Payment, Refund
from payments.selectors import left_of, repayable
from payments.services.cancelling import name_void, void_sale, worth_of
from payments.services.credit import carry_credit
from payments.services.issuing_gifts import issue_gift
from payments.services.ledger import post_purchase
from payments.services.promising import promise_from_booking
from payments.services.refunds import settle_at_once


def buy(booking: Booking, parts: Sequence[Payment], items: Sequence[BookingItem], now: datetime) -> None:
    """Turn what was paid into tickets, or a gift voucher; `parts` are paid already, and posted here.

    Raises PlacesGoneError, after which nothing of a booking that it would have replaced has changed.
    """
    carried: list[Payment] = []
    if booking.replaces_id is None:
        confirm_booking(booking, now, items)
    else:
        carried = _buy_change(booking, booking.replaces_id, parts, items, now)
    if parts or carried:
        post_purchase([*parts, *carried], items, now)
    if booking.gift_amount:
        issue_gift(booking, now)


def _buy_change(
    change: Booking, old_id: int, parts: Sequence[Payment], items: Sequence[BookingItem], now: datetime
) -> list[Payment]:
    """The payments that the old tickets became. Raises ChangeSumError, TicketsGoneError, PlacesGoneError."""
    old = lock_booking(old_id)
    given_up = list_items_given_up(change)
    if len(given_up) < change.gives_up.count():
        expire(change, now)
        raise TicketsGoneError
    needed = worth_of(items) - sum((Decimal(part.amount.amount) for part in parts), Decimal(0))
    if not 0 <= needed <= min(worth_of(given_up), repayable(old.pk)):
        raise ChangeSumError
    tickets = confirm_change(change, old, now, items)
    key = name_void(old, tickets)
    back = void_sale(old, given_up, topic="payments.tickets_changed", key=key, now=now)
    carried = _carry_over(old, change, needed, now)
    promise_from_booking(
        old.pk,
        back - needed,
        reason=Refund.Reason.CHANGED,
        key=f"change:{change.pk}",
        now=now,
        # Whoever began it on the customer's behalf asked for this as well, and may not alone above the limit.
        actor=change.begun_by,
    )
    return carried


def _carry_over(old: Booking, change: Booking, amount: Decimal, now: datetime) -> list[Payment]:
    """So much of what was paid for the old booking pays for the new one, the newest payments first."""
    carried = []
    paid = Payment.objects.filter(booking=old, status=Payment.Status.PAID).order_by("-pk")
    for payment_id in list(paid.values_list("pk", flat=True)):
        payment = lock_payment(payment_id)
        part = min(amount, left_of(payment))
        if part <= 0:
            continue
        payment.booking = old
        refund = settle_at_once(
            payment,
            part,
            reason=Refund.Reason.CHANGED,
            key=f"carry:{change.pk}:{payment.pk}",
            now=now,
            destination=Refund.Destination.CREDIT,
        )
        carried.append(carry_credit(refund, change, now))
        amount -= part
    return carried
