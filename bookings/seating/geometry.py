"""The seats of a plan as arrays, row by row: 80,000 of them take about 3 MB and are read once a process.

Seats lie in slots, one after the other as people sit; wherever two seats are no neighbours, at an
aisle or the end of a row, lies a slot without a seat. So neighbours are slots side by side, and a
state of the hall is one byte a slot, in which blocks of free seats are found by plain byte search.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from math import hypot
from operator import itemgetter
from typing import NamedTuple

from ticketing.kept import Kept
from venues.models import Seat, SeatingPlan

NO_SEAT = 0
WHEELCHAIR, COMPANION, RESTRICTED, APART = 1, 2, 4, 128
# A seat that is sold to anybody, and not only with a wheelchair place.
RESERVED = WHEELCHAIR | COMPANION | APART
MOST_SLOTS = 600_000
# How long a process may go on with the seats of a plan that was edited while no session used it.
REVISION_SECONDS = 15


class SeatSpot(NamedTuple):
    """What the plan says of one seat, as far as seating needs it."""

    id: int
    section: int
    row: str
    position: int
    category: int
    x: float
    y: float
    flags: int = 0


NOBODY = SeatSpot(NO_SEAT, 0, "", 0, NO_SEAT, 0.0, 0.0, APART)


class PlanRows:
    """The rows of a plan, those nearest to its focal point first.

    Row i fills the slots starts[i] to starts[i + 1], the last of which has no seat; `nearest[i]` is
    the distance of its best seat. Of each slot: `ids` (0 where there is no seat), `categories`,
    `flags`, `x`, `y` and `distances` to the focal point.
    """

    def __init__(self, plan_id: int, focus: tuple[float, float], spots: Iterable[SeatSpot]) -> None:
        self.plan_id = plan_id
        self.focus = focus
        self.starts = array("i", [0])
        self.sections = array("q")
        self.nearest = array("d")
        slots: list[SeatSpot] = []
        for nearest, row in sorted(self._rows_of(spots), key=itemgetter(0)):
            self.sections.append(row[0].section)
            self.nearest.append(nearest)
            slots += parted(row)
            self.starts.append(len(slots))
        self._fill(slots)
        # What board.closed_slots() worked out for some categories.
        self.closed: dict[tuple[frozenset[int], int], bytes] = {}

    def _rows_of(self, spots: Iterable[SeatSpot]) -> Iterator[tuple[float, list[SeatSpot]]]:
        across, down = self.focus
        ordered = sorted(spots, key=itemgetter(1, 2, 3, 0))
        for _row, seats in groupby(ordered, key=itemgetter(1, 2)):
            row = list(seats)
            yield min(hypot(seat.x - across, seat.y - down) for seat in row), row

    def _fill(self, slots: Sequence[SeatSpot]) -> None:
        across, down = self.focus
        self.ids = array("q", [slot.id for slot in slots])
        self.categories = array("I", [slot.category for slot in slots])
        self.flags = bytes(slot.flags for slot in slots)
        self.x, self.y = array("f", [slot.x for slot in slots]), array("f", [slot.y for slot in slots])
        self.distances = array("f", [hypot(slot.x - across, slot.y - down) for slot in slots])
        self.has_restricted = any(flags & RESTRICTED for flags in set(self.flags))
        self.by_id = array("i", sorted((at for at, seat in enumerate(self.ids) if seat), key=self.ids.__getitem__))
        self.sorted_ids = array("q", [self.ids[slot] for slot in self.by_id])

    def __len__(self) -> int:
        """How many slots there are."""
        return len(self.ids)

    def slot_of(self, seat_id: int) -> int | None:
        """Where a seat is; None for a seat of another plan."""
        index = bisect_left(self.sorted_ids, seat_id)
        is_found = index < len(self.sorted_ids) and self.sorted_ids[index] == seat_id
        return self.by_id[index] if is_found else None

    def slots_of(self, seat_ids: Iterable[int]) -> list[int]:
        """The same for many; seats of other plans are left out."""
        return [slot for seat in seat_ids if (slot := self.slot_of(seat)) is not None]

    def row_of(self, slot: int) -> int:
        return bisect_right(self.starts, slot) - 1

    def slots_in_row(self, row: int) -> range:
        return range(self.starts[row], self.starts[row + 1])

    def rows_in_section(self, section_id: int) -> list[int]:
        return [row for row, section in enumerate(self.sections) if section == section_id]


def parted(row: Sequence[SeatSpot]) -> Iterator[SeatSpot]:
    """The row with nobody after the last seat and wherever two seats are no neighbours."""
    last = row[0].position - 1
    for seat in row:
        if seat.position != last + 1:
            yield NOBODY
        yield seat
        last = seat.position
    yield NOBODY


_plans: Kept[tuple[int, int], PlanRows] = Kept(MOST_SLOTS, weigh=len)
_revisions: Kept[int, int] = Kept(most=256)


def get_rows(plan_id: int) -> PlanRows:
    """The rows of a plan that is on sale, and so does not change; read once a process.

    A plan whose last session moved away may be edited, and come back: that is seen after some seconds.
    Raises SeatingPlan.DoesNotExist.
    """
    revision = _revisions.get(plan_id, partial(read_revision, plan_id), seconds=REVISION_SECONDS)
    return _plans.get((plan_id, revision), partial(read_rows, plan_id))


def read_revision(plan_id: int) -> int:
    return SeatingPlan.objects.values_list("revision", flat=True).get(pk=plan_id)


def read_rows(plan_id: int) -> PlanRows:
    plan = SeatingPlan.objects.get(pk=plan_id)
    # A plan from before focal points: what people look at is usually in front, in the middle.
    focus_x = plan.left + plan.width / 2 if plan.focus_x is None else plan.focus_x
    focus_y = plan.top if plan.focus_y is None else plan.focus_y
    seats = Seat.objects.filter(section__plan=plan).values_list(
        "pk", "section", "row", "position", "category", "x", "y", "is_wheelchair", "is_companion", "has_restricted_view"
    )
    spots = (
        SeatSpot(
            seat, section, row, position, category, x, y, WHEELCHAIR * wheels | COMPANION * beside | RESTRICTED * poor
        )
        for seat, section, row, position, category, x, y, wheels, beside, poor in seats.iterator(chunk_size=10_000)
    )
    return PlanRows(plan_id, (focus_x, focus_y), spots)
