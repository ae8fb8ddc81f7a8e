"""Keeping queues in Redis as staff and the shop's health want them, and safe in the database.

The queue moves on by itself as people ask for it; this runs every second beside it, and nothing that
was promised to anybody depends on it being on time.
"""

import logging
from datetime import datetime, timedelta

from django.utils import timezone
from redis.exceptions import RedisError

from waitingroom import store
from waitingroom.models import Queue
from waitingroom.services.checkpoints import is_due, is_older, recover, wanted_settings, write_checkpoint
from waitingroom.services.following import follow_crowd, follow_health, switch_on, write_minute
from waitingroom.store import Full, Phase, Standing

logger = logging.getLogger(__name__)

ENDED_FOR = timedelta(hours=1)
UNATTENDED_AFTER = timedelta(seconds=5)


def list_running(now: datetime) -> list[Queue]:
    """Queues that are on, of sessions still to be booked."""
    queues = Queue.objects.exclude(mode=Queue.Mode.OFF).select_related("event_session")
    return list(queues.filter(event_session__booking_closes_at__gt=now - ENDED_FOR))


def keep_running(*, now: datetime) -> int:
    """Bring every queue to what is wanted and write its checkpoint; one that fails does not keep the others."""
    queues = list_running(now)
    for queue in queues:
        try:
            keep_queue(queue, now)
        except RedisError:
            logger.warning("redis away", extra={"queue_id": queue.pk})
            return 0
        except Exception:
            logger.exception("queue not kept", extra={"queue_id": queue.pk})
    return len(queues)


def keep_queue(queue: Queue, now: datetime) -> Standing:
    """What is lost is restored first; then settings, then the checkpoint."""
    standing = store.look(queue.pk)
    if standing is None or is_older(standing, queue):
        standing = recover(queue, now, beyond=standing.generation if standing else 0)
    wanted = wanted_settings(queue)
    if differs(standing, wanted):
        store.adjust(queue.pk, wanted)
    follow_health(standing)
    if queue.mode == Queue.Mode.AUTOMATIC:
        follow_crowd(queue, standing, now)
    elif standing.phase == Phase.IDLE:
        # It was automatic, and shall always be on now.
        switch_on(queue, standing, now)
    if is_due(queue, standing, now):
        write_checkpoint(queue, now)
        write_minute(standing, now)
    return standing


def differs(standing: Standing, wanted: dict[str, int]) -> bool:
    return any(getattr(standing, name) != value for name, value in wanted.items())


def attend(queue: Queue, now: datetime) -> None:
    """For a page that is asked for: where nobody kept the queue for some seconds, this request does.

    Without it a worker that stands still would keep everybody without a number.
    """
    if queue.checkpoint_at is None or now - queue.checkpoint_at > UNATTENDED_AFTER:
        keep_queue(queue, now)


def tell_left(event_session_id: int, *, left: int, baskets: int) -> None:
    """The shop says what it has: waiting people learn at once that all is sold, or that places came back."""
    full = Full.NO if left else Full.IN_BASKETS if baskets else Full.SOLD_OUT
    store.adjust(event_session_id, {"full": int(full), "baskets": baskets})


def recover_now(queue_id: int) -> None:
    """For requests that find the queue lost. Raises Queue.DoesNotExist."""
    keep_queue(Queue.objects.select_related("event_session").get(pk=queue_id), timezone.now())
