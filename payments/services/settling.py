"""Asking the gateway: before an unpaid booking is released, and for attempts left open."""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from bookings.models import Booking
from bookings.services.lifecycle import expire_booking
from payments.errors import GatewayRefusedError, GatewayUnavailableError
from payments.gateways.base import PaymentState
from payments.gateways.registry import get_gateway
from payments.models import Payment, Refund
from payments.services.outcome import apply_state, fail_payment
from payments.services.refunds import ask_about_refund
from payments.services.turns import take_turn
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)

ASK_FOR = timedelta(days=2)
BATCH = 200


def refresh_payment(*, payment_id: int, now: datetime) -> Payment:
    """Ask how an attempt stands, also a failed one: its money may still come. Raises GatewayUnavailableError."""
    payment = Payment.objects.get(pk=payment_id)
    if not payment.can_become(Payment.Status.PAID) or not payment.provider_id:
        return payment
    state = get_gateway(payment.gateway).get_payment(payment.provider_id)
    return _apply(payment_id, state, now)


def abandon_payment(*, payment_id: int, now: datetime) -> Payment:
    """The customer came back without paying: close the page, unless the money was quicker."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != Payment.Status.PENDING:
        return payment
    if not payment.provider_id:
        payment = fail_payment(payment_id=payment_id, failure=Payment.Failure.ABANDONED, now=now)
        if not payment.provider_id:
            return payment
        # Its page opened in this very moment.
    state = get_gateway(payment.gateway).cancel_payment(payment.provider_id)
    if state.status == "failed":
        state = PaymentState(
            provider_id=state.provider_id,
            status="failed",
            failure="abandoned",
            amount=state.amount,
            reference=state.reference,
        )
    return _apply(payment_id, state, now)


def _apply(payment_id: int, state: PaymentState, now: datetime) -> Payment:
    return retry_on_conflict(lambda: apply_state(payment_id=payment_id, state=state, now=now))


def settle_unpaid_bookings(*, now: datetime) -> int:
    """Close bookings at payment whose time is up: paid ones become tickets, the others expire."""
    lapsed = Booking.objects.filter(status=Booking.Status.AWAITING_PAYMENT, held_until__lte=now)
    booking_ids = take_turn("lapsed", lapsed.values_list("pk", flat=True), BATCH)
    for booking_id in booking_ids:
        try:
            settle_booking(booking_id=booking_id, now=now)
        except Exception:  # Whatever is wrong with one booking must not keep the others from their money.
            logger.exception("booking not settled", extra={"booking_id": booking_id})
    return len(booking_ids)


def settle_booking(*, booking_id: int, now: datetime) -> None:
    """Ask about every open attempt, then expire the booking if none was paid.

    While the gateway is away the places stay reserved for the grace period only; money that comes
    after that is resolved as late.
    """
    for payment in Payment.objects.at_providers().filter(booking=booking_id, status=Payment.Status.PENDING):
        try:
            close_attempt(payment, now)
        except (GatewayUnavailableError, GatewayRefusedError):
            booking = Booking.objects.get(pk=booking_id)
            if now < booking.held_until + settings.RELEASE_GRACE:
                return
            logger.warning("gateway away, booking released", extra={"booking_id": booking_id})
    retry_on_conflict(lambda: expire_booking(booking_id=booking_id, now=now))


def close_attempt(payment: Payment, now: datetime) -> None:
    """End an attempt whose time is up: the provider's last word, after which it cannot be paid."""
    if not payment.provider_id:
        payment = fail_payment(payment_id=payment.pk, failure=Payment.Failure.EXPIRED, now=now)
        if not payment.provider_id:
            return  # Else its page opened in this very moment.
    gateway = get_gateway(payment.gateway)
    state = gateway.get_payment(payment.provider_id)
    if state.status == "pending" or state.can_still_be_paid:
        state = gateway.cancel_payment(payment.provider_id)
    _apply(payment.pk, state, now)


def ask_about_open_payments(*, now: datetime) -> int:
    """Poll attempts that no webhook settled, also of closed bookings: their money must be resolved."""
    open_payments = Payment.objects.at_providers().filter(
        status=Payment.Status.PENDING, created_at__lte=now - timedelta(seconds=30), created_at__gte=now - ASK_FOR
    )
    # Where no page was opened, the end of its booking's time closes the attempt, if no other one did before.
    open_payments = open_payments.exclude(provider_id=None, booking__status=Booking.Status.AWAITING_PAYMENT)
    payment_ids = take_turn("payments", open_payments.values_list("pk", flat=True), BATCH)
    for payment_id in payment_ids:
        try:
            ask_about_payment(payment_id=payment_id, now=now)
        except (GatewayUnavailableError, GatewayRefusedError):
            logger.info("gateway did not answer", extra={"payment_id": payment_id})
        except Exception:  # As above.
            logger.exception("payment not settled", extra={"payment_id": payment_id})
    return len(payment_ids)


def ask_about_payment(*, payment_id: int, now: datetime) -> None:
    """Raises GatewayUnavailableError, GatewayRefusedError."""
    payment = refresh_payment(payment_id=payment_id, now=now)
    if not payment.provider_id:
        # The process that was to open its page is gone, and the booking was paid in another way.
        fail_payment(payment_id=payment_id, failure=Payment.Failure.ABANDONED, now=now)


def ask_about_open_refunds(*, now: datetime) -> int:
    """Poll refunds that the provider had not finished when it answered, and that no webhook settled."""
    waiting = Refund.objects.filter(status=Refund.Status.PENDING, created_at__lte=now - timedelta(minutes=1))
    # What became credit after a provider's failure is nobody's to answer for any more.
    at_providers = waiting.exclude(provider_id="").exclude(destination=Refund.Destination.CREDIT)
    refund_ids = take_turn("refunds", at_providers.values_list("pk", flat=True), BATCH)
    for refund in Refund.objects.filter(pk__in=refund_ids).select_related("payment"):
        try:
            ask_about_refund(refund)
        except (GatewayUnavailableError, GatewayRefusedError):
            logger.info("gateway did not answer", extra={"refund_id": refund.pk})
        except Exception:  # As above.
            logger.exception("refund not settled", extra={"refund_id": refund.pk})
    return len(refund_ids)
