import logging
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications.alarms import raise_alarm
from payments.gateways.base import GatewayEvent
from payments.gateways.registry import get_gateway
from payments.models import ProviderEvent
from payments.services.disputes import take_over_dispute
from payments.services.matching import find_payment, find_refund
from payments.services.outcome import apply_state
from payments.services.refunds import settle
from payments.services.saving import keep_page_of
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


def record_event(event: GatewayEvent) -> None:
    """Keep a provider event once; a repeated delivery changes nothing."""
    try:
        _keep(event)
    except IntegrityError:
        # Most come once, so nobody looks before.
        if not ProviderEvent.objects.filter(provider=event.provider, event_id=event.event_id).exists():
            raise


@transaction.atomic(durable=True)
def _keep(event: GatewayEvent) -> None:
    row = ProviderEvent.objects.create(
        provider=event.provider, event_id=event.event_id, kind=event.kind, payload=event.payload
    )
    # Whose dispute or saved card it is, the provider may have to be asked.
    is_slow = event.dispute is not None or event.saving is not None
    publish("payments.slow_event_recorded" if is_slow else "payments.event_recorded", event_id=row.pk)


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
            apply = partial(apply_state, payment_id=payment.pk, state=state, now=now, as_read=payment)
            retry_on_conflict(apply)
        elif state.status == "paid":
            logger.error("money for a payment that is not ours", extra={"event_id": event_id})
            raise_alarm("Money for a payment that is not ours", provider_event_id=event_id)
    if news.refund is not None:
        refund = find_refund(event.provider, news.refund)
        if refund is not None:
            settle(refund.pk, news.refund)
    if news.dispute is not None:
        take_over_dispute(event.provider, news.dispute, now=now)
    if news.saving is not None:
        keep_page_of(event.provider, news.saving, now)
    event.processed_at = now
    event.save(update_fields=["processed_at"])
