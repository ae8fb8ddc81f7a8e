"""A party that fits nowhere together: the fewest groups, near each other and near the focal point."""

import random
from collections.abc import Iterable, Iterator, Sequence
from math import hypot, inf
from typing import NamedTuple

from bookings.seating.board import FAR, Board, runs

# A search through every combination of a sold-out stadium would take seconds; the best are among the first.
MOST_BLOCKS = 300
MOST_ANCHORS = 24
# Beyond a dozen people the ways of dividing them run into thousands.
MOST_DIVIDED = 12


class Group(NamedTuple):
    """A possible seat block: its mean distance from the focal point, its middle and its slots."""

    cost: float
    x: float
    y: float
    start: int
    end: int

    def overlaps(self, other: "Group") -> bool:
        return self.start < other.end and other.start < self.end

    def distance(self, other: "Group") -> float:
        return hypot(self.x - other.x, self.y - other.y)


def find_groups(board: Board, open_slots: bytes, count: int, *, avoids_gaps: bool, choices: int = 1) -> list[int]:
    """The slots of `count` seats in the fewest groups; empty when there are not so many.

    Among as many groups, those in which nobody sits alone are preferred, then those close together
    and near. One of the `choices` best ways is taken at random.
    """
    lengths = sorted((end - start for start, end in runs(open_slots)), reverse=True)
    for sizes in divide(count, lengths):
        if parties := arrange(board, open_slots, sizes, avoids_gaps=avoids_gaps):
            return random.choice(parties[:choices])  # noqa: S311  Spreads contenders, guards nothing.
    return []


def divide(count: int, lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Ways to divide a party over the fewest of the free stretches, longest first; the evenest first."""
    largest: list[int] = []
    for length in lengths:
        if (left := count - sum(largest)) > 0:
            largest.append(min(length, left))
    if sum(largest) < count:
        return
    if count <= MOST_DIVIDED:
        ways = [way for way in partitions(count, len(largest)) if fits(way, lengths)]
        yield from sorted(ways, key=lambda way: (-way[-1], way[0]))
    yield tuple(sorted(largest, reverse=True))


def partitions(count: int, parts: int, most: int | None = None) -> Iterator[tuple[int, ...]]:
    """4 in 2 parts: (3, 1), (2, 2)."""
    if parts == 1:
        if most is None or count <= most:
            yield (count,)
        return
    for first in range(min(count - parts + 1, most or count), 0, -1):
        yield from ((first, *rest) for rest in partitions(count - first, parts - 1, first))


def fits(sizes: Sequence[int], lengths: Sequence[int]) -> bool:
    return all(size <= length for size, length in zip(sizes, lengths, strict=False))


def arrange(board: Board, open_slots: bytes, sizes: Sequence[int], *, avoids_gaps: bool) -> list[list[int]]:
    """Parties of these group sizes, each around one good place for its largest group; best first."""
    groups = {size: list_groups(board, open_slots, size, avoids_gaps=avoids_gaps) for size in set(sizes)}
    parties = []
    for anchor in groups[sizes[0]][:MOST_ANCHORS]:
        party = [anchor]
        for size in sizes[1:]:
            nearest = find_nearest(groups[size], party)
            if nearest is None:
                break
            party.append(nearest)
        else:
            cost = sum(group.cost + 2 * group.distance(anchor) for group in party)
            parties.append((cost, [slot for group in party for slot in range(group.start, group.end)]))
    return [slots for _cost, slots in sorted(parties)]


def find_nearest(groups: Iterable[Group], party: Sequence[Group]) -> Group | None:
    """The group nearest to the party's first one that overlaps none of them."""
    _cost, x, y, _start, _end = party[0]
    best, nearest = None, inf
    for group in groups:
        away = (group[1] - x) ** 2 + (group[2] - y) ** 2 + (FAR * FAR if group[0] >= FAR else 0)
        if away < nearest and not any(group.overlaps(other) for other in party):
            best, nearest = group, away
    return best


def list_groups(board: Board, open_slots: bytes, size: int, *, avoids_gaps: bool) -> list[Group]:
    """Some hundred blocks of this size, nearest to the focal point first."""
    found = []
    for first in board.nearest_blocks(open_slots, size, MOST_BLOCKS):
        end = first + size
        cost = board.cost(first, end) / size
        if avoids_gaps and board.leaves_gap(first, end):
            cost += FAR
        found.append(Group(cost, *board.centre(range(first, end)), first, end))
    return sorted(found)
