"""What the queue does by itself: it comes on when many come, and slows down when the shop does."""

from datetime import datetime, timedelta

from django.conf import settings

from waitingroom import store
from waitingroom.guard import forget_guarded
from waitingroom.models import Queue, QueueMinute
from waitingroom.store import Phase, Standing

# An automatic queue goes off after so long without anybody waiting, at under half of what brought it on.
CALM = timedelta(minutes=5)
# Each second: by half in about ten seconds, and back within two minutes. Fewer holds say nothing.
SLOWER, FASTER, LEAST_FACTOR = 0.93, 1, 10
ENOUGH_HOLDS = 5
MOST_FAULTS = 0.05


def follow_crowd(queue: Queue, standing: Standing, now: datetime) -> None:
    """Switch an automatic queue on or off."""
    load = max(standing.arrivals_a_minute / queue.busy_arrivals, standing.baskets / queue.busy_baskets)
    if standing.phase == Phase.IDLE:
        if load > 1 and standing.now >= standing.lobby_at:
            switch_on(queue, standing, now)
    elif standing.phase == Phase.OPEN and standing.now >= standing.opens_at:
        is_calm = standing.waiting == 0 and load < 1 / 2
        last_rush = max(filter(None, [queue.active_since, last_busy_minute(queue)]), default=now)
        if is_calm and now - last_rush >= CALM:
            switch_off(queue)


def last_busy_minute(queue: Queue) -> datetime | None:
    """When somebody waited last."""
    return queue.minutes.filter(waiting__gt=0).order_by("minute").values_list("minute", flat=True).last()


def switch_on(queue: Queue, standing: Standing, now: datetime) -> None:
    """From now on people need a pass, except for what they have in baskets already.

    Before the sale opens it begins with the lobby and its draw. Once numbers were given the seed was shown: what
    was drawn stays, and whoever comes now stands behind.
    """
    Queue.objects.filter(pk=queue.pk).update(active_since=now)
    queue.active_since = now
    is_first = standing.issued == 0
    phase = Phase.LOBBY if is_first and standing.now < standing.opens_at else Phase.OPEN
    store.adjust(queue.pk, {"phase": int(phase)})
    forget_guarded()


def switch_off(queue: Queue) -> None:
    """Nobody waits any more: the doors are open again."""
    store.adjust(queue.pk, {"phase": int(Phase.IDLE)})


def follow_health(standing: Standing) -> None:
    """Let fewer people in at once while holding places is slow or fails, and more again when it is not."""
    if standing.phase != Phase.OPEN:
        return
    factor = standing.factor
    if standing.holds >= ENOUGH_HOLDS and is_struggling(standing):
        factor = max(LEAST_FACTOR, int(factor * SLOWER))
    else:
        factor = min(100, factor + FASTER)
    if factor != standing.factor:
        store.adjust(standing.queue_id, {"factor": factor})


def is_struggling(standing: Standing) -> bool:
    slow = settings.QUEUE_SLOW_HOLD.total_seconds() * 1000
    return standing.hold_ms / standing.holds > slow or standing.hold_faults / standing.holds > MOST_FAULTS


def write_minute(standing: Standing, now: datetime) -> None:
    """For the chart: how it stands as this minute goes on."""
    QueueMinute.objects.update_or_create(
        queue_id=standing.queue_id,
        minute=now.replace(second=0, microsecond=0),
        defaults={
            "waiting": max(0, standing.waiting),
            "active": standing.active,
            "admitted": standing.admitted + standing.bypassed,
            "abandoned": standing.abandoned + standing.unanswered,
        },
    )
