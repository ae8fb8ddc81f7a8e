"""The rows of one block of seats, before it is put in its place."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from venues.plans.naming import Labels, Numbering, Numbers, RowLabels, row_name_index, row_names, seat_numbers

MOST_ROWS = 200
MOST_COLUMNS = 500
PITCH = 30.0
AISLE = 36.0
HIGHEST_START = 9_000
MARKS = ("wheelchair", "companion", "restricted", "blocked", "missing")


class Align(StrEnum):
    """Where shorter rows stand, seen from the audience."""

    CENTRE = "centre"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Band:
    """The next `rows` rows, counted from the front, are sold as one category."""

    name: str
    rows: int
    color: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """What a person says about a block of rows, seen from the audience facing the stage.

    `aisles` are seats of the front row counted from the left: an aisle follows each of them.
    `cross_aisles` are rows counted from the front. The `MARKS` name seats by their label ("A1",
    "A1-4"; "1/12" where rows have numbers). Rows behind the last band belong to the last band.
    The front row has `columns` seats and each row `growth` more than the one in front of it, or as
    many as a curve makes room for; `row_seats` says it row by row, the last number for all behind.
    """

    rows: int
    columns: int
    section: str = "Stalls"
    aisles: Sequence[int] = ()
    cross_aisles: Sequence[int] = ()
    row_labels: RowLabels = RowLabels.LETTERS_CLEAR
    numbering: Numbering = Numbering.LEFT
    bands: Sequence[Band] = ()
    stage: str = "Stage"
    wheelchair: Sequence[str] = ()
    companion: Sequence[str] = ()
    missing: Sequence[str] = ()
    restricted: Sequence[str] = ()
    blocked: Sequence[str] = ()
    row_start: str = ""
    is_named_from_back: bool = False
    numbers: Numbers = Numbers.ALL
    seat_start: int | None = None
    growth: int | None = None
    row_seats: Sequence[int] = ()
    align: Align = Align.CENTRE

    def names(self) -> list[str]:
        return row_names(self.rows, self.row_labels, first=self.row_start, from_back=self.is_named_from_back)


@dataclass(frozen=True, slots=True)
class RowSeat:
    """`along` is the way from the block's middle line, to the right."""

    number: int
    along: float
    position: int


@dataclass(frozen=True, slots=True)
class GridRow:
    """`depth` is the way from the front row, away from the stage."""

    name: str
    depth: float
    seats: list[RowSeat]

    @property
    def half_width(self) -> float:
        return max(abs(seat.along) for seat in self.seats) + PITCH / 2


def find_faults(grid: Grid) -> Iterator[tuple[str, str]]:
    """Each field that makes the grid impossible, with a sentence."""
    yield from size_faults(grid)
    yield from naming_faults(grid)
    if outside := [aisle for aisle in grid.cross_aisles if not 0 < aisle < grid.rows]:
        yield (
            "cross_aisles",
            _("A cross aisle lies between two rows: after 1 to %(last)s, not after %(outside)s.")
            % {"last": grid.rows - 1, "outside": ", ".join(map(str, outside))},
        )
    if any(band.rows < 1 for band in grid.bands) or sum(band.rows for band in grid.bands) > grid.rows:
        yield (
            "bands",
            _("The price bands need at least one row each and at most %(rows)s in all.") % {"rows": grid.rows},
        )
    if grid.companion and not grid.wheelchair:
        yield "companion", _("Companion seats are sold with a wheelchair place: name one in this section too.")


def size_faults(grid: Grid) -> Iterator[tuple[str, str]]:
    if not 1 <= grid.rows <= MOST_ROWS:
        yield "rows", _("A grid has 1 to %(most)s rows, not %(rows)s.") % {"most": MOST_ROWS, "rows": grid.rows}
    shortest = grid.columns + min(0, grid.growth or 0) * (grid.rows - 1)
    longest = grid.columns + max(0, grid.growth or 0) * (grid.rows - 1)
    field = "row_seats" if grid.row_seats else "growth" if 1 <= grid.columns <= MOST_COLUMNS else "columns"
    for count in grid.row_seats or sorted({shortest, longest}):
        if not 1 <= count <= MOST_COLUMNS:
            yield field, _("A row has 1 to %(most)s seats, not %(columns)s.") % {"most": MOST_COLUMNS, "columns": count}
    if len(grid.row_seats) > grid.rows:
        yield "row_seats", _("There are only %(rows)s rows.") % {"rows": grid.rows}


def naming_faults(grid: Grid) -> Iterator[tuple[str, str]]:
    if grid.row_start and not row_name_index(grid.row_start, grid.row_labels):
        yield "row_start", _("No row is called “%(name)s” in this way of naming.") % {"name": grid.row_start}
    is_mixed = grid.numbering in {Numbering.CENTRE, Numbering.CENTRE_EVEN_LEFT}
    if is_mixed and grid.numbers != Numbers.ALL:
        yield "numbers", _("Odd and even seats on two sides need all numbers.")
    start = grid.seat_start
    if start is not None and not 0 <= start <= HIGHEST_START:
        yield "seat_start", _("Seats are numbered from 0 to %(most)s on.") % {"most": HIGHEST_START}
    elif start is not None and grid.numbers != Numbers.ALL and (start % 2 == 1) != (grid.numbers == Numbers.ODD):
        yield "seat_start", _("%(start)s is not one of the numbers this block uses.") % {"start": start}


def depths(grid: Grid) -> list[float]:
    crossed = set(grid.cross_aisles)
    return [row * PITCH + AISLE * sum(1 for aisle in crossed if aisle <= row) for row in range(grid.rows)]


def lay_rows(grid: Grid, room: Callable[[float], float]) -> list[GridRow]:
    """`room` tells by how much wider a block is at a depth than at its front."""
    counts = count_seats(grid, room)
    slots = [first_slot(grid.align, counts[0], count) for count in counts]
    lowest = math.floor(min(slots))
    aisles = set(grid.aisles)
    rows = []
    for name, depth, count, first in zip(grid.names(), depths(grid), counts, slots, strict=True):
        numbers = seat_numbers(count, grid.numbering, numbers=grid.numbers, first=grid.seat_start)
        seats = []
        for slot, number in enumerate(numbers):
            place = first + slot
            crossed = sum(1 for aisle in aisles if aisle <= place + 0.5)
            seats.append(RowSeat(number, place * PITCH + crossed * AISLE, math.floor(place) - lowest + crossed))
        rows.append(GridRow(name, depth, seats))
    return about_the_middle(rows, rows[:1] if grid.align == Align.CENTRE else rows)


def first_slot(align: Align, front: int, count: int) -> float:
    """Counted in seats of the front row, so that aisles run straight through rows of any length."""
    return {Align.LEFT: 0.0, Align.CENTRE: (front - count) / 2, Align.RIGHT: front - count}[align]


def about_the_middle(rows: Sequence[GridRow], middle_rows: Sequence[GridRow]) -> list[GridRow]:
    ways = [seat.along for row in middle_rows for seat in row.seats]
    middle = (min(ways) + max(ways)) / 2
    return [
        GridRow(row.name, row.depth, [RowSeat(seat.number, seat.along - middle, seat.position) for seat in row.seats])
        for row in rows
    ]


def count_seats(grid: Grid, room: Callable[[float], float]) -> list[int]:
    if grid.row_seats:
        return [*grid.row_seats, *[grid.row_seats[-1]] * (grid.rows - len(grid.row_seats))]
    if grid.growth is not None:
        return [grid.columns + grid.growth * row for row in range(grid.rows)]
    return [grid.columns + math.floor(room(depth) / PITCH + 1e-6) for depth in depths(grid)]


def bands_by_row(grid: Grid, bands: Sequence[Band]) -> list[str]:
    names = [band.name for band in bands for _row in range(band.rows)]
    return (names + [bands[-1].name] * grid.rows)[: grid.rows]


Marked = dict[str, set[tuple[str, int]]]


def find_marked(grid: Grid, rows: Sequence[GridRow]) -> Marked:
    """The seats that each of `MARKS` names, by row and number."""
    labels = labels_of(rows) if has_marks(grid) else Labels([])
    return {mark: {seat for label in getattr(grid, mark) for seat in labels.find(label)} for mark in MARKS}


def has_marks(grid: Grid) -> bool:
    return any(getattr(grid, mark) for mark in MARKS)


def find_misfits(grid: Grid, rows: Sequence[GridRow]) -> Iterator[tuple[str, str]]:
    """As `find_faults`: what names seats that the rows, now that they are laid, do not have."""
    widest = max(len(row.seats) for row in rows)
    if outside := [aisle for aisle in grid.aisles if not 0 < aisle < widest]:
        yield (
            "aisles",
            _("An aisle lies between two seats of a row: after 1 to %(last)s, not after %(outside)s.")
            % {"last": widest - 1, "outside": ", ".join(map(str, outside))},
        )
    labels = labels_of(rows) if has_marks(grid) else Labels([])
    for mark in MARKS:
        found = {label: labels.find(label) for label in getattr(grid, mark)}
        if unknown := sorted(label for label, seats in found.items() if not seats):
            yield mark, _("There is no seat %(labels)s in this grid.") % {"labels": ", ".join(unknown)}
        for label, seats in found.items():
            if len({row for row, _number in seats}) > 1:
                row, number = min(seats)
                facts = {"label": label, "row": row, "number": number}
                yield mark, _("%(label)s may be several seats: write %(row)s/%(number)s, for example.") % facts


def labels_of(rows: Sequence[GridRow]) -> Labels:
    return Labels((row.name, [seat.number for seat in row.seats]) for row in rows)
