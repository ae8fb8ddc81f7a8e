"""The best free places for a party: together, near the focal point, and not at the expense of others."""

import random
from collections.abc import Collection

from bookings.seating.accessible import find_accessible
from bookings.seating.board import Board
from bookings.seating.groups import find_groups


def find_best(
    board: Board,
    categories: Collection[int],
    count: int,
    *,
    is_accessible: bool = False,
    avoids_gaps: bool = False,
    choices: int = 1,
) -> list[int]:
    """The slots of the best `count` free seats of these categories, or none when there are not so many.

    Neighbours while a block fits, otherwise the closest groups; a restricted view is the last resort
    before parting. Wheelchair and companion places are taken only for `is_accessible`: then one
    wheelchair place, and `count` is the whole party. With `choices` one of so many best is taken at
    random, so that a crowd does not fight for one block.
    """
    if is_accessible:
        return find_accessible(board, categories, count, choices=choices)
    views = [board.open_to(categories, with_restricted=with_restricted) for with_restricted in (False, True)]
    for open_slots in views:
        if block := find_block(board, open_slots, count, avoids_gaps=avoids_gaps, choices=choices):
            return block
    for open_slots in views:
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


def count_open(board: Board, categories: Collection[int]) -> int:
    """How many seats are left for ordinary guests of these categories."""
    return board.open_to(categories, with_restricted=True).count(0)
