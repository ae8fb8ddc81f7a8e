"""The one document that everybody waiting asks for, and what one visitor reads out of it."""

from typing import Any, NamedTuple

from ticketing.kept import Kept
from waitingroom import store
from waitingroom.draw import commit
from waitingroom.estimate import Range, estimate
from waitingroom.store import Full, Phase, Standing

# Asked for more often than the queue moves on, it would only cost.
KEEP_SECONDS = 0.5
KEPT: Kept[int, Standing] = Kept(500)
# A crowd asks less often; those who are next ask every `SOONEST` seconds by themselves.
SOONEST, LATEST, PEOPLE_A_SECOND = 2, 15, 20_000


class UnknownQueueError(Exception):
    """Redis does not have it: no such queue, or it was lost a moment ago."""


def look(queue_id: int) -> Standing:
    """As it stood within the last half second. Raises UnknownQueueError, redis.RedisError."""

    def ask() -> Standing:
        standing = store.look(queue_id)
        if standing is None:
            raise UnknownQueueError
        return standing

    return KEPT.get(queue_id, ask, seconds=KEEP_SECONDS)


def describe(standing: Standing) -> dict[str, Any]:
    """What everybody may know. The seed comes with the draw, its hash before."""
    is_drawn = standing.phase in {Phase.OPEN, Phase.OVER}
    return {
        "state": state_of(standing),
        "serving": standing.serving,
        "base": standing.base,
        "issued": standing.issued,
        "drawn": standing.drawn,
        "seed": standing.seed if is_drawn else "",
        "commitment": commit(standing.seed),
        "rate": round(standing.rate, 1),
        "draining": standing.draining,
        "sold_out": standing.full == Full.SOLD_OUT,
        "opens_at": standing.opens_at,
        "updated_at": standing.now,
        "poll_after": poll_after(standing),
    }


def state_of(standing: Standing) -> str:
    if standing.phase == Phase.LOBBY:
        return "early" if standing.now < standing.lobby_at else "lobby"
    if standing.phase == Phase.OPEN:
        return "paused" if standing.paused else "open"
    return "free"


def poll_after(standing: Standing) -> int:
    """Seconds: so that a million browsers do not ask more often than a shared cache answers lightly."""
    if state_of(standing) == "early":
        return LATEST  # Nobody knows how many look on; they are to join one after the other.
    people = standing.issued if standing.phase == Phase.LOBBY else standing.waiting
    return max(SOONEST, min(LATEST, people // PEOPLE_A_SECOND))


class Turn(NamedTuple):
    """Where one number stands: `place` from 0 and `ahead` are None before the draw."""

    number: int
    place: int | None
    ahead: int | None
    is_called: bool
    is_missed: bool
    wait: Range | None


def turn_of(standing: Standing, number: int) -> Turn:
    place = standing.place_of(number)
    if place is None:
        return Turn(number, None, None, is_called=False, is_missed=False, wait=None)
    ahead = max(0, place - standing.serving)
    return Turn(
        number,
        place,
        ahead,
        is_called=standing.base <= place < standing.serving,
        is_missed=place < standing.base,
        wait=estimate(ahead + 1, standing.rate),
    )


def page_state(document: dict[str, Any], turn: Turn | None) -> str:
    """Which of the page's parts is shown; the script names them the same."""
    state: str = document["state"]
    if state == "early":
        return state
    if turn is None:
        return "closed" if document["draining"] else "join"
    if state == "lobby":
        return state
    return turn_state(document, turn)


def turn_state(document: dict[str, Any], turn: Turn) -> str:
    if turn.is_missed:
        return "missed"
    if document["sold_out"]:
        return "sold_out"
    if turn.is_called:
        return "called"
    return "paused" if document["state"] == "paused" else "waiting"
