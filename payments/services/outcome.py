"""The one place where a provider's word about a payment becomes ours.

Webhook, return page and the polling fallback all end here, in any order and any number of times.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import transaction
from djmoney.money import Money

from bookings.errors import PlacesGoneError
from bookings.locks import lock_booking, lock_bookings
from bookings.models import Booking
from bookings.selectors import Summary
from bookings.services.customer_limits import FellowBookingsError, lock_late_fellows
from bookings.services.lifecycle import list_items_to_sell, return_to_basket
from notifications.alarms import raise_alarm
from payments.gateways.base import PaymentState
from payments.locks import lock_payment, mark_paid
from payments.models import Payment, Refund
from payments.services.changing import buy
from payments.services.credit import return_credit, secure_credit, spend_credit
from payments.services.ledger import post_capture, post_dispute
from payments.services.promising import refund_whole_payment
from ticketing.money import add_up
from ticketing.outbox.services import publish

logger = logging.getLogger(__name__)


def apply_state(*, payment_id: int, state: PaymentState, now: datetime, as_read: Payment | None = None) -> Payment:
    """Take over what the provider says: tickets for money, or the money back; never neither, never both.

    Who has read the payment already saves two looks for it.
    """
    apply = partial(_apply_state, payment_id=payment_id, state=state, now=now, as_read=as_read)
    try:
        return apply(fellows=())
    except FellowBookingsError as found:
        return apply(fellows=found.booking_ids)


@transaction.atomic(durable=True)
def _apply_state(
    *, payment_id: int, state: PaymentState, now: datetime, as_read: Payment | None, fellows: Collection[int]
) -> Payment:
    """With the locks of these other bookings. Raises FellowBookingsError where some are missing."""
    booking_id = (
        as_read.booking_id if as_read else Payment.objects.values_list("booking_id", flat=True).get(pk=payment_id)
    )
    locked = {booking_id, *fellows}
    booking = lock_bookings(locked)[booking_id]
    if state.status == "paid":
        lock_late_fellows(booking, locked)
    if as_read and is_paid_by(as_read, state) and mark_paid(as_read, now):
        _spend_money(booking, as_read, now)
        return as_read
    payment = lock_payment(payment_id)
    if payment.provider_id is None:
        # Its page was opened by a process that died, or gave up waiting, before it knew the id.
        payment.provider_id = state.provider_id
        payment.save(update_fields=["provider_id"])
    if state.status == "paid" and payment.can_become(Payment.Status.PAID):
        _take_money(booking, payment, state, now)
    elif state.status == "pending" and payment.failure == Payment.Failure.DECLINED:
        # Another try after a decline is on its way: nothing has failed yet.
        _note(payment, Payment.Failure.NONE)
    elif state.status == "failed" and state.can_still_be_paid and payment.status == Payment.Status.PENDING:
        # Declined, but the provider's page is still open: the attempt goes on.
        _note(payment, state.failure)
    elif state.status == "failed" and payment.can_become(Payment.Status.FAILED):
        _fail(booking, payment, state.failure or Payment.Failure.DECLINED)
    return payment


@transaction.atomic(durable=True)
def fail_payment(*, payment_id: int, failure: str, now: datetime) -> Payment:
    """Close an attempt that never reached the provider, and give the basket back."""
    booking_id = Payment.objects.values_list("booking_id", flat=True).get(pk=payment_id)
    booking = lock_booking(booking_id)
    payment = lock_payment(payment_id)
    if payment.can_become(Payment.Status.FAILED):
        _fail(booking, payment, failure)
    return payment


def _take_money(booking: Booking, payment: Payment, state: PaymentState, now: datetime) -> None:
    if state.amount != payment.amount:
        # Never confirm on another sum; staff are told once, however often the payment is asked about.
        if payment.failure != Payment.Failure.MISMATCH:
            _note(payment, Payment.Failure.MISMATCH)
            _unpost_disputes(payment, now)
            logger.error("provider amount differs from ours", extra={"payment_id": payment.pk})
            raise_alarm("A payment of another amount than ours", payment_id=payment.pk, booking=booking.reference)
        return
    payment.status = Payment.Status.PAID
    payment.failure = Payment.Failure.NONE
    payment.paid_at = now
    payment.save(update_fields=["status", "failure", "paid_at"])
    _spend_money(booking, payment, now)


def is_paid_by(payment: Payment, state: PaymentState) -> bool:
    """The usual news: the whole sum came for an attempt whose page is known."""
    is_this = state.status == "paid" and payment.provider_id is not None and state.amount == payment.amount
    return is_this and payment.can_become(Payment.Status.PAID)


def _spend_money(booking: Booking, payment: Payment, now: datetime) -> None:
    """It came; the caller marked the payment paid."""
    if payment.saves_card:
        publish("payments.card_typed", payment_id=payment.pk)
    payment.booking = booking
    if booking.is_confirmed:
        _return_money(payment, Refund.Reason.DUPLICATE, now)
        return
    summary = Summary(booking=booking, items=list_items_to_sell(booking))
    parts = [payment, *secure_credit(payment, now)]
    is_other_sum = booking.replaces_id is None and summary.total != add_up_parts(parts)
    if booking.status == Booking.Status.CANCELLED or is_other_sum:
        # Closed, or changed after this attempt was given up: its money buys nothing any more.
        _refund_late(booking, payment, now)
        return
    try:
        buy(booking, parts, summary.items, now)
    except PlacesGoneError:
        _refund_late(booking, payment, now)
    else:
        for credit in parts[1:]:
            spend_credit(credit, now)


def add_up_parts(parts: Sequence[Payment]) -> Money:
    return add_up((part.amount for part in parts), str(parts[0].amount.currency))


def _return_money(payment: Payment, reason: str, now: datetime) -> None:
    """It arrived, and buys nothing."""
    post_capture(payment, now)
    refund_whole_payment(payment, reason=reason, now=now)
    return_credit(payment)


def _refund_late(booking: Booking, payment: Payment, now: datetime) -> None:
    _return_money(payment, Refund.Reason.LATE, now)
    outcome = "refunded" if booking.replaces_id is None else "unchanged"
    publish("bookings.resolved_late", booking_id=booking.pk, outcome=outcome)


def _note(payment: Payment, failure: str) -> None:
    payment.failure = failure
    payment.save(update_fields=["failure"])


def _unpost_disputes(payment: Payment, now: datetime) -> None:
    """A bank may have taken the money before we knew that none of it will be in our books."""
    for dispute in payment.disputes.select_related("payment__booking"):
        post_dispute(dispute, Decimal(0), now)


def _fail(booking: Booking, payment: Payment, failure: str) -> None:
    payment.status = Payment.Status.FAILED
    payment.failure = failure
    payment.save(update_fields=["status", "failure"])
    return_credit(payment)
    if not booking.payments.filter(status=Payment.Status.PENDING).exists():
        return_to_basket(booking)
