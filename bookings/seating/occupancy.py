"""Which seats of a session are not free, kept in the process and brought up by the maps' own delta.

For showing and searching only: it may be some seconds behind, and the compare-and-set decides.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic

from django.db.models import Q, QuerySet
from django.utils import timezone
from redis.exceptions import RedisError

from bookings.availability import Delta, current_version, read_delta
from bookings.models import Place
from bookings.seating.geometry import NO_SEAT, PlanRows, get_rows
from events.models import EventSession
from ticketing.kept import Kept

FREE, TAKEN = 0, 1
# An announcement may be lost or overtake another one; after this long the database is asked again.
RELOAD_SECONDS = 30
MOST_SESSIONS = 64


class Taken(Collection[int]):
    """The ids of the seats that were not free at `version`: one byte a slot, never changed.

    `states` has FREE or TAKEN for every slot of `rows`; a slot without a seat is TAKEN.
    """

    __slots__ = ("rows", "states", "version")

    def __init__(self, rows: PlanRows, states: bytes, version: int) -> None:
        self.rows = rows
        self.states = states
        self.version = version

    def __contains__(self, seat_id: object) -> bool:
        slot = self.rows.slot_of(seat_id) if isinstance(seat_id, int) else None
        return slot is not None and self.states[slot] != FREE

    def __iter__(self) -> Iterator[int]:
        return (seat for seat, state in zip(self.rows.ids, self.states, strict=True) if state and seat != NO_SEAT)

    def __len__(self) -> int:
        return len(self.rows.by_id) - self.states.count(FREE)

    def in_section(self, section_id: int) -> set[int]:
        """Those of one section, quicker than asking for each of its seats."""
        found: set[int] = set()
        for row in self.rows.rows_in_section(section_id):
            slots = self.rows.slots_in_row(row)
            states = self.states[slots.start : slots.stop]
            seats = self.rows.ids[slots.start : slots.stop]
            found.update(seat for seat, state in zip(seats, states, strict=True) if state)
        return found - {NO_SEAT}

    def changed(self, *, taken: Collection[int], free: Collection[int], version: int) -> "Taken":
        states = bytearray(self.states)
        for seat_ids, state in ((free, FREE), (taken, TAKEN)):
            for slot in self.rows.slots_of(seat_ids):
                states[slot] = state
        return Taken(self.rows, bytes(states), version)


@dataclass(slots=True)
class Memory:
    """What the process knows of a session; `lock` lets one thread bring it up while others wait."""

    lock: Lock = field(default_factory=Lock)
    taken: Taken | None = None
    reload_at: float = 0.0


_memories: Kept[int, Memory] = Kept(MOST_SESSIONS)


def taken_seats(event_session_id: int, plan_id: int | None = None, *, is_fresh: bool = False) -> Taken:
    """The seats that are not free now, set-like; a hold that lapsed counts as free.

    One Redis call; the whole state comes from the database when the session is new to the process,
    every 30 seconds, when Redis is away, and with `is_fresh`. Say the plan where it is known: a
    session that moved to another plan is then read again at once. Raises EventSession.DoesNotExist.
    """
    memory = _memories.get(event_session_id, Memory)
    with memory.lock:
        taken = None if is_fresh else bring_up(memory, event_session_id, plan_id)
        if taken is None:
            taken = read_taken(event_session_id, plan_id)
            # Without a version there is nothing to go on from, so nothing is kept while Redis is away.
            memory.taken = taken if taken.version else None
            memory.reload_at = monotonic() + RELOAD_SECONDS
    return taken


def bring_up(memory: Memory, event_session_id: int, plan_id: int | None) -> Taken | None:
    """What is kept with the delta since then, or None when it must be read again."""
    taken = memory.taken
    if taken is None or monotonic() > memory.reload_at or plan_id not in {None, taken.rows.plan_id}:
        return None
    try:
        delta: Delta = read_delta(event_session_id, since=taken.version)
    except RedisError:
        return None
    if delta.is_stale:
        return None
    if delta.taken or delta.free:
        taken = taken.changed(taken=delta.taken, free=delta.free, version=delta.version)
        memory.taken = taken
    return taken


def read_taken(event_session_id: int, plan_id: int | None) -> Taken:
    # The version before the rows: what happens in between comes with the delta, twice rather than never.
    version = current_version(event_session_id)
    if plan_id is None:
        plan_id = EventSession.objects.values_list("plan", flat=True).get(pk=event_session_id)
    rows = get_rows(plan_id)
    states = bytearray(empty_states(rows))
    taken = taken_places(event_session_id, timezone.now()).values_list("seat_id", flat=True)
    for slot in rows.slots_of(taken):
        states[slot] = TAKEN
    return Taken(rows, bytes(states), version)


def empty_states(rows: PlanRows) -> bytes:
    return bytes(FREE if seat != NO_SEAT else TAKEN for seat in rows.ids)


def taken_places(event_session_id: int, now: datetime) -> QuerySet[Place]:
    """Seats that are surely someone's, or blocked: what Place.objects.free() leaves."""
    gone = Q(state__in=[Place.State.SOLD, Place.State.BLOCKED]) | Q(state=Place.State.HELD, held_until__gt=now)
    return Place.objects.filter(gone, event_session=event_session_id, seat__isnull=False)
