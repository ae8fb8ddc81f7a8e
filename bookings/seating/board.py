"""One look at a hall for a search: what is free, and where blocks of free seats lie."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from heapq import heappush, heappushpop

from bookings.seating.geometry import APART, RESERVED, RESTRICTED, PlanRows
from bookings.seating.occupancy import FREE, TAKEN, Taken, empty_states

# More than any distance: a seat with a restricted view is worse than any without.
FAR = 1e9
Fits = Callable[[int, int], bool]


class Board:
    """A state of the hall that a search may change; the look it began with stays as it was."""

    def __init__(self, rows: PlanRows, states: bytes | bytearray) -> None:
        self.rows = rows
        self.states = bytearray(states)

    @classmethod
    def of(cls, taken: Taken) -> "Board":
        return cls(taken.rows, taken.states)

    @classmethod
    def empty(cls, rows: PlanRows) -> "Board":
        return cls(rows, empty_states(rows))

    def copy(self) -> "Board":
        return Board(self.rows, self.states)

    def take(self, slots: Iterable[int]) -> None:
        for slot in slots:
            self.states[slot] = TAKEN

    def free(self, slots: Iterable[int]) -> None:
        for slot in slots:
            self.states[slot] = FREE

    def is_free(self, slot: int) -> bool:
        return self.states[slot] == FREE

    def is_taken_seat(self, slot: int) -> bool:
        """Someone's, which an aisle or the end of the row is not."""
        return self.states[slot] != FREE and self.rows.flags[slot] != APART

    def leaves_gap(self, start: int, end: int) -> bool:
        """Whether taking these free slots leaves one empty seat between them and a taken one.

        Wheelchair and companion places do not count: they are not sold to one more ordinary guest.
        """
        return self._is_gap(start - 1, start - 2) or self._is_gap(end, end + 1)

    def _is_gap(self, slot: int, beyond: int) -> bool:
        # Slot -1 is the last one, which never has a seat, so the ends of the hall need no care.
        return self.states[slot] == FREE and not self.rows.flags[slot] & RESERVED and self.is_taken_seat(beyond)

    def open_to(self, categories: Collection[int], *, with_restricted: bool) -> bytes:
        """One byte a slot: zero where an ordinary guest may sit in one of the categories."""
        return join(self.states, closed_slots(self.rows, frozenset(categories), with_restricted=with_restricted))

    def nearest_blocks(self, open_slots: bytes, size: int, most: int, fits: Fits | None = None) -> list[int]:
        """Where the `most` best blocks of neighbours begin, best first.

        The best is the one whose seats are nearest to the focal point on average. Rows come in the
        order of their nearest seat, so the search ends where no row can be better.
        """
        rows, found = self.rows, list[tuple[float, int]]()
        row, row_end = -1, 0
        for start, end in runs(open_slots, size):
            while start >= row_end:
                row += 1
                row_end = rows.starts[row + 1]
            if len(found) == most and rows.nearest[row] * size >= -found[0][0]:
                break
            for first in range(start, end - size + 1):
                if fits is None or fits(first, first + size):
                    entry = (-self.cost(first, first + size), -first)
                    if len(found) < most:
                        heappush(found, entry)
                    else:
                        heappushpop(found, entry)
        return [-first for _cost, first in sorted(found, reverse=True)]

    def cost(self, start: int, end: int) -> float:
        """The distances of all seats from the focal point, a restricted view being farther than any."""
        distance = sum(self.rows.distances[start:end])
        if self.rows.has_restricted:
            distance += FAR * sum(1 for flags in self.rows.flags[start:end] if flags & RESTRICTED)
        return distance

    def centre(self, slots: Collection[int]) -> tuple[float, float]:
        x, y = self.rows.x, self.rows.y
        return sum(x[slot] for slot in slots) / len(slots), sum(y[slot] for slot in slots) / len(slots)


def runs(open_slots: bytes, size: int = 1) -> Iterator[tuple[int, int]]:
    """Start and end of every row of at least `size` open slots side by side."""
    for match in run_pattern(size).finditer(open_slots):
        yield match.span()


@cache
def run_pattern(size: int) -> re.Pattern[bytes]:
    return re.compile(rb"\x00{%d,}" % size)


def join(states: bytes | bytearray, others: bytes) -> bytes:
    """Non-zero wherever one of the two is: as one long number, because a loop takes a hundred times as long."""
    joined = int.from_bytes(states, "big") | int.from_bytes(others, "big")
    return joined.to_bytes(len(states), "big")


def closed_slots(rows: PlanRows, categories: frozenset[int], *, with_restricted: bool) -> bytes:
    """One byte a slot: zero where the plan lets an ordinary guest of these categories sit."""
    closed = RESERVED if with_restricted else RESERVED | RESTRICTED
    key = categories, closed
    made = rows.closed.get(key)
    if made is None:
        seats = zip(rows.categories, rows.flags, strict=True)
        made = bytes(FREE if category in categories and not flags & closed else TAKEN for category, flags in seats)
        # Customers ask for one category or for all; a few of each is all that is worth keeping.
        if len(rows.closed) >= 32:
            rows.closed.clear()
        rows.closed[key] = made
    # Not looked up again: another thread may have cleared it meanwhile.
    return made


def longest_runs(taken: Taken) -> dict[int, int]:
    """For each section the most ordinary free seats side by side, of whatever category."""
    rows = taken.rows
    every = frozenset(rows.categories)
    open_slots = Board.of(taken).open_to(every, with_restricted=True)
    longest = dict.fromkeys(rows.sections, 0)
    for row, section in enumerate(rows.sections):
        slots = rows.slots_in_row(row)
        free = open_slots[slots.start : slots.stop].split(b"\x01")
        longest[section] = max(longest[section], *map(len, free))
    return longest
