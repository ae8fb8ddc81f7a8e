"""Changes to a plan that add, take away and move nothing: categories, marks, names and numbers.

Seats and sections are named by the keys they are stored under, categories by their key or, when
they are new, by one that the editor made up.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from venues.errors import PlanEditError
from venues.plans.checks import check_draft, label_key
from venues.plans.draft import CategoryDraft, PlanDraft, SeatDraft, SectionDraft, Shape

MARKS = ("is_wheelchair", "is_companion", "has_restricted_view", "is_blocked")


@dataclass(frozen=True, slots=True)
class KeyedDraft:
    """A plan with the keys of its parts, each in the order of the draft; only categories can be new."""

    draft: PlanDraft
    categories: tuple[str, ...]
    sections: tuple[int, ...]
    seats: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class MarkSeats:
    """Sets `category` (a key), `row` (a name) or one of MARKS."""

    seats: Sequence[int]
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class NumberSeats:
    """In the order given: first, first + step, ..."""

    seats: Sequence[int]
    first: int
    step: int


@dataclass(frozen=True, slots=True)
class ChangeSection:
    """`values`: name, and for a standing section category (a key) and capacity."""

    section: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SetCategories:
    """All of them, best first; one that is not listed goes."""

    items: dict[str, CategoryDraft]


@dataclass(frozen=True, slots=True)
class RenamePlan:
    name: str


Edit = MarkSeats | NumberSeats | ChangeSection | SetCategories | RenamePlan


class Sheet:
    """The changes so far; a category is a key here, because its name may still change."""

    def __init__(self, keyed: KeyedDraft) -> None:
        self.keyed = keyed
        self.name = keyed.draft.name
        self.categories = dict(zip(keyed.categories, keyed.draft.categories, strict=True))
        self.key_of = {category.name: key for key, category in self.categories.items()}
        self.sections: dict[int, dict[str, Any]] = {}
        self.seats: dict[int, dict[str, Any]] = {}
        # Categories that went although something still uses them, and how much does.
        self.lost: Counter[str] = Counter()

    def make(self, edit: Edit) -> None:
        match edit:
            case MarkSeats(seats, name, value):
                for seat in seats:
                    self.seats.setdefault(seat, {})[name] = value
            case NumberSeats(seats, first, step):
                for index, seat in enumerate(seats):
                    self.seats.setdefault(seat, {})["number"] = str(first + index * step)
            case ChangeSection(section, values):
                self.sections.setdefault(section, {}).update(values)
            case SetCategories(items):
                self.categories = items
            case RenamePlan(name):
                self.name = name

    def category(self, changes: dict[str, Any], name: str) -> str:
        """The name of what now is the category of something that had the one called `name`."""
        key = changes.get("category", self.key_of.get(name, ""))
        if key in self.categories:
            return self.categories[key].name
        self.lost[key] += 1
        return name

    def seat(self, key: int, seat: SeatDraft) -> SeatDraft:
        changes = self.seats.get(key, {})
        category = self.category(changes, seat.category)
        return seat if not changes and category == seat.category else replace(seat, **{**changes, "category": category})

    def section(self, key: int, section: SectionDraft, seat_keys: Sequence[int]) -> SectionDraft:
        changes = self.sections.get(key, {})
        if section.is_standing:
            return replace(section, **{**changes, "category": self.category(changes, section.category)})
        seats = (self.seat(seat_key, seat) for seat_key, seat in zip(seat_keys, section.seats, strict=True))
        return replace(section, seats=tuple(seats), **changes)


def apply_edits(keyed: KeyedDraft, edits: Iterable[Edit]) -> KeyedDraft:
    """The plan after the edits, made in their order; raises PlanEditError and, from the checks, PlanFileError."""
    sheet = Sheet(keyed)
    for edit in edits:
        sheet.make(edit)
    ensure_known(sheet)
    before = keyed.draft.sections
    after = tuple(map(sheet.section, keyed.sections, before, keyed.seats))
    if problems := [*lost_problems(sheet), *row_problems(before, after)]:
        raise PlanEditError(problems)
    renamed = {old.name: new.name for old, new in zip(before, after, strict=True) if old.name != new.name}
    draft = replace(
        keyed.draft,
        name=sheet.name,
        categories=tuple(sheet.categories.values()),
        sections=after,
        shapes=tuple(with_new_name(shape, renamed) for shape in keyed.draft.shapes),
    )
    check_draft(draft)
    return replace(keyed, draft=draft, categories=tuple(sheet.categories))


def ensure_known(sheet: Sheet) -> None:
    """A page that shows another plan may ask for what this one has not."""
    seats = {seat for seats in sheet.keyed.seats for seat in seats}
    if sheet.seats.keys() - seats or sheet.sections.keys() - set(sheet.keyed.sections):
        raise PlanEditError([_("Some of these seats or sections are not in this plan.")])
    for key, section in zip(sheet.keyed.sections, sheet.keyed.draft.sections, strict=True):
        if not section.is_standing and sheet.sections.get(key, {}).keys() - {"name"}:
            raise PlanEditError([_("Only standing sections have a capacity and a category of their own.")])


def lost_problems(sheet: Sheet) -> Iterator[str]:
    names = {
        key: category.name for category, key in zip(sheet.keyed.draft.categories, sheet.keyed.categories, strict=True)
    }
    for key, count in sheet.lost.items():
        if key not in names:
            yield _("A category that seats were given is not in the list of categories.")
            continue
        yield ngettext(
            "The category “%(name)s” cannot go: %(count)s seat or section still has it.",
            "The category “%(name)s” cannot go: %(count)s seats or sections still have it.",
            count,
        ) % {"name": names[key], "count": count}


def row_problems(before: Sequence[SectionDraft], after: Sequence[SectionDraft]) -> Iterator[str]:
    """Two rows must not become one by taking the same name."""
    for old, new in zip(before, after, strict=True):
        if old.seats is not new.seats:
            merged = merged_rows(new) - merged_rows(old)
            for name in sorted(merged):
                yield _("Section “%(section)s” would have two rows called “%(row)s”.") % {
                    "section": new.name,
                    "row": name,
                }


def merged_rows(section: SectionDraft) -> set[str]:
    """Names under which seats of more than one row stand."""
    ranks: dict[str, tuple[int, str]] = {}
    merged = set()
    for seat in section.seats:
        rank, name = ranks.setdefault(label_key(seat.row), (seat.row_rank, seat.row))
        if rank != seat.row_rank:
            merged.add(name)
    return merged


def with_new_name(shape: Shape, renamed: dict[str, str]) -> Shape:
    """The words in the background that say a section's name follow it."""
    text = shape.get("text")
    return shape | {"text": renamed[text]} if text in renamed else shape
