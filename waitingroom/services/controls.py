"""What staff do with a queue while it runs. Each is in force at once, and harmless when repeated."""

from collections.abc import Sequence
from datetime import datetime

from waitingroom import store
from waitingroom.guard import forget_guarded
from waitingroom.models import Queue
from waitingroom.services.following import switch_on
from waitingroom.services.running import keep_queue
from waitingroom.store import Phase


def pause(queue: Queue) -> None:
    """Nobody new is called; everybody keeps their place, and whoever is inside goes on."""
    _set(queue, is_paused=True)


def resume(queue: Queue) -> None:
    _set(queue, is_paused=False)


def drain(queue: Queue) -> None:
    """Nobody new may join; those who wait are still let in, and then the doors are open."""
    _set(queue, is_draining=True)


def reopen(queue: Queue) -> None:
    """People may join again."""
    _set(queue, is_draining=False)
    standing = store.look(queue.pk)
    if standing is not None and standing.phase == Phase.OVER:
        store.adjust(queue.pk, {"phase": int(Phase.OPEN)})


def open_now(queue: Queue, now: datetime) -> None:
    """An automatic queue comes on without waiting for the crowd."""
    standing = keep_queue(queue, now)
    if standing.phase == Phase.IDLE:
        switch_on(queue, standing, now)


def take_over(queue: Queue, now: datetime, *, was_off: bool) -> None:
    """After staff changed its settings: in force now, and what is in baskets already needs no pass."""
    if was_off and queue.mode != Queue.Mode.OFF:
        queue.active_since = now
        queue.save(update_fields=["active_since"])
    forget_guarded()
    if queue.mode != Queue.Mode.OFF:
        keep_queue(queue, now)


def end_queues(*, event_session_ids: Sequence[int]) -> None:
    """Outbox handler: these dates will not take place, so nobody waits for them. Raises redis.RedisError."""
    Queue.objects.filter(pk__in=event_session_ids).update(mode=Queue.Mode.OFF)
    forget_guarded()
    for queue_id in event_session_ids:
        store.adjust(queue_id, {"phase": int(Phase.OVER)})


def _set(queue: Queue, **changes: bool) -> None:
    for name, value in changes.items():
        setattr(queue, name, value)
    queue.save(update_fields=[*changes])
    store.adjust(queue.pk, {"paused": int(queue.is_paused), "draining": int(queue.is_draining)})
