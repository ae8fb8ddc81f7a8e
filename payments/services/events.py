import logging
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications.alarms import raise_alarm
from payments.gateways.base import GatewayEvent, PaymentState
from payments.gateways.registry import get_gateway
from payments.models import ProviderEvent
from payments.services.disputes import take_over_dispute
from payments.services.matching import find_payment, find_refund
from payments.services.outcome import apply_state
from payments.services.refunds import settle
from payments.services.saving import keep_page_of
from ticketing.outbox.services import deliver_claimed, publish, publish_as_claimed
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


def receive_event(event: GatewayEvent) -> None:
    """Keep a provider event once, and take over what it says; a repeated delivery changes nothing.

    Money becomes tickets before the provider has its answer, without a worker between. What may have to ask the
    provider, or fails now, is left to one.
    """
    is_slow = event.dispute is not None or event.saving is not None
    kept = retry_on_conflict(partial(keep_event, event, is_slow=is_slow))
    if kept is not None and kept.message is not None and not is_slow:
        deliver_claimed(kept.message, partial(take_over, kept))


def keep_event(event: GatewayEvent, *, is_slow: bool) -> ProviderEvent | None:
    """None for one that we have."""
    try:
        return _keep(event, is_slow=is_slow)
    except IntegrityError:
        # Most come once, so nobody looks before.
        if not ProviderEvent.objects.filter(provider=event.provider, event_id=event.event_id).exists():
            raise
    return None


@transaction.atomic(durable=True)
def _keep(event: GatewayEvent, *, is_slow: bool) -> ProviderEvent:
    facts = {"provider": event.provider, "event_id": event.event_id}
    announce = publish if is_slow else publish_as_claimed
    message = announce("payments.slow_event_recorded" if is_slow else "payments.event_recorded", **facts)
    return ProviderEvent.objects.create(**facts, kind=event.kind, payload=event.payload, message=message)


def process_event(provider: str, event_id: str) -> None:
    """Outbox handler: what nobody took over while it came."""
    take_over(ProviderEvent.objects.get(provider=provider, event_id=event_id))


def take_over(event: ProviderEvent) -> None:
    """What the event says becomes ours; a repeat changes nothing. Events of unknown payments are kept and ignored."""
    news = get_gateway(event.provider).interpret(event.payload)
    now = timezone.now()
    if news.payment is not None:
        take_over_payment(event, news.payment, now)
    if news.refund is not None:
        refund = find_refund(event.provider, news.refund)
        if refund is not None:
            settle(refund.pk, news.refund)
    if news.dispute is not None:
        take_over_dispute(event.provider, news.dispute, now=now)
    if news.saving is not None:
        keep_page_of(event.provider, news.saving, now)


def take_over_payment(event: ProviderEvent, state: PaymentState, now: datetime) -> None:
    payment = find_payment(event.provider, state)
    if payment is not None:
        retry_on_conflict(partial(apply_state, payment_id=payment.pk, state=state, now=now, as_read=payment))
    elif state.status == "paid":
        logger.error("money for a payment that is not ours", extra={"event_id": event.pk})
        raise_alarm("Money for a payment that is not ours", provider_event_id=event.pk)
