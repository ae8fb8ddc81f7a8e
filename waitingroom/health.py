"""How long holds take, told to their queue every other second by each process."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from redis.exceptions import RedisError

from ticketing.errors import DomainError
from waitingroom import store
from waitingroom.guard import list_guarded

TELL_EVERY = 2.0


@dataclass(slots=True)
class Tally:
    """Since it was told last; times in seconds."""

    holds: int = 0
    seconds: float = 0
    faults: int = 0
    told_at: float = field(default_factory=time.monotonic)


TALLIES: dict[int, Tally] = defaultdict(Tally)
LOCK = Lock()


@contextmanager
def watch_hold(event_session_id: int) -> Iterator[None]:
    """Around a hold: its time, and whether it failed. A refusal is an answer, no failure."""
    if event_session_id not in list_guarded():
        yield
        return
    began_at = time.monotonic()
    faults = 1
    try:
        yield
        faults = 0
    except DomainError:
        faults = 0
        raise
    finally:
        note(event_session_id, time.monotonic() - began_at, faults)


def note(queue_id: int, seconds: float, faults: int) -> None:
    now = time.monotonic()
    with LOCK:
        tally = TALLIES[queue_id]
        tally.holds += 1
        tally.seconds += seconds
        tally.faults += faults
        if now - tally.told_at < TELL_EVERY:
            return
        del TALLIES[queue_id]
        TALLIES[queue_id].told_at = now
    try:
        store.tell_health(queue_id, holds=tally.holds, ms=int(tally.seconds * 1000), faults=tally.faults)
    except RedisError:
        return  # Nobody is let in either.
