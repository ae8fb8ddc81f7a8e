import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from ticketing.outbox.models import Message
from ticketing.outbox.registry import HANDLERS
from ticketing.outbox.signal_worker import wake_worker

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


def publish(topic: str, **payload: object) -> Message:
    """Announce in the caller's transaction; handlers run after it commits, never if it rolls back."""
    message = Message.objects.create(topic=topic, payload=payload, due_at=timezone.now())
    transaction.on_commit(wake_worker, robust=True)
    return message


def publish_as_claimed(topic: str, **payload: object) -> Message:
    """Announce, in the caller's transaction, what the caller delivers right after the commit (`deliver_claimed`).

    If the caller dies before, a worker does so when the lease ends.
    """
    return Message.objects.create(topic=topic, payload=payload, attempts=1, due_at=timezone.now() + LEASE)


def deliver_claimed(message: Message, deliver: Callable[[], object]) -> None:
    """A failure is logged, and left to a worker when the lease ends."""
    if succeeds(message, deliver):
        finish(message)


@transaction.atomic(durable=True)
def claim_message(*, now: datetime) -> Message | None:
    """Take one due message for a while; a worker that dies gives it back when the lease ends."""
    can_skip = connection.features.has_select_for_update_skip_locked
    message = Message.objects.due(now).order_by("due_at", "pk").select_for_update(skip_locked=can_skip).first()
    if message is not None:
        message.attempts += 1
        message.due_at = now + min(LEASE * message.attempts, LONGEST_WAIT)
        message.save(update_fields=["due_at", "attempts"])
    return message


def deliver_message(message: Message) -> None:
    """Run every handler of the message; one that fails stops no other and leaves it due when its lease ends."""
    handlers = HANDLERS.get(message.topic, [])
    outcomes = [succeeds(message, partial(handler, **message.payload)) for handler in handlers]
    if all(outcomes):
        finish(message)


def succeeds(message: Message, deliver: Callable[[], object]) -> bool:
    try:
        deliver()
    except Exception:
        logger.exception("outbox message failed", extra={"message_id": message.pk, "topic": message.topic})
        return False
    return True


def finish(message: Message) -> None:
    message.sent_at = timezone.now()
    message.save(update_fields=["sent_at"])
