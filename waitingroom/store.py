"""A queue in Redis: a handful of integers, the open calls, and the passes that are active now.

Every change is one Lua script (`lua/`), and all keys of a queue share a hash tag, so that it runs on a
cluster. Nothing grows with the number of people who wait. `now_ms` is for tests and simulations; 0 is
Redis' own clock. Everything raises redis.RedisError when Redis is away.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from math import exp
from pathlib import Path
from typing import Any

from redis.commands.core import Script
from redis.exceptions import NoScriptError

from ticketing.redis import redis_client
from waitingroom.draw import place_of

SCRIPTS = Path(__file__).parent / "lua"
KEYS = ["state", "batches", "claimed", "owed", "active", "holders", "passes", "bookings"]


class Phase(IntEnum):
    """`IDLE` and `OVER` let everybody through."""

    IDLE = 0
    LOBBY = 1
    OPEN = 2
    OVER = 3


class Full(IntEnum):
    """Whether there is anything to come for; after `SOLD_OUT` the queue goes on when places come back."""

    NO = 0
    IN_BASKETS = 1
    SOLD_OUT = 2


class Verdict(StrEnum):
    """What became of a claim, or of a look at a pass."""

    ADMITTED = "pass"
    FREE = "free"
    WAITING = "waiting"
    SOON = "soon"
    SOLD_OUT = "sold_out"
    MISSED = "missed"
    USED = "used"
    TAKEN = "taken"
    ELSEWHERE = "elsewhere"
    NONE = "none"
    EARLY = "early"
    NUMBER = "number"
    CLOSED = "closed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Admission:
    """A verdict; for a pass, its end in Redis' milliseconds and the queue's generation."""

    verdict: Verdict
    until_ms: int = 0
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A queue at one moment. `rate` is numbers called a minute, `show` the share of called people who come."""

    queue_id: int
    phase: Phase
    generation: int
    lobby_at: int
    opens_at: int
    issued: int
    drawn: int
    serving: int
    base: int
    active: int
    claimed: int
    owed: int
    capacity: int
    per_minute: int
    claim_ms: int
    pass_ms: int
    factor: int
    rate: float
    show: float
    paused: bool
    draining: bool
    full: Full
    admitted: int
    bypassed: int
    finished: int
    abandoned: int
    unanswered: int
    arrivals: float
    arrived_at: int
    baskets: int
    holds: float
    hold_ms: float
    hold_faults: float
    seed: str
    now: int

    @property
    def arrivals_a_minute(self) -> float:
        """About as many as there were in the last 60 s."""
        return self.arrivals * exp(-max(0, self.now - self.arrived_at) / 60_000)

    @property
    def waiting(self) -> int:
        return self.issued - self.serving

    def place_of(self, number: int) -> int | None:
        """Where a number stands; None while the draw is still to come."""
        if self.phase in {Phase.IDLE, Phase.LOBBY}:
            return None
        return place_of(number, seed=self.seed, drawn=self.drawn)


# What a checkpoint keeps: enough to go on without giving a number twice or taking a place away. No number from
# `ceiling` on is given; those from `gap_from` to `gap_to` were left out at a loss.
CHECKPOINT = [
    *["phase", "issued", "ceiling", "drawn", "serving", "base", "gap_from", "gap_to", "factor", "show", "seen"],
    *["least_show", "full", "admitted", "bypassed", "finished", "abandoned", "unanswered"],
]
# As an empty queue begins in the scripts.
FIRST: Mapping[str, Any] = {"factor": 100, "show": 0.8, "seen": 20, "least_show": 0.2}


@cache
def script(name: str) -> Script:
    source = f"{(SCRIPTS / 'common.lua').read_text()}\n{(SCRIPTS / f'{name}.lua').read_text()}"
    return redis_client().register_script(source)


@cache
def keys_of(queue_id: int) -> list[str]:
    return [f"queue:{{{queue_id}}}:{name}" for name in KEYS]


def run(name: str, queue_id: int, *args: Any, now_ms: int = 0) -> Any:
    found, keys = script(name), keys_of(queue_id)
    try:
        # What the script object would do, without its looks at what kind of client it has: a crowd comes this way.
        return redis_client().evalsha(found.sha, len(keys), *keys, now_ms, *args)
    except NoScriptError:
        return found(keys=keys, args=[now_ms, *args])


def begin(queue_id: int, values: Mapping[str, Any], *, now_ms: int = 0) -> None:
    """Set what staff decide, and begin the queue where there is none."""
    run("configure", queue_id, 1, *flatten(values), now_ms=now_ms)


def adjust(queue_id: int, values: Mapping[str, Any], *, now_ms: int = 0) -> bool:
    """Set what is decided elsewhere; False, and nothing happens, where there is no queue."""
    return bool(run("configure", queue_id, 0, *flatten(values), now_ms=now_ms))


def restore(queue_id: int, generation: int, values: Mapping[str, Any], *, now_ms: int = 0) -> bool:
    """Go on from a checkpoint; False where the queue is of this generation already."""
    return bool(run("restore", queue_id, generation, *flatten(values), now_ms=now_ms))


def join(queue_id: int, *, now_ms: int = 0) -> tuple[Verdict, int]:
    """The next number, with Verdict.NUMBER."""
    what, number = run("join", queue_id, now_ms=now_ms)
    return Verdict(what.decode()), int(number)


def look(queue_id: int, *, now_ms: int = 0) -> Standing | None:
    """The queue as it stands; None when Redis does not have it."""
    state = read_state(queue_id, now_ms=now_ms)
    if not state:
        return None
    known: dict[str, Any] = {name: READ_AS.get(name, int)(state[name]) for name in Standing.__slots__[1:]}
    return Standing(queue_id=queue_id, **known)


def read_flag(text: str) -> bool:
    return text == "1"


READ_AS: dict[str, Callable[[str], Any]] = {
    "phase": lambda text: Phase(int(text)),
    "paused": read_flag,
    "draining": read_flag,
    "full": lambda text: Full(int(text)),
    "rate": float,
    "arrivals": float,
    "holds": float,
    "hold_ms": float,
    "hold_faults": float,
    "show": float,
    "seed": str,
}


def read_state(queue_id: int, *, now_ms: int = 0) -> dict[str, str]:
    flat = [
        value.decode() if isinstance(value, bytes) else str(value) for value in run("look", queue_id, now_ms=now_ms)
    ]
    return dict(zip(flat[::2], flat[1::2], strict=True))


def claim(queue_id: int, place: int, holder: str, *, now_ms: int = 0) -> Admission:
    return read_admission(run("claim", queue_id, place, holder, now_ms=now_ms))


def admit(queue_id: int, pass_id: str, holder: str, *, now_ms: int = 0) -> Admission:
    """Beside the queue."""
    return read_admission(run("admit", queue_id, pass_id, holder, now_ms=now_ms))


def read_admission(answer: Any) -> Admission:
    what, until_ms, generation = answer
    return Admission(Verdict(what.decode()), int(until_ms), int(generation))


def use(
    queue_id: int,
    pass_id: str,
    *,
    holder: str,
    heir: str,
    generation: int,
    until_ms: int,
    is_arrival: bool = False,
    now_ms: int = 0,
) -> tuple[Verdict, int]:
    """Whether a pass opens the door, and until when; `heir` is whose it is from now on."""
    args = [pass_id, holder, heir, generation, until_ms, int(is_arrival)]
    what, ends_at = run("use", queue_id, *args, now_ms=now_ms)
    return Verdict(what.decode()), int(ends_at)


def bind(queue_id: int, pass_id: str, booking_id: int, for_ms: int, *, now_ms: int = 0) -> bool:
    """The pass holds places now, and lasts as long as they do."""
    return bool(run("bind", queue_id, pass_id, booking_id, for_ms, now_ms=now_ms))


def finish(queue_id: int, booking_id: int, *, now_ms: int = 0) -> bool:
    """The booking is paid: its slot is free. False where it had none, or had it no more."""
    return bool(run("finish", queue_id, booking_id, now_ms=now_ms))


def leave(queue_id: int, pass_id: str | int, holder: str, *, grace_ms: int = 0, now_ms: int = 0) -> bool:
    """Give up a pass or a place; with grace only unless the pass is used again within it."""
    return bool(run("leave", queue_id, pass_id, holder, grace_ms, now_ms=now_ms))


def read_answer(queue_id: int, place: int) -> Verdict:
    """What a called number was told before: SOON while a slot is kept for it, USED when its pass is over."""
    keys = dict(zip(KEYS, keys_of(queue_id), strict=True))
    with redis_client().pipeline() as pipeline:
        pipeline.zscore(keys["owed"], str(place))
        pipeline.zscore(keys["claimed"], str(place))
        pipeline.hexists(keys["passes"], str(place))
        owed, claimed, has_pass = pipeline.execute()
    if owed is not None:
        return Verdict.SOON
    return Verdict.USED if claimed is not None and not has_pass else Verdict.NONE


def flatten(values: Mapping[str, Any]) -> list[Any]:
    return [part for pair in values.items() for part in pair]


def tell_health(queue_id: int, *, holds: int, ms: int, faults: int, now_ms: int = 0) -> None:
    run("health", queue_id, holds, ms, faults, now_ms=now_ms)


def has_pass(queue_id: int, pass_id: str) -> bool:
    return bool(redis_client().hexists(keys_of(queue_id)[KEYS.index("passes")], pass_id))
