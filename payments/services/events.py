from django.db import transaction
from django.utils import timezone

from payments.gateways.base import GatewayEvent
from payments.gateways.registry import get_gateway
from payments.models import Payment, ProviderEvent, Refund
from payments.services.outcome import apply_state
from payments.services.refunds import settle_refund
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict


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
        payment = Payment.objects.filter(gateway=event.provider, provider_id=state.provider_id).first()
        if payment is not None:
            retry_on_conflict(lambda: apply_state(payment_id=payment.pk, state=state, now=now))
    if news.refund is not None:
        refund = Refund.objects.filter(public_id=news.refund.reference).first()
        if refund is not None:
            settle_refund(refund_id=refund.pk, state=news.refund, now=now)
    event.processed_at = now
    event.save(update_fields=["processed_at"])
