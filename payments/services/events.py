import logging
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from notifications.alarms import raise_alarm
from payments.errors import GatewayRefusedError
from payments.gateways.base import DisputeState, GatewayEvent, PaymentState, RefundState
from payments.gateways.registry import get_gateway
from payments.models import Payment, ProviderEvent, Refund
from payments.services.outcome import apply_state
from payments.services.refunds import settle
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


@transaction.atomic(durable=True)
def record_event(event: GatewayEvent) -> None:
    """Keep a provider event once; a repeated delivery changes nothing."""
    row, is_new = ProviderEvent.objects.get_or_create(
        provider=event.provider,
        event_id=event.event_id,
        defaults={"kind": event.kind, "payload": event.payload},
    )
    if is_new:
        publish("payments.event_recorded", event_id=row.pk)


def process_event(event_id: int) -> None:
    """Outbox handler: take over what the event says. Events of unknown payments are kept and ignored."""
    event = ProviderEvent.objects.get(pk=event_id)
    if event.processed_at is not None:
        return
    news = get_gateway(event.provider).interpret(event.payload)
    now = timezone.now()
    if news.payment is not None:
        state = news.payment
        payment = find_payment(event.provider, state)
        if payment is not None:
            ids = {"payment_id": payment.pk, "booking_id": payment.booking_id}
            retry_on_conflict(lambda: apply_state(**ids, state=state, now=now))
        elif state.status == "paid":
            logger.error("money for a payment that is not ours", extra={"event_id": event_id})
            raise_alarm("Money for a payment that is not ours", provider_event_id=event_id)
    if news.refund is not None:
        refund = find_refund(event.provider, news.refund)
        if refund is not None:
            settle(refund.pk, news.refund)
    if news.dispute is not None and news.kind.endswith((".created", ".won", ".lost", ".closed")):
        tell_of_dispute(event, news.dispute)
    event.processed_at = now
    event.save(update_fields=["processed_at"])


def tell_of_dispute(event: ProviderEvent, dispute: DisputeState) -> None:
    """Staff answer the customer's bank at the provider's desk; here they learn which booking it is about."""
    payment = find_disputed(event.provider, dispute)
    logger.error("payment disputed", extra={"event_id": event.pk, "payment_id": payment.pk if payment else None})
    words = {
        "open": "A customer's bank disputes a payment",
        "won": "A disputed payment stays ours",
        "lost": "A disputed payment is lost",
    }
    raise_alarm(
        words[dispute.status],
        provider_event_id=event.pk,
        dispute=dispute.provider_id,
        amount=dispute.amount,
        payment_id=payment.pk if payment else "unknown",
        booking=payment.booking.reference if payment else "unknown",
    )


def find_disputed(gateway: str, dispute: DisputeState) -> Payment | None:
    """Disputes name the provider's charge; whose it is, the charge knows. Raises GatewayUnavailableError."""
    if not dispute.payment_id:
        return None
    payments = Payment.objects.filter(gateway=gateway).select_related("booking")
    if payment := payments.filter(provider_id=dispute.payment_id).first():
        return payment
    try:
        reference = get_gateway(gateway).get_payment(dispute.payment_id).reference
    except GatewayRefusedError:
        return None
    public_id = read_reference(reference)
    return payments.filter(public_id=public_id).first() if public_id else None


def find_payment(gateway: str, state: PaymentState) -> Payment | None:
    """By the provider's id, else by our own: a process that died before it kept the first knows the second."""
    payments = Payment.objects.filter(gateway=gateway)
    payment = payments.filter(provider_id=state.provider_id).first()
    if payment is None and (public_id := read_reference(state.reference)):
        payment = payments.filter(public_id=public_id, provider_id=None).first()
    return payment


def find_refund(gateway: str, state: RefundState) -> Refund | None:
    # A later try has its number behind our id.
    public_id = read_reference(state.reference.partition("/")[0])
    return Refund.objects.filter(public_id=public_id, payment__gateway=gateway).first() if public_id else None


def read_reference(text: str) -> UUID | None:
    """Our id; None for what someone else wrote there, such as a refund made at the provider's own desk."""
    try:
        return UUID(text)
    except ValueError:
        return None
