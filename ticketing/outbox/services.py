import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from ticketing.outbox.models import Message
from ticketing.outbox.registry import HANDLERS, Handler
from ticketing.worker_calls import WorkerCall

logger = logging.getLogger(__name__)

CALL = WorkerCall("outbox", "ticketing.outbox.tasks.deliver_outbox")
LEASE = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


def publish(topic: str, **payload: object) -> None:
    """Announce in the caller's transaction; handlers run after it commits, never if it rolls back."""
    Message.objects.create(topic=topic, payload=payload, due_at=timezone.now())
    transaction.on_commit(CALL.wake, robust=True)


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
    outcomes = [succeeds(handler, message) for handler in HANDLERS.get(message.topic, [])]
    if all(outcomes):
        message.sent_at = timezone.now()
        message.save(update_fields=["sent_at"])


def succeeds(handler: Handler, message: Message) -> bool:
    try:
        handler(**message.payload)
    except Exception:
        logger.exception("outbox message failed", extra={"message_id": message.pk, "topic": message.topic})
        return False
    return True
