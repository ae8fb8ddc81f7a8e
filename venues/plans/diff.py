"""What one version of a plan has that another has not."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from venues.plans.draft import PlanDraft, SeatDraft, SectionDraft
from venues.plans.pairing import NEAR, cells_of, pair_by_place

Row = list[SeatDraft]


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    RECATEGORISED = "recategorised"
    MARKED = "marked"  # Wheelchair, companion, restricted view or blocked.
    RENUMBERED = "renumbered"


@dataclass(frozen=True, slots=True)
class SeatChange:
    """One seat; `old` is missing where it was added, `new` where it was removed."""

    section: str
    old: SeatDraft | None
    new: SeatDraft | None
    kinds: frozenset[Kind]

    @property
    def seat(self) -> SeatDraft:
        seat = self.new or self.old
        assert seat is not None  # noqa: S101  One of the two is always there.
        return seat


@dataclass(frozen=True, slots=True)
class Renaming:
    """`section` is empty where a section or category was renamed, and names a row's section."""

    old: str
    new: str
    section: str = ""


@dataclass(slots=True)
class Difference:
    seats: list[SeatChange] = field(default_factory=list)
    sections_added: list[str] = field(default_factory=list)
    sections_removed: list[str] = field(default_factory=list)
    sections_renamed: list[Renaming] = field(default_factory=list)
    rows_renamed: list[Renaming] = field(default_factory=list)
    # Standing sections whose capacity, category or box is another.
    standing_changed: list[tuple[SectionDraft, SectionDraft]] = field(default_factory=list)
    categories_added: list[str] = field(default_factory=list)
    categories_removed: list[str] = field(default_factory=list)
    categories_renamed: list[Renaming] = field(default_factory=list)
    categories_recoloured: list[str] = field(default_factory=list)
    is_reordered: bool = False
    is_redrawn: bool = False
    plan_renamed: Renaming | None = None

    @property
    def counts(self) -> dict[Kind, int]:
        """How many seats; a seat that both moved and changed its category counts for each."""
        counts = Counter(kind for change in self.seats for kind in change.kinds)
        return {kind: counts[kind] for kind in Kind}

    @property
    def is_empty(self) -> bool:
        return self == Difference()


def compare_plans(old: PlanDraft, new: PlanDraft) -> Difference:
    """What changed from the old to the new; seats are matched by section, row and number.

    A section, row or seat that stayed in its place under another name counts as renamed. A seat has
    moved when it is more than half a seat from where it was.
    """
    difference = Difference(
        plan_renamed=Renaming(old.name, new.name) if old.name != new.name else None,
        is_redrawn=old.shapes != new.shapes or old.focus != new.focus,
    )
    sections = {section.name: section for section in old.sections}, {section.name: section for section in new.sections}
    seat_pairs = list(pair_sections(difference, *sections, seat_size=old.seat_size))
    renamed = compare_categories(difference, old, new, seat_pairs)
    for section, before, after in seat_pairs:
        if kinds := seat_kinds(before, after, renamed, nearest=old.seat_size * NEAR):
            difference.seats.append(SeatChange(section, before, after, kinds))
    compare_standing(difference, *sections, renamed)
    return difference


Pair = tuple[str, SeatDraft | None, SeatDraft | None]


def pair_sections(
    difference: Difference, old: dict[str, SectionDraft], new: dict[str, SectionDraft], *, seat_size: float
) -> Iterator[Pair]:
    """Every seat of the sections that differ, once, with the one it is in the other; notes sections and rows."""
    # Most versions leave most sections as they were, and finding places takes time.
    same = {name for name, section in old.items() if name in new and section.seats and section.seats == new[name].seats}
    pairs = {name: name for name in same} | pair_by_place(
        {name: cells_of(places_of(section), seat_size) for name, section in old.items() if name not in same},
        {name: cells_of(places_of(section), seat_size) for name, section in new.items() if name not in same},
    )
    difference.sections_renamed = [Renaming(name, other) for name, other in pairs.items() if name != other]
    difference.sections_removed = [name for name in old if name not in pairs]
    difference.sections_added = [name for name in new if name not in set(pairs.values())]
    for name in difference.sections_removed:
        yield from ((name, seat, None) for seat in old[name].seats)
    for name in difference.sections_added:
        yield from ((name, None, seat) for seat in new[name].seats)
    for name, other in pairs.items():
        if name not in same:
            yield from pair_rows(difference, old[name], new[other], seat_size)


def places_of(section: SectionDraft) -> Iterable[SeatDraft]:
    """Its seats, or the corners of a standing section as if seats stood there."""
    if section.seats or section.box is None:
        return section.seats
    box = section.box
    return [SeatDraft("", "", x, y, "") for x in (box.left, box.right) for y in (box.top, box.bottom)]


def pair_rows(difference: Difference, old: SectionDraft, new: SectionDraft, seat_size: float) -> Iterator[Pair]:
    old_rows, new_rows = rows_of(old), rows_of(new)
    pairs = pair_by_place(
        {name: cells_of(row, seat_size) for name, row in old_rows.items()},
        {name: cells_of(row, seat_size) for name, row in new_rows.items()},
    )
    difference.rows_renamed += [Renaming(row, other, new.name) for row, other in pairs.items() if row != other]
    taken = set(pairs.values())
    yield from ((new.name, seat, None) for row, seats in old_rows.items() if row not in pairs for seat in seats)
    yield from ((new.name, None, seat) for row, seats in new_rows.items() if row not in taken for seat in seats)
    for row, other in pairs.items():
        yield from pair_seats(new.name, old_rows[row], new_rows[other], seat_size)


def rows_of(section: SectionDraft) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for seat in section.seats:
        rows.setdefault(seat.row, []).append(seat)
    return rows


def pair_seats(section: str, old: Row, new: Row, seat_size: float) -> Iterator[Pair]:
    old_seats, new_seats = {seat.number: seat for seat in old}, {seat.number: seat for seat in new}
    pairs = {
        number: number
        for number, seat in old_seats.items()
        if number in new_seats and distance(seat, new_seats[number]) <= seat_size * NEAR
    }
    pairs |= pair_by_place(
        {number: cells_of([seat], seat_size) for number, seat in old_seats.items() if number not in pairs},
        {number: cells_of([seat], seat_size) for number, seat in new_seats.items() if number not in pairs},
    )
    taken = set(pairs.values())
    yield from ((section, seat, None) for number, seat in old_seats.items() if number not in pairs)
    yield from ((section, None, seat) for number, seat in new_seats.items() if number not in taken)
    yield from ((section, old_seats[number], new_seats[other]) for number, other in pairs.items())


def distance(one: SeatDraft, other: SeatDraft) -> float:
    return math.dist((one.x, one.y), (other.x, other.y))


def seat_kinds(
    old: SeatDraft | None, new: SeatDraft | None, renamed: dict[str, str], *, nearest: float
) -> frozenset[Kind]:
    if old is None:
        return frozenset({Kind.ADDED})
    if new is None:
        return frozenset({Kind.REMOVED})
    found = {
        Kind.MOVED: distance(old, new) > nearest,
        Kind.RECATEGORISED: renamed.get(old.category, old.category) != new.category,
        Kind.MARKED: marks_of(old) != marks_of(new),
        Kind.RENUMBERED: old.number != new.number,
    }
    return frozenset(kind for kind, is_so in found.items() if is_so)


def marks_of(seat: SeatDraft) -> tuple[bool, ...]:
    return seat.is_wheelchair, seat.is_companion, seat.has_restricted_view, seat.is_blocked


def compare_categories(
    difference: Difference, old: PlanDraft, new: PlanDraft, seat_pairs: Iterable[Pair]
) -> dict[str, str]:
    """Old name -> new name; a category is renamed when most of its seats went to one that is new."""
    old_colors = {category.name: category.color for category in old.categories}
    new_colors = {category.name: category.color for category in new.categories}
    gone, come = old_colors.keys() - new_colors.keys(), new_colors.keys() - old_colors.keys()
    moves = Counter(category_moves(old, new, seat_pairs))
    renamed: dict[str, str] = {}
    for (name, other), _count in moves.most_common():
        if name in gone and other in come and name not in renamed and other not in renamed.values():
            renamed[name] = other
    difference.categories_renamed = [Renaming(name, other) for name, other in renamed.items()]
    difference.categories_removed = [name for name in old_colors if name in gone and name not in renamed]
    difference.categories_added = [name for name in new_colors if name in come and name not in renamed.values()]
    kept = {name: renamed.get(name, name) for name in old_colors if name not in difference.categories_removed}
    difference.categories_recoloured = [
        other for name, other in kept.items() if old_colors[name].lower() != new_colors[other].lower()
    ]
    difference.is_reordered = list(kept.values()) != [name for name in new_colors if name in kept.values()]
    return renamed


def category_moves(old: PlanDraft, new: PlanDraft, seat_pairs: Iterable[Pair]) -> Iterator[tuple[str, str]]:
    """From which category to which, one item a seat or standing section."""
    yield from ((before.category, after.category) for _section, before, after in seat_pairs if before and after)
    after_by_name = {section.name: section for section in new.sections}
    for section in old.sections:
        if section.is_standing and section.name in after_by_name:
            yield section.category, after_by_name[section.name].category


def compare_standing(
    difference: Difference, old: dict[str, SectionDraft], new: dict[str, SectionDraft], renamed: dict[str, str]
) -> None:
    names = {renaming.old: renaming.new for renaming in difference.sections_renamed}
    for name, before in old.items():
        after = new.get(names.get(name, name))
        if after is None or name in difference.sections_removed or not (before.is_standing or after.is_standing):
            continue
        category = renamed.get(before.category, before.category)
        if (before.capacity, category, before.box) != (after.capacity, after.category, after.box):
            difference.standing_changed.append((before, after))
