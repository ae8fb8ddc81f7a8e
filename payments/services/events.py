import logging
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from notifications.alarms import raise_alarm
from payments.gateways.base import GatewayEvent, PaymentState
from payments.gateways.registry import get_gateway
from payments.models import ProviderEvent
from payments.services.disputes import take_over_dispute
from payments.services.matching import find_payment, find_refund
from payments.services.outcome import apply_state
from payments.services.refunds import settle
from payments.services.saving import keep_page_of
from ticketing.outbox.services import publish
from ticketing.redis import redis_client
from ticketing.transactions import retry_on_conflict
from ticketing.worker_calls import WorkerCall

logger = logging.getLogger(__name__)


# Redis list of the keys of events that a worker is called for.
KEPT = "payments:events"
CALL = WorkerCall("payments:events", "payments.tasks.take_over_events")
LEFT = "payments.event_left"
# So long a worker may take before the outbox sees to it.
PATIENCE = timedelta(minutes=1)
# A sweep leaves so many to the outbox, the oldest first.
MOST = 500


def receive_event(event: GatewayEvent) -> None:
    """Keep a provider event once, and call a worker to take over what it says; a repeated delivery changes nothing."""
    # Whose dispute or saved card it is, the provider may have to be asked: nobody waits behind that.
    is_slow = event.dispute is not None or event.saving is not None
    try:
        retry_on_conflict(partial(_keep, event, is_slow=is_slow))
    except IntegrityError:
        # Most come once, so nobody looks before.
        if not ProviderEvent.objects.filter(provider=event.provider, event_id=event.event_id).exists():
            raise


@transaction.atomic(durable=True)
def _keep(event: GatewayEvent, *, is_slow: bool) -> None:
    kept = ProviderEvent.objects.create(
        provider=event.provider,
        event_id=event.event_id,
        kind=event.kind,
        payload=event.payload,
        is_left_to_outbox=is_slow,
    )
    if is_slow:
        publish(LEFT, event_pk=kept.pk)
    else:
        transaction.on_commit(partial(call_worker, kept.pk), robust=True)


def call_worker(event_pk: int) -> None:
    try:
        redis_client().rpush(KEPT, event_pk)
    except RedisError:
        logger.warning("redis away; the outbox will see to the event", extra={"event_id": event_pk})
    else:
        CALL.wake()


def take_over_kept() -> None:
    """What a called worker does: events one after the other, each taken by one worker alone."""
    CALL.work(take_next, take_over_at_once)


def take_next() -> int | None:
    event_pk = cast("bytes | None", redis_client().lpop(KEPT))
    return None if event_pk is None else int(event_pk)


def take_over_at_once(event_pk: int) -> None:
    """A failure leaves the event to the outbox."""
    try:
        process_event(event_pk)
    except Exception:
        logger.exception("provider event failed", extra={"event_id": event_pk})
        leave_to_outbox(event_pk)


def leave_forgotten_to_outbox(*, now: datetime) -> int:
    """Leave to the outbox what no worker took over in good time; how many these are."""
    waiting = ProviderEvent.objects.filter(processed_at=None, is_left_to_outbox=False, received_at__lte=now - PATIENCE)
    return sum(leave_to_outbox(pk) for pk in list(waiting.order_by("pk").values_list("pk", flat=True)[:MOST]))


@transaction.atomic(durable=True)
def leave_to_outbox(event_pk: int) -> bool:
    """Once: the outbox tries until it succeeds, less and less often."""
    waiting = ProviderEvent.objects.filter(pk=event_pk, processed_at=None, is_left_to_outbox=False)
    if not waiting.update(is_left_to_outbox=True):
        return False
    publish(LEFT, event_pk=event_pk)
    return True


def process_event(event_pk: int) -> None:
    """Worker and outbox handler: take over what the event says, and note that; a repeat changes nothing."""
    event = ProviderEvent.objects.get(pk=event_pk)
    if event.processed_at is not None:
        return
    take_over(event)
    event.processed_at = timezone.now()
    event.save(update_fields=["processed_at"])


def take_over(event: ProviderEvent) -> None:
    """What the event says becomes ours. Events of unknown payments are kept and ignored."""
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
