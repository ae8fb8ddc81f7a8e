import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from notifications.alarms import raise_alarm
from payments.errors import GatewayRefusedError
from payments.gateways.base import RefundState
from payments.gateways.registry import get_gateway
from payments.locks import lock_payment, lock_refund
from payments.models import Payment, Refund
from ticketing.outbox.services import publish

logger = logging.getLogger(__name__)


def request_refund(payment: Payment, *, reason: str, now: datetime) -> Refund:
    """Inner step: give the whole payment back; asking twice for one reason makes one refund.

    A worker sends it after the caller's transaction committed.
    """
    existing = payment.refunds.first()
    if existing is not None:
        return existing
    refund: Refund = payment.refunds.create(amount=payment.amount, reason=reason, created_at=now)
    publish("payments.refund_requested", refund_id=refund.pk)
    return refund


def send_refund(refund_id: int) -> None:
    """Ask the provider to pay back; the refund's public id makes a repeated call harmless.

    Raises GatewayUnavailableError, so that the outbox tries again later.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status != Refund.Status.PENDING:
        return
    try:
        state = get_gateway(refund.payment.gateway).refund(
            provider_id=refund.payment.provider_id or "", reference=str(refund.public_id), amount=refund.amount
        )
    except GatewayRefusedError as refusal:
        state = RefundState(provider_id="", status="failed", error=str(refusal))
    settle_refund(refund_id=refund_id, state=state, now=timezone.now())


@transaction.atomic(durable=True)
def settle_refund(*, refund_id: int, state: RefundState, now: datetime) -> Refund:
    """Take over what the provider says of a refund; a settled one never changes again."""
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    payment = lock_payment(payment_id)
    refund = lock_refund(refund_id)
    is_old_news = refund.status == Refund.Status.FAILED and state.status == "pending"
    if refund.status == Refund.Status.SUCCEEDED or is_old_news:
        return refund
    refund.provider_id = state.provider_id or refund.provider_id
    refund.status, refund.error = state.status, state.error[:300]
    if state.status == "succeeded":
        refund.settled_at = now
        if payment.can_become(Payment.Status.REFUNDED):
            payment.status = Payment.Status.REFUNDED
            payment.save(update_fields=["status"])
    refund.save(update_fields=["provider_id", "status", "error", "settled_at"])
    if state.status == "failed":
        logger.error("refund failed", extra={"refund_id": refund.pk})
        raise_alarm("A refund failed", refund_id=refund.pk, payment_id=payment.pk)
    return refund


@transaction.atomic(durable=True)
def retry_refund(*, refund_id: int) -> Refund:
    """Staff send a failed refund again; any other one stays as it is."""
    refund = lock_refund(refund_id)
    if refund.status == Refund.Status.FAILED:
        refund.status, refund.error = Refund.Status.PENDING, ""
        refund.save(update_fields=["status", "error"])
        publish("payments.refund_requested", refund_id=refund.pk)
    return refund


def refund_cancelled_booking(booking_id: int, **_facts: object) -> None:
    """Outbox handler of bookings.cancelled: everything captured goes back."""
    for payment_id in Payment.objects.filter(booking=booking_id, status=Payment.Status.PAID, refunds=None).values_list(
        "pk", flat=True
    ):
        _refund_whole_payment(payment_id)


@transaction.atomic(durable=True)
def _refund_whole_payment(payment_id: int) -> None:
    request_refund(lock_payment(payment_id), reason=Refund.Reason.CANCELLED, now=timezone.now())
