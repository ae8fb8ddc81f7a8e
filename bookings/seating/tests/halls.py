"""Halls drawn as text, for tests: one line a row, the first nearest to the stage.

. free   x taken   | aisle   r restricted view   w wheelchair place   c companion place
b, d free in the second and third category   X taken, but once a wheelchair place
"""

from collections.abc import Iterable, Sequence

from bookings.seating.board import Board
from bookings.seating.geometry import COMPANION, RESTRICTED, WHEELCHAIR, PlanRows, SeatSpot

FLAGS = {"r": RESTRICTED, "w": WHEELCHAIR, "c": COMPANION, "X": WHEELCHAIR}
CATEGORIES = {"b": 2, "d": 3}
ROW_NAMES = "ABCDEFGHIJKLMNOP"


def draw_hall(*lines: str, section: int = 1) -> Board:
    """Seat 305 is the fifth of the third row; the focal point lies before the middle of the first."""
    spots, taken = [], []
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            if letter == "|":
                continue
            seat = 100 * (row + 1) + column + 1
            category = CATEGORIES.get(letter, 1)
            place = 30.0 * column, 30.0 * row
            spots.append(SeatSpot(seat, section, ROW_NAMES[row], column, category, *place, FLAGS.get(letter, 0)))
            if letter in "xX":
                taken.append(seat)
    focus = 15.0 * (max(map(len, lines)) - 1), -60.0
    board = Board.empty(PlanRows(1, focus, spots))
    board.take(board.rows.slots_of(taken))
    return board


def seats(board: Board, slots: Iterable[int]) -> list[int]:
    """What slots are called in a drawn hall, in order."""
    return sorted(board.rows.ids[slot] for slot in slots)


def redraw(lines: Sequence[str], chosen: Iterable[int]) -> list[str]:
    """The hall with the chosen seats taken."""
    drawn = [list(line) for line in lines]
    for seat in chosen:
        drawn[seat // 100 - 1][seat % 100 - 1] = "x"
    return ["".join(line) for line in drawn]
