"""The rule against single gaps: one empty seat between taken ones, which nobody will ever buy."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from math import hypot
from typing import NamedTuple

from bookings.seating.board import Board, runs
from bookings.seating.geometry import APART, COMPANION, RESERVED, RESTRICTED, WHEELCHAIR

# Moving one group may free a better place for another.
ROUNDS = 3


class Advice(NamedTuple):
    """The seats a choice would leave alone, and the whole choice that would not, both as slots."""

    gaps: list[int]
    better: list[int]


def advise(board: Board, chosen: Collection[int]) -> Advice | None:
    """What to say against a choice of free slots, or None where there is nothing to say.

    A choice is left alone when nothing else of its size is left: no block of as many neighbours in
    the same categories, with as good a view, that leaves no gap. A party with a wheelchair or
    companion place is left alone too, because it has few places to choose from.
    """
    rows = board.rows
    gaps = find_gaps(board, chosen)
    if not gaps or any(rows.flags[slot] & (WHEELCHAIR | COMPANION) for slot in chosen):
        return None
    better = set(chosen)
    for _ in range(ROUNDS):
        moved = move_groups(board, better)
        if moved == better:
            break
        better = moved
    return None if better == set(chosen) else Advice(sorted(gaps), sorted(better))


def find_gaps(board: Board, chosen: Collection[int]) -> set[int]:
    """The free seats that this choice, and not an earlier one, leaves between taken ones."""
    mine = set(chosen)
    found = set()
    for slot in mine:
        for beside, beyond in ((slot - 1, slot - 2), (slot + 1, slot + 2)):
            is_left = board.is_free(beside) and beside not in mine and not board.rows.flags[beside] & RESERVED
            if is_left and (beyond in mine or board.is_taken_seat(beyond)):
                found.add(beside)
    return found


def move_groups(board: Board, chosen: set[int]) -> set[int]:
    """The choice with every group that leaves a gap moved to the nearest place where it leaves none."""
    choice = set(chosen)
    for group in groups_of(board, chosen):
        others = choice - set(group)
        around = board.copy()
        around.take(others)
        if find_gaps(around, group):
            choice = others | set(find_gapless(around, group) or group)
    return choice


def groups_of(board: Board, chosen: Iterable[int]) -> list[list[int]]:
    """The choice by the stretch of seats between aisles: seats of one stretch can leave a gap together."""
    flags = board.rows.flags
    groups = defaultdict(list)
    for slot in sorted(chosen):
        start = slot
        while flags[start - 1] != APART:
            start -= 1
        groups[start].append(slot)
    return list(groups.values())


def find_gapless(board: Board, group: Collection[int]) -> list[int] | None:
    """The nearest block of as many neighbours, no worse, that leaves no gap."""
    rows, size = board.rows, len(group)
    categories = {rows.categories[slot] for slot in group}
    has_restricted = any(rows.flags[slot] & RESTRICTED for slot in group)
    x, y = board.centre(group)
    best: tuple[float, int] | None = None
    for start, end in runs(board.open_to(categories, with_restricted=has_restricted), size):
        for first in range(start, end - size + 1):
            if not board.leaves_gap(first, first + size):
                last = first + size - 1
                across, down = (rows.x[first] + rows.x[last]) / 2, (rows.y[first] + rows.y[last]) / 2
                entry = hypot(across - x, down - y), first
                best = min(best, entry) if best else entry
    return list(range(best[1], best[1] + size)) if best else None
