import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from ticketing.outbox.models import Message, MessageQuerySet
from ticketing.outbox.registry import HANDLERS, Handler, is_quick
from ticketing.outbox.signal_worker import wake_worker

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
# Of quick messages so many are claimed at once, and those not begun after so long are given back.
BATCH = 10
PATIENCE = timedelta(seconds=1)


def publish(topic: str, **payload: object) -> None:
    """Announce in the caller's transaction; handlers run after it commits, never if it rolls back."""
    Message.objects.create(topic=topic, payload=payload, due_at=timezone.now())
    transaction.on_commit(wake_worker, robust=True)


@transaction.atomic(durable=True)
def claim_messages(*, now: datetime, most: int = BATCH) -> list[Message]:
    """Take due messages for a while; a worker that dies gives them back when the lease ends.

    Several only where each is quick. One that may keep its worker, or failed before, is taken alone, so that
    nobody waits behind it.
    """
    can_skip = connection.features.has_select_for_update_skip_locked
    due = list(Message.objects.due(now).order_by("due_at", "pk").select_for_update(skip_locked=can_skip)[:most])
    claimed = [message for message in due if goes_along(message)] if due and goes_along(due[0]) else due[:1]
    for message in claimed:
        message.attempts += 1
        message.due_at = now + min(LEASE * message.attempts, LONGEST_WAIT)
    if claimed:
        # Those that go along have the same attempts, and so the same lease.
        _rows(claimed).update(attempts=claimed[0].attempts, due_at=claimed[0].due_at)
    return claimed


def claim_message(*, now: datetime) -> Message | None:
    """Take a single one."""
    return next(iter(claim_messages(now=now, most=1)), None)


def goes_along(message: Message) -> bool:
    """Whether it may be claimed with others; what failed once may have killed its worker."""
    return message.attempts == 0 and is_quick(message.topic)


def deliver_messages(messages: Sequence[Message]) -> None:
    """Run every handler of each; one that fails stops no other and leaves its message due when its lease ends.

    Once PATIENCE is over the rest goes back, to whoever claims next.
    """
    patience_ends = time.monotonic() + PATIENCE.total_seconds()
    delivered = []
    for number, message in enumerate(messages):
        if number and time.monotonic() > patience_ends:
            give_back(messages[number:])
            break
        outcomes = [runs(handler, message) for handler in HANDLERS.get(message.topic, [])]
        if all(outcomes):
            delivered.append(message)
    if delivered:
        # Together: those before a crash come again.
        _rows(delivered).update(sent_at=timezone.now())


def deliver_message(message: Message) -> None:
    deliver_messages([message])


def give_back(messages: Sequence[Message]) -> None:
    """As if never claimed; what others claimed since, because the lease ended, stays theirs."""
    ours = _rows(messages).filter(due_at=messages[0].due_at)
    ours.update(attempts=F("attempts") - 1, due_at=timezone.now())


def _rows(messages: Sequence[Message]) -> MessageQuerySet:
    return Message.objects.filter(pk__in=[message.pk for message in messages])


def runs(handler: Handler, message: Message) -> bool:
    try:
        handler(**message.payload)
    except Exception:
        logger.exception("outbox message failed", extra={"message_id": message.pk, "topic": message.topic})
        return False
    return True
