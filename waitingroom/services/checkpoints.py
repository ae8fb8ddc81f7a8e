"""What a queue goes on from when Redis is lost: a checkpoint in the database, written every two seconds.

Numbers are in the visitors' own tickets. The checkpoint says how many may have been given by now, and from
where to go on calling them.
"""

import logging
from datetime import datetime, timedelta
from logging import INFO, WARNING
from math import ceil
from typing import Any

from waitingroom import store
from waitingroom.errors import QueueAwayError
from waitingroom.guard import forget_guarded
from waitingroom.models import Queue
from waitingroom.store import Phase, Standing

logger = logging.getLogger(__name__)

CHECKPOINT_EVERY = timedelta(seconds=2)
# So many numbers may be given before the next checkpoint, at least, and as many as come in so many seconds.
LEAST_GAP, GAP_SECONDS = 1000, 15
# Of those called after a loss in the lobby, the least share that is believed to come.
LEAST_SHOW = 0.02


def is_older(standing: Standing, queue: Queue) -> bool:
    """Redis came back with a state from before the checkpoint, or of a queue that was deleted and made again."""
    is_another = standing.seed != queue.seed
    return is_another or standing.generation < queue.generation or standing.issued < queue.checkpoint.get("issued", 0)


def recover(queue: Queue, now: datetime, *, beyond: int = 0) -> Standing:
    """Begin, or go on from the checkpoint, so that no number is given twice.

    Of several processes that find it lost, one writes where to go on; whichever restores that first, the others
    find it done. The numbers left out are in the database before Redis has them, so that a second loss at any
    moment leaves out further ones. `beyond` is the generation of what Redis has of another queue.
    """
    was_lost = bool(queue.checkpoint)
    values = queue.checkpoint | leave_out(queue.checkpoint) if was_lost else begin_checkpoint(queue)
    since = now if values["phase"] == Phase.OPEN and was_lost else queue.active_since
    generation = max(queue.generation, beyond) + 1
    changed = {"generation": generation, "checkpoint": values, "checkpoint_at": now, "active_since": since}
    if Queue.objects.filter(pk=queue.pk, generation=queue.generation).update(**changed):
        for name, value in changed.items():
            setattr(queue, name, value)
        logger.log(
            WARNING if was_lost else INFO,
            "queue restored",
            extra={"queue_id": queue.pk, "generation": queue.generation},
        )
    else:
        queue.refresh_from_db(fields=[*changed])
    known = {name: queue.checkpoint[name] for name in store.CHECKPOINT}
    store.restore(queue.pk, queue.generation, known | {"seed": queue.seed} | wanted_settings(queue))
    forget_guarded()
    standing = store.look(queue.pk)
    if standing is None:
        raise QueueAwayError(queue_id=queue.pk)
    return standing


def begin_checkpoint(queue: Queue) -> dict[str, Any]:
    phase = Phase.IDLE if queue.mode == Queue.Mode.AUTOMATIC else Phase.LOBBY
    empty = dict.fromkeys(store.CHECKPOINT, 0)
    return {**empty, **store.FIRST, "phase": int(phase), "ceiling": LEAST_GAP, "arrivals": 0}


def leave_out(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """The checkpoint's fields after a loss: everything that may have been given since counts as given.

    After the opening these numbers are passed in one step when their turn comes. In the lobby the draw mixes
    them among the others, so that only a part of those called can come.
    """
    issued = checkpoint["ceiling"]
    fields = {"issued": issued, "ceiling": issued + gap_after(checkpoint["arrivals"])}
    if checkpoint["phase"] == Phase.OPEN:
        return fields | {"gap_from": checkpoint["issued"], "gap_to": issued}
    if checkpoint["phase"] == Phase.LOBBY:
        real = max(1, checkpoint["issued"]) / issued
        return fields | {"show": max(LEAST_SHOW, checkpoint["show"] * real), "least_show": LEAST_SHOW}
    return fields


def gap_after(arrivals: float) -> int:
    return max(LEAST_GAP, ceil(arrivals * GAP_SECONDS))


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


def is_due(queue: Queue, standing: Standing, now: datetime) -> bool:
    """Every two seconds, at once when the draw was made, and when half of what may be given until then is."""
    if queue.checkpoint_at is None or now - queue.checkpoint_at >= CHECKPOINT_EVERY:
        return True
    phase, issued, ceiling = (int(queue.checkpoint[name]) for name in ("phase", "issued", "ceiling"))
    return standing.phase != phase or standing.issued - issued > (ceiling - issued) / 2


def write_checkpoint(queue: Queue, now: datetime) -> None:
    """Keep what a restart needs; `arrivals` is people a second since the checkpoint before.

    The higher ceiling is in the database first, then in Redis. Where two write, the one with the newer look may
    lose, and nothing is kept that is older than what is there.
    """
    state = store.read_state(queue.pk)
    if not state or int(state["generation"]) != queue.generation:
        return
    fields: dict[str, Any] = {name: float(state[name]) for name in store.CHECKPOINT}
    fields = {name: int(value) if value.is_integer() else value for name, value in fields.items()}
    seconds = (now - queue.checkpoint_at).total_seconds() if queue.checkpoint_at else 0
    new = fields["issued"] - queue.checkpoint.get("issued", 0)
    fields["arrivals"] = new / max(seconds, 1)
    fields["ceiling"] = max(fields["ceiling"], fields["issued"] + gap_after(fields["arrivals"]))
    known = Queue.objects.filter(pk=queue.pk, generation=queue.generation, checkpoint_at=queue.checkpoint_at)
    if known.update(checkpoint=fields, checkpoint_at=now):
        queue.checkpoint, queue.checkpoint_at = fields, now
        store.adjust(queue.pk, {"ceiling": fields["ceiling"]})
