"""The seating rules once more, as slowly and plainly as they can be said, on halls drawn as text."""

from collections.abc import Collection, Iterator, Sequence
from itertools import product

Spot = tuple[int, int]


def letter_at(lines: Sequence[str], spot: Spot) -> str:
    row, column = spot
    inside = 0 <= row < len(lines) and 0 <= column < len(lines[row])
    return lines[row][column] if inside else "|"


def is_free(lines: Sequence[str], spot: Spot) -> bool:
    return letter_at(lines, spot) not in "|xX"


def is_ordinary(lines: Sequence[str], spot: Spot) -> bool:
    return letter_at(lines, spot) in ".rbd"


def category(letter: str) -> int:
    return {"b": 2, "d": 3}.get(letter, 1)


def single_gaps(lines: Sequence[str]) -> set[Spot]:
    """Free ordinary seats between two taken ones."""
    spots = product(range(len(lines)), range(max(map(len, lines))))
    return {
        (row, column)
        for row, column in spots
        if is_ordinary(lines, (row, column))
        and all(letter_at(lines, (row, beside)) in "xX" for beside in (column - 1, column + 1))
    }


def take(lines: Sequence[str], chosen: Collection[Spot]) -> list[str]:
    return [
        "".join("x" if (row, column) in chosen else letter for column, letter in enumerate(line))
        for row, line in enumerate(lines)
    ]


def blocks(lines: Sequence[str], size: int, allowed: str) -> Iterator[tuple[Spot, ...]]:
    """Every row of `size` free seats side by side whose letters are all allowed."""
    for row, line in enumerate(lines):
        for start in range(len(line) - size + 1):
            if all(letter in allowed for letter in line[start : start + size]):
                yield tuple((row, column) for column in range(start, start + size))


def gapless_blocks(lines: Sequence[str], size: int, allowed: str) -> list[tuple[Spot, ...]]:
    before = single_gaps(lines)
    return [block for block in blocks(lines, size, allowed) if not single_gaps(take(lines, block)) - before]


def fewest_groups(lines: Sequence[str], count: int, allowed: str) -> int:
    """Into how many rows of neighbours a party must part; 0 when there are not enough seats."""
    lengths = sorted(
        (len(run) for line in lines for run in "".join(c if c in allowed else " " for c in line).split()), reverse=True
    )
    for groups, _length in enumerate(lengths, start=1):
        if sum(lengths[:groups]) >= count:
            return groups
    return 0


def spots_of(seat_ids: Collection[int]) -> set[Spot]:
    return {(seat // 100 - 1, seat % 100 - 1) for seat in seat_ids}


def count_groups(spots: Collection[Spot]) -> int:
    return sum((row, column - 1) not in spots for row, column in spots)
