"""The door: who may hold places of a guarded event session, and go to its checkout.

Views ask `check_pass` before they write; everything else of a pass happens here too, so that no view
knows more than that.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from ticketing.kept import Kept
from waitingroom import store
from waitingroom.cookies import read_pass, read_visitor
from waitingroom.errors import PassElsewhereError, PassNeededError, QueueAwayError
from waitingroom.models import Queue
from waitingroom.store import Verdict
from waitingroom.tokens import Pass, Visitor


class Guarded(NamedTuple):
    """`active_since` is when an automatic queue came on last."""

    mode: str
    active_since: datetime | None


logger = logging.getLogger(__name__)

KEEP_SECONDS = 2.0
GUARDED: Kept[str, Mapping[int, Guarded]] = Kept(1)


def list_guarded() -> Mapping[int, Guarded]:
    """Every event session with a waiting room, by id; a few seconds old at most."""

    def look() -> Mapping[int, Guarded]:
        rows = Queue.objects.exclude(mode=Queue.Mode.OFF).filter(event_session__booking_closes_at__gt=timezone.now())
        return {pk: Guarded(mode, since) for pk, mode, since in rows.values_list("pk", "mode", "active_since")}

    return GUARDED.get("all", look, seconds=KEEP_SECONDS)


def forget_guarded() -> None:
    """After staff changed something, in this process; the others follow within seconds."""
    GUARDED.clear()


def check_pass(
    request: HttpRequest,
    event_session_id: int,
    *,
    was_inside: Callable[[datetime], bool] | None = None,
    is_arrival: bool = False,
) -> Pass | None:
    """The visitor's pass; None where none is needed.

    `was_inside` says whether they had places there before some moment: a queue that came on later does not stop them.
    `is_arrival` counts towards an automatic queue's coming on.
    Raises PassNeededError, PassElsewhereError, QueueAwayError.
    """
    guarded = list_guarded().get(event_session_id)
    if guarded is None:
        return None
    if was_inside is not None and guarded.active_since and was_inside(guarded.active_since):
        return None
    try:
        return _use(event_session_id, read_pass(request, event_session_id), holder_of(request), is_arrival=is_arrival)
    except RedisError as fault:
        raise QueueAwayError(queue_id=event_session_id) from fault


def _use(queue_id: int, given: Pass | None, visitor: Visitor | None, *, is_arrival: bool) -> Pass | None:
    if given is not None and (visitor is None or not is_theirs(given, visitor)):
        given = None
    verdict, _until_ms = store.use(
        queue_id,
        given.pass_id if given else "",
        holder=given.holder if given else "",
        heir=visitor.holder if visitor else "",
        generation=given.generation if given else 0,
        until_ms=given.until_ms if given else 0,
        is_arrival=is_arrival,
    )
    if verdict == Verdict.FREE:
        return None
    if verdict == Verdict.LOST:
        raise QueueAwayError(queue_id=queue_id)
    if verdict == Verdict.ELSEWHERE:
        raise PassElsewhereError(queue_id=queue_id)
    if verdict != Verdict.ADMITTED or given is None:
        raise PassNeededError(queue_id=queue_id)
    return given


def holder_of(request: HttpRequest) -> Visitor | None:
    """Who is asking, by their browser and by the account they are signed in with now."""
    visitor = read_visitor(request)
    user_id = request.user.pk if request.user.is_authenticated else 0
    if visitor is None:
        return Visitor("", user_id) if user_id else None
    return Visitor(visitor.device, user_id)


def is_theirs(given: Pass, visitor: Visitor) -> bool:
    """A guest's pass goes with them when they sign in; an account's opens the door for that account alone."""
    return given.holder in {visitor.holder, f"d{visitor.device}"}


def keep_for(given: Pass, booking_id: int, held_until: datetime, now: datetime) -> None:
    """The pass lasts as long as the places it holds, and ends when they are paid.

    Redis may go away at this very moment; the places are held all the same, so that is no refusal.
    """
    seconds = (held_until - now).total_seconds()
    try:
        store.bind(given.queue_id, given.pass_id, booking_id, int(seconds * 1000))
    except RedisError:
        logger.warning("pass not bound", extra={"booking_id": booking_id})


def give_back(event_session_id: int, booking_id: int) -> None:
    """The booking is paid or gone: its slot is the next one's. Raises redis.RedisError."""
    store.finish(event_session_id, booking_id)
