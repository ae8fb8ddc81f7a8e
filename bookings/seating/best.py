"""The best free places for a party: together, near the focal point, and not at the expense of others."""

import random
from collections.abc import Collection, Sequence

from bookings.seating.accessible import find_accessible
from bookings.seating.board import Board
from bookings.seating.groups import find_groups


def find_best(
    board: Board,
    tiers: Sequence[Collection[int]],
    count: int,
    *,
    is_accessible: bool = False,
    avoids_gaps: bool = False,
    choices: int = 1,
) -> list[int]:
    """The slots of the best `count` free seats, or none when there are not so many.

    `tiers` are sets of categories, best first: the party goes together into the first that has room
    for it, otherwise into the closest groups over all of them. A restricted view is the last resort
    before parting. Wheelchair and companion places are taken only for `is_accessible`: then one
    wheelchair place, and `count` is the whole party. With `choices` one of so many best is taken at
    random, so that a crowd does not fight for one block.
    """
    every = frozenset[int]().union(*tiers)
    # A row may hold two categories, so a party may fit over both where neither alone has room.
    ladder = [*tiers, every] if len(tiers) > 1 else tiers
    if is_accessible:
        found = (find_accessible(board, tier, count, choices=choices) for tier in ladder)
        return next(filter(None, found), [])
    for with_restricted in (False, True):
        for tier in ladder:
            open_slots = board.open_to(tier, with_restricted=with_restricted)
            if block := find_block(board, open_slots, count, avoids_gaps=avoids_gaps, choices=choices):
                return block
    for with_restricted in (False, True):
        open_slots = board.open_to(every, with_restricted=with_restricted)
        if groups := find_groups(board, open_slots, count, avoids_gaps=avoids_gaps, choices=choices):
            return groups
    return []


def find_block(board: Board, open_slots: bytes, count: int, *, avoids_gaps: bool, choices: int) -> list[int]:
    starts: list[int] = []
    if avoids_gaps:
        starts = board.nearest_blocks(
            open_slots, count, choices, fits=lambda start, end: not board.leaves_gap(start, end)
        )
    starts = starts or board.nearest_blocks(open_slots, count, choices)
    if not starts:
        return []
    start = random.choice(starts)  # noqa: S311  Spreads contenders, guards nothing.
    return list(range(start, start + count))


def count_open(board: Board, tiers: Sequence[Collection[int]]) -> int:
    """How many seats are left for ordinary guests of these categories."""
    return board.open_to(frozenset[int]().union(*tiers), with_restricted=True).count(0)
