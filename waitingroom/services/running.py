"""Keeping queues in Redis as staff and the shop's health want them, and safe in the database.

The queue moves on by itself as people ask for it; this runs every second beside it, and nothing that
was promised to anybody depends on it being on time.
"""

import logging
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import F
from redis.exceptions import RedisError

from waitingroom import store
from waitingroom.errors import QueueAwayError
from waitingroom.models import Queue
from waitingroom.services.following import follow_crowd, follow_health, write_minute
from waitingroom.store import Full, Phase, Standing

logger = logging.getLogger(__name__)

CHECKPOINT_EVERY = timedelta(seconds=2)
# After a loss, numbers are left out: at least these, and as many as came in so many seconds of the last rate.
LEAST_GAP, GAP_SECONDS = 1000, 60
ENDED_FOR = timedelta(hours=1)


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
        standing = recover(queue)
    wanted = wanted_settings(queue)
    if differs(standing, wanted):
        store.begin(queue.pk, wanted)
    follow_health(standing)
    if queue.mode == Queue.Mode.AUTOMATIC:
        follow_crowd(queue, standing, now)
    if queue.checkpoint_at is None or now - queue.checkpoint_at >= CHECKPOINT_EVERY:
        write_checkpoint(queue, now)
        write_minute(standing, now)
    return standing


def wanted_settings(queue: Queue) -> dict[str, int]:
    """In the words of the scripts: milliseconds, and 0 for no limit."""
    opens_at = int(queue.opens_at.timestamp() * 1000)
    return {
        "lobby_at": opens_at - queue.lobby_minutes * 60_000,
        "opens_at": opens_at,
        "capacity": queue.capacity,
        "per_minute": queue.per_minute or 0,
        "claim_ms": queue.claim_seconds * 1000,
        "pass_ms": queue.pass_minutes * 60_000,
        "paused": int(queue.is_paused),
        "draining": int(queue.is_draining),
    }


def differs(standing: Standing, wanted: dict[str, int]) -> bool:
    return any(getattr(standing, name) != value for name, value in wanted.items())


def open_queue(queue: Queue) -> None:
    """Have it in Redis: where it stood, or new."""
    standing = store.look(queue.pk)
    if standing is None or is_older(standing, queue):
        recover(queue)


def is_older(standing: Standing, queue: Queue) -> bool:
    """Redis came back with a state from before the checkpoint."""
    return standing.generation < queue.generation or standing.issued < queue.checkpoint.get("issued", 0)


def recover(queue: Queue) -> Standing:
    """Begin, or go on from the checkpoint with a gap, so that no number is given twice.

    Of several processes that find it lost, one restores; the others look at what it made.
    """
    if not queue.checkpoint:
        phase = Phase.IDLE if queue.mode == Queue.Mode.AUTOMATIC else Phase.LOBBY
        store.begin(queue.pk, {"phase": int(phase), "seed": queue.seed, **wanted_settings(queue)})
    else:
        restore(queue)
    standing = store.look(queue.pk)
    if standing is None:
        raise QueueAwayError(queue_id=queue.pk)
    return standing


def restore(queue: Queue) -> None:
    is_mine = Queue.objects.filter(pk=queue.pk, generation=queue.generation).update(generation=F("generation") + 1)
    if not is_mine:
        queue.refresh_from_db(fields=["generation", "checkpoint"])
    else:
        queue.generation += 1
    fields = dict(queue.checkpoint)
    rate = fields.pop("arrivals", 0)
    fields["issued"] += max(LEAST_GAP, ceil(rate * GAP_SECONDS))
    store.restore(queue.pk, queue.generation, {**fields, "seed": queue.seed, **wanted_settings(queue)})
    logger.warning("queue restored", extra={"queue_id": queue.pk, "generation": queue.generation})


def write_checkpoint(queue: Queue, now: datetime) -> None:
    """Keep what a restart needs; `arrivals` is people a second since the checkpoint before."""
    state = store.read_state(queue.pk)
    if not state or int(state["generation"]) != queue.generation:
        return
    fields: dict[str, Any] = {name: float(state[name]) for name in store.CHECKPOINT}
    fields = {name: int(value) if value.is_integer() else value for name, value in fields.items()}
    seconds = (now - queue.checkpoint_at).total_seconds() if queue.checkpoint_at else 0
    fields["arrivals"] = (fields["issued"] - queue.checkpoint.get("issued", 0)) / seconds if seconds > 0 else 0
    queue.checkpoint, queue.checkpoint_at = fields, now
    Queue.objects.filter(pk=queue.pk, generation=queue.generation).update(checkpoint=fields, checkpoint_at=now)


def tell_left(event_session_id: int, *, left: int, baskets: int) -> None:
    """The shop says what it has: waiting people learn at once that all is sold, or that places came back."""
    full = Full.NO if left else Full.IN_BASKETS if baskets else Full.SOLD_OUT
    store.adjust(event_session_id, {"full": int(full), "baskets": baskets})


def control(queue: Queue, **changes: bool) -> None:
    """Pause, resume, drain: `is_paused`, `is_draining`. In force at once."""
    for name, value in changes.items():
        setattr(queue, name, value)
    queue.save(update_fields=[*changes])
    store.adjust(queue.pk, {"paused": int(queue.is_paused), "draining": int(queue.is_draining)})


def recover_now(queue_id: int) -> None:
    """For requests that find the queue lost. Raises Queue.DoesNotExist."""
    open_queue(Queue.objects.select_related("event_session").get(pk=queue_id))
