"""What rows and seats are called."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from string import ascii_uppercase


class RowLabels(StrEnum):
    LETTERS = "letters"
    LETTERS_CLEAR = "letters_clear"  # Without I and O, which read like 1 and 0.
    NUMBERS = "numbers"


class Numbering(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"  # Odd numbers to the left of the middle, even ones to the right.
    CENTRE_EVEN_LEFT = "centre_even_left"


class Numbers(StrEnum):
    """Theatres give a block on one side odd numbers only, and the one on the other side even ones."""

    ALL = "all"
    ODD = "odd"
    EVEN = "even"


def row_names(count: int, labels: RowLabels, *, first: str = "", from_back: bool = False) -> list[str]:
    """From the front: A to Z, then AA, AB ... (like spreadsheet columns), or 1, 2, 3 ...

    `first` is the name to begin with, one that `is_row_name`; `from_back` gives it to the last row.
    """
    start = row_name_index(first, labels) if first else 1
    names = [row_name(number, labels) for number in range(start, start + count)]
    return names[::-1] if from_back else names


def row_name(number: int, labels: RowLabels) -> str:
    return str(number) if labels == RowLabels.NUMBERS else letters_for(number, alphabet(labels))


def row_name_index(name: str, labels: RowLabels) -> int:
    """The number of the row that the scheme calls so; 0 where it calls none so."""
    if labels == RowLabels.NUMBERS:
        return int(name) if name.isascii() and name.isdecimal() and len(name) <= 4 else 0
    letters = alphabet(labels)
    if not name or len(name) > 3 or not all(letter in letters for letter in name):
        return 0
    index = 0
    for letter in name:
        index = index * len(letters) + letters.index(letter) + 1
    return index


def alphabet(labels: RowLabels) -> str:
    if labels == RowLabels.LETTERS_CLEAR:
        return ascii_uppercase.replace("I", "").replace("O", "")
    return ascii_uppercase


def letters_for(number: int, letters: str) -> str:
    name = ""
    while number:
        number, rest = divmod(number - 1, len(letters))
        name = letters[rest] + name
    return name


def seat_numbers(
    count: int, numbering: Numbering, *, numbers: Numbers = Numbers.ALL, first: int | None = None
) -> list[int]:
    """The seat numbers of a row from left to right; `first` is the smallest, 1 or 2 where nobody says."""
    step = 1 if numbers == Numbers.ALL else 2
    start = first if first is not None else 2 if numbers == Numbers.EVEN else 1
    rising = list(range(start, start + step * count, step))
    if numbering == Numbering.LEFT:
        return rising
    if numbering == Numbering.RIGHT:
        return rising[::-1]
    to_the_left = 1 if numbering == Numbering.CENTRE else 0
    left = [number for number in rising if number % 2 == to_the_left]
    return left[::-1] + [number for number in rising if number % 2 != to_the_left]


class Labels:
    """Finds seats by what people write: A1, A/1, A1-4, A1-A4; with rows that are numbers, 1/12."""

    def __init__(self, rows: Iterable[tuple[str, Sequence[int]]]) -> None:
        self.rows = {name: set(numbers) for name, numbers in rows}
        self.seats: dict[str, set[tuple[str, int]]] = {}
        for name, numbers in self.rows.items():
            for number in numbers:
                for label in (f"{name}{number}", f"{name}/{number}"):
                    self.seats.setdefault(label, set()).add((name, number))

    def find(self, label: str) -> set[tuple[str, int]]:
        """One seat or several in a row, none when there is none, or those of several rows it may mean."""
        first, dash, last = label.replace("–", "-").partition("-")
        if not dash:
            return self.seats.get(label, set())
        return {
            (row, number)
            for row, start in self.seats.get(first, set())
            for end in self._ends(row, last)
            for number in self.rows[row]
            if start <= number <= end
        }

    def _ends(self, row: str, last: str) -> list[int]:
        if last.isascii() and last.isdecimal() and len(last) <= 5:
            return [int(last)]
        return [number for name, number in self.seats.get(last, set()) if name == row]
