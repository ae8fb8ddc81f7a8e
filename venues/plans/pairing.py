"""Which part of one plan is which part of another: by its name where it stayed, else by its place."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

from venues.plans.draft import SeatDraft

Name = TypeVar("Name", bound=Hashable)
Cell = tuple[int, int]
Cells = Mapping[Name, Counter[Cell]]
# Of a seat's room: what moved less is where it was.
NEAR = 0.5


def cells_of(seats: Iterable[SeatDraft], seat_size: float) -> Counter[Cell]:
    """Where the seats are, on a grid as fine as a move that counts."""
    grain = seat_size * NEAR
    return Counter((round(seat.x / grain), round(seat.y / grain)) for seat in seats)


def pair_by_place(old: Cells[Name], new: Cells[Name]) -> dict[Name, Name]:
    """Old name -> new name of what is the same part.

    First the parts of one name that share at least half of their places, then the parts of two
    names that do (a part renamed), then what is left with the same name (a part moved). A plan whose
    rows all took the next letter is so seen as renamed, not as moved by one row.
    """
    pairs = {name: name for name in old if name in new and is_same_place(old[name], new[name])}
    free = {name: cells for name, cells in new.items() if name not in pairs}
    for name, other in renamed(((name, cells) for name, cells in old.items() if name not in pairs), free):
        pairs[name] = other
    taken = set(pairs.values())
    for name in old:
        if name not in pairs and name in new and name not in taken:
            pairs[name] = name
    return pairs


def renamed(
    parts: Iterable[tuple[Name, Counter[Cell]]], free: dict[Name, Counter[Cell]]
) -> Iterator[tuple[Name, Name]]:
    """Each part with the free one that lies in the same place, which is taken out of `free`."""
    owners: dict[Cell, list[Name]] = {}
    for name, cells in free.items():
        for cell in cells:
            owners.setdefault(cell, []).append(name)
    for name, cells in parts:
        shared = Counter(owner for cell in cells for owner in owners.get(cell, ()) if owner in free)
        for other, _count in shared.most_common(1):
            if is_same_place(cells, free[other]):
                del free[other]
                yield name, other


def is_same_place(one: Counter[Cell], other: Counter[Cell]) -> bool:
    shared = (one & other).total()
    return shared > 0 and 2 * shared >= max(one.total(), other.total())
