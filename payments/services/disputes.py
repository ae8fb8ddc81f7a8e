"""Chargebacks: a customer's bank asks, takes the money back, and decides. Staff answer it at the provider's desk."""

import logging
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from bookings.locks import lock_booking
from notifications.alarms import raise_alarm
from payments.gateways.base import DisputeState
from payments.locks import lock_payment
from payments.models import Discrepancy, Dispute, Payment
from payments.services.discrepancies import close_gone, note_discrepancy
from payments.services.findings import Finding
from payments.services.ledger import held_by_bank, post_dispute
from payments.services.matching import find_payment_behind
from payments.services.voiding import void_disputed
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)

ALARMS = {
    "open": "A customer's bank disputes a payment",
    "won": "A disputed payment stays ours",
    "lost": "A disputed payment is lost",
}


def take_over_dispute(gateway: str, state: DisputeState, *, now: datetime) -> None:
    """Keep what the provider says of a dispute, in the ledger too; saying it again changes nothing.

    Raises GatewayUnavailableError.
    """
    payment = find_payment_behind(gateway, state.payment_id)
    if payment is None:
        note_unknown(gateway, state, now=now)
        return
    retry_on_conflict(lambda: record_dispute(payment_id=payment.pk, state=state, now=now))


@transaction.atomic(durable=True)
def record_dispute(*, payment_id: int, state: DisputeState, now: datetime) -> Dispute | None:
    """Keep a dispute of this payment and what the bank holds of it; staff are told when it opens and ends."""
    payment = _lock(payment_id)
    if state.amount.currency != payment.amount.currency:
        # Not ours to convert: the row would say what the ledger cannot.
        logger.error("dispute in another currency", extra={"payment_id": payment.pk})
        raise_alarm("A dispute in another currency than its payment", payment_id=payment.pk, dispute=state.provider_id)
        return None
    dispute, is_new = _get_or_make(payment, state, now)
    if not is_new and state.status == "open" != dispute.status:
        return dispute  # Late news.
    has_changed = is_new or dispute.status != state.status
    dispute.status, dispute.amount, dispute.reason = state.status, state.amount, state.reason[:100]
    dispute.closed_at = None if state.status == "open" else dispute.closed_at or now
    dispute.save(update_fields=["status", "amount", "amount_currency", "reason", "closed_at"])
    # A bank that has the money keeps it until the end, whatever older news say.
    has_money = state.has_money or (state.status == "open" and held_by_bank(dispute) > 0)
    is_ours = has_money and is_loss(dispute)
    post_dispute(dispute, Decimal(state.amount.amount) if is_ours else Decimal(0), now)
    void_disputed(payment, now)
    if has_money:
        note_discrepancy(describe(payment.gateway, state, payment), now=now)
    elif state.status == "won":
        close_gone(payment.gateway, Discrepancy.Kind.CHARGEBACK, state.provider_id, now=now)
    if has_changed:
        logger.error("payment disputed", extra={"payment_id": payment.pk, "dispute": state.status})
        raise_alarm(
            ALARMS[state.status],
            dispute=state.provider_id,
            amount=state.amount,
            payment_id=payment.pk,
            booking=payment.booking.reference,
        )
    return dispute


@transaction.atomic(durable=True)
def note_unknown(gateway: str, state: DisputeState, *, now: datetime) -> None:
    """A dispute of a payment that is not ours: staff are told once, and find it among the discrepancies."""
    known = Discrepancy.objects.filter(
        gateway=gateway, kind=Discrepancy.Kind.CHARGEBACK, provider_id=state.provider_id
    ).first()
    is_over = state.status != "open"
    if known is None or (is_over and known.status == Discrepancy.Status.OPEN):
        logger.error("dispute of an unknown payment", extra={"gateway": gateway})
        raise_alarm(
            ALARMS[state.status],
            dispute=state.provider_id,
            amount=state.amount,
            payment_id="unknown",
            booking="unknown",
        )
    note_discrepancy(describe(gateway, state, None), now=now)
    if state.status == "won":
        close_gone(gateway, Discrepancy.Kind.CHARGEBACK, state.provider_id, now=now)


@transaction.atomic(durable=True)
def write_off(*, payment_id: int, amount: Decimal, key: str, reason: str, now: datetime) -> Dispute:
    """Money of ours that the provider never had, or has no more, is lost; the key makes a repeat harmless."""
    payment = _lock(payment_id)
    state = DisputeState(
        provider_id=key,
        payment_id=payment.provider_id or "",
        status="lost",
        amount=type(payment.amount)(amount, payment.amount.currency),
        reason=reason,
    )
    dispute, is_new = _get_or_make(payment, state, now)
    if is_new:
        post_dispute(dispute, amount, now)
    return dispute


def is_loss(dispute: Dispute) -> bool:
    """Whether what the bank takes was in our books: money on another sum never was, and went back past them."""
    payment = dispute.payment
    if payment.failure != Payment.Failure.MISMATCH:
        return True
    gone_back = Discrepancy.objects.filter(
        payment=payment, kind=Discrepancy.Kind.PAYMENT_AMOUNT, status=Discrepancy.Status.REPAIRED
    )
    return gone_back.filter(resolved_at__lt=dispute.opened_at).exists()


def _lock(payment_id: int) -> Payment:
    booking = lock_booking(Payment.objects.values_list("booking_id", flat=True).get(pk=payment_id))
    payment = lock_payment(payment_id)
    payment.booking = booking
    return payment


def _get_or_make(payment: Payment, state: DisputeState, now: datetime) -> tuple[Dispute, bool]:
    """The caller holds the payment's lock."""
    known = Dispute.objects.filter(gateway=payment.gateway, provider_id=state.provider_id).first()
    if known:
        known.payment = payment
        return known, False
    made = Dispute(
        gateway=payment.gateway,
        provider_id=state.provider_id,
        payment=payment,
        status=state.status,
        reason=state.reason[:100],
        opened_at=now,
        closed_at=None if state.status == "open" else now,
    )
    made.amount = state.amount
    made.save()
    return made, True


def describe(gateway: str, state: DisputeState, payment: Payment | None) -> Finding:
    return Finding(
        kind=Discrepancy.Kind.CHARGEBACK,
        gateway=gateway,
        provider_id=state.provider_id,
        currency=str(state.amount.currency),
        payment=payment,
        ours=Decimal(payment.amount.amount) if payment else None,
        theirs=Decimal(state.amount.amount),
    )
