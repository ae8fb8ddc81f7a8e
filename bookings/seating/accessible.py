"""The best places for a party with a wheelchair: its place, companions beside it, then ordinary seats."""

import random
from collections.abc import Collection
from heapq import nsmallest
from math import hypot

from bookings.seating.board import Board
from bookings.seating.companions import is_companion, wheelchair_places_for
from bookings.seating.geometry import COMPANION, RESERVED, RESTRICTED, WHEELCHAIR

MOST_TRIED = 40
# As far as so many seats: sitting in another row, or on a seat that is no companion place.
STEPS = 3.0


def find_accessible(board: Board, categories: Collection[int], count: int, *, choices: int = 1) -> list[int]:
    """The slots of one wheelchair place and `count - 1` places as near to it as possible; or none.

    A second wheelchair place is never taken. The most compact party wins, then the one nearest to the
    focal point.
    """
    rows = board.rows
    free = [slot for slot, category in enumerate(rows.categories) if category in categories and board.is_free(slot)]
    wheels = [slot for slot in free if rows.flags[slot] & WHEELCHAIR]
    wheels.sort(key=rows.distances.__getitem__)
    companions = {slot: wheelchair_places_for(rows, slot) for slot in free if is_companion(rows, slot)}
    ordinary = [slot for slot in free if not rows.flags[slot] & RESERVED]
    parties = []
    for wheel in wheels[:MOST_TRIED]:
        beside = [slot for slot, homes in companions.items() if wheel in homes]
        if len(beside) + len(ordinary) >= count - 1:
            parties.append(gather(board, wheel, [*beside, *ordinary], count - 1))
    if not parties:
        return []
    return random.choice(sorted(parties)[:choices])[-1]  # noqa: S311  Spreads contenders, guards nothing.


def gather(board: Board, wheel: int, others: Collection[int], count: int) -> tuple[int, float, list[int]]:
    """The wheelchair place with `count` of the others: how far apart, how far from the focal point, and where."""
    rows = board.rows
    step = seat_step(board, wheel)
    row = rows.slots_in_row(rows.row_of(wheel))

    def reluctance(slot: int) -> tuple[int, float]:
        away = hypot(rows.x[slot] - rows.x[wheel], rows.y[slot] - rows.y[wheel]) / step
        detours = (slot not in row) + (not rows.flags[slot] & COMPANION)
        return rows.flags[slot] & RESTRICTED, away + STEPS * detours

    nearest = nsmallest(count, others, key=reluctance)
    apart = sum(reluctance(slot)[1] for slot in nearest)
    return round(apart), rows.distances[wheel], [wheel, *nearest]


def seat_step(board: Board, slot: int) -> float:
    """How far apart neighbours sit here."""
    rows = board.rows
    for beside in (slot - 1, slot + 1):
        if rows.ids[beside]:
            return hypot(rows.x[beside] - rows.x[slot], rows.y[beside] - rows.y[slot]) or 1.0
    return 1.0
