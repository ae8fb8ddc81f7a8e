"""Names for rows and seats that are drawn without, and drawn names that the map writes itself."""

import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from django.utils.translation import gettext as _

from venues.plans.blocks import around, cell_of
from venues.plans.checks import label_key
from venues.plans.draft import Shape, Spot, bounds_of
from venues.plans.naming import RowLabels, row_names
from venues.plans.svg.findings import Findings, FoundSeat

LONGEST_NUMBER = 4  # What is written on a seat; longer words are names of something larger.


def complete_labels(found: Findings) -> list[str]:
    """Name what has no section, row or number, and say how much that was."""
    notes = []
    found.names = {name or _("Seats"): None for name in found.names}
    for seat in found.seats:
        seat.section = seat.section or _("Seats")
    if rowless := [seat for seat in found.seats if not seat.row]:
        name_rows(rowless, found.focus)
        notes.append(_("%(count)s seats name no row; seats beside each other became rows.") % {"count": len(rowless)})
    take_words_on_seats(found)
    if unnumbered := [seat for seat in found.seats if not seat.number]:
        number_seats(found.seats)
        notes.append(_("%(count)s seats have no number; they are counted from the left.") % {"count": len(unnumbered)})
    return notes


def name_rows(seats: list[FoundSeat], focus: Spot | None) -> None:
    """Seats of a section at one height are a row; letters begin in front."""
    sections: dict[str, list[FoundSeat]] = defaultdict(list)
    for seat in seats:
        sections[seat.section].append(seat)
    for group in sections.values():
        rows = level_rows(group)
        if focus is not None and focus[1] > bounds_of(seat.at for seat in group).centre[1]:
            rows.reverse()
        for name, row in zip(row_names(len(rows), RowLabels.LETTERS), rows, strict=True):
            for seat in row:
                seat.row = name


def level_rows(seats: list[FoundSeat]) -> list[list[FoundSeat]]:
    """From top to bottom: a seat belongs to the row above as long as it is less than half a step lower."""
    step = nearest_step(seats)
    rows: list[list[FoundSeat]] = []
    for seat in sorted(seats, key=lambda seat: seat.at[1]):
        if rows and seat.at[1] - rows[-1][-1].at[1] < step / 2:
            rows[-1].append(seat)
        else:
            rows.append([seat])
    return rows


def nearest_step(seats: list[FoundSeat]) -> float:
    """The usual distance from a seat to the one on its right at the same height, roughly."""
    ordered = sorted((seat.at for seat in seats), key=lambda at: (round(at[1]), at[0]))
    steps = sorted(math.dist(a, b) for a, b in pairwise(ordered) if a != b)
    return steps[len(steps) // 2] if steps else 1.0


def take_words_on_seats(found: Findings) -> None:
    """Where numbers are drawn on seats but not in one group with them."""
    unnumbered = [seat for seat in found.seats if not seat.number]
    if not unnumbered or not found.texts:
        return
    reach = nearest_step(found.seats) / 2
    words = [text.shape for text in found.texts if len(text.shape["text"]) <= LONGEST_NUMBER]
    cells: dict[tuple[int, int], list[tuple[Spot, int]]] = defaultdict(list)
    for index, shape in enumerate(words):
        cells[cell_of((shape["x"], shape["y"]), reach)].append(((shape["x"], shape["y"]), index))
    for seat in unnumbered:
        near = [(math.dist(seat.at, at), index) for at, index in around(cells, seat.at, reach)]
        if near and min(near)[0] < reach:
            seat.number = words[min(near)[1]]["text"]


def number_seats(seats: list[FoundSeat]) -> None:
    rows: dict[tuple[str, str], list[FoundSeat]] = defaultdict(list)
    for seat in seats:
        rows[seat.section, seat.row].append(seat)
    for row in rows.values():
        taken = {label_key(seat.number) for seat in row if seat.number}
        free = (str(number) for number in range(1, 2 * len(row) + 1) if str(number) not in taken)
        for seat in sorted(row, key=lambda seat: seat.at):
            seat.number = seat.number or next(free)


def without_seat_labels(found: Findings, pitch: float, *, filled: Iterable[str]) -> list[Shape]:
    """The drawn words, but for row names beside rows, numbers on seats, and names where seats now fill a shape."""
    covered = {label_key(name) for name in filled}
    cells: dict[tuple[int, int], list[tuple[Spot, int]]] = defaultdict(list)
    for seat in found.seats:
        cells[cell_of(seat.at, pitch)].append((seat.at, 0))

    def is_on_a_seat(shape: Shape) -> bool:
        at = shape["x"], shape["y"]
        return any(math.dist(at, other) < pitch / 2 for other, _index in around(cells, at, pitch))

    kept = []
    for text in found.texts:
        words = text.shape["text"]
        names_row = bool(text.row) and label_key(words) == label_key(text.row)
        names_section = label_key(words) in covered
        is_number = len(words) <= LONGEST_NUMBER and is_on_a_seat(text.shape)
        if not (names_row or names_section or is_number):
            kept.append(text.shape)
    found.left_out[_("row and seat labels, which the map writes itself")] += len(found.texts) - len(kept)
    return kept
