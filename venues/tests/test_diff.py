"""Two plans compared: what was added, removed, moved, marked and renamed."""

from dataclasses import replace

import pytest

from venues.plans.diff import Difference, Kind, Renaming, compare_plans
from venues.plans.diff_words import describe, describe_change
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.plans.grid import Band, Grid, draft_grid


def plan(rows=4, columns=5, **fields):
    return draft_grid("Studio", Grid(rows=rows, columns=columns, bands=[Band("Front", 2), Band("Back", 2)], **fields))


def with_seats(draft, change):
    """`change` makes one seat of another, or None."""
    sections = []
    for section in draft.sections:
        seats = tuple(seat for seat in map(change, section.seats) if seat)
        sections.append(replace(section, seats=seats))
    return replace(draft, sections=tuple(sections))


def label(seat):
    return f"{seat.row}{seat.number}"


def only(labels, **fields):
    return lambda seat: replace(seat, **fields) if label(seat) in labels.split() else seat


def changed(difference, kind):
    return [label(change.seat) for change in difference.seats if kind in change.kinds]


def test_a_plan_does_not_differ_from_itself():
    difference = compare_plans(plan(), plan())

    assert difference.is_empty
    assert describe(difference) == []


def test_seats_are_added_and_removed():
    fewer = with_seats(plan(), lambda seat: None if label(seat) in {"A5", "B5"} else seat)

    assert changed(compare_plans(plan(), fewer), Kind.REMOVED) == ["A5", "B5"]
    assert changed(compare_plans(fewer, plan()), Kind.ADDED) == ["A5", "B5"]


@pytest.mark.parametrize(("by", "moved"), [(0.0, []), (11.9, []), (12.1, ["B2"]), (90.0, ["B2"])])
def test_a_seat_has_moved_when_it_is_more_than_half_a_seat_away(by, moved):
    def shift(seat):
        return replace(seat, y=seat.y - by) if label(seat) == "B2" else seat

    assert changed(compare_plans(plan(), with_seats(plan(), shift)), Kind.MOVED) == moved


@pytest.mark.parametrize("mark", ["is_wheelchair", "is_companion", "has_restricted_view", "is_blocked"])
def test_marks_and_categories_are_told_apart(mark):
    new = with_seats(with_seats(plan(), only("A1", category="Back")), only("C3 A1", **{mark: True}))

    difference = compare_plans(plan(), new)

    assert changed(difference, Kind.RECATEGORISED) == ["A1"]
    assert changed(difference, Kind.MARKED) == ["A1", "C3"]
    assert difference.counts[Kind.MARKED] == 2
    assert describe_change(difference.seats[0]).startswith("Front → Back, ")


def test_a_row_with_another_name_in_the_same_place_is_renamed():
    new = with_seats(plan(), lambda seat: replace(seat, row="AA") if seat.row == "A" else seat)

    difference = compare_plans(plan(), new)

    assert difference.rows_renamed == [Renaming("A", "AA", "Stalls")]
    assert difference.seats == []


def test_rows_that_all_take_the_next_letter_are_renamed_and_not_moved():
    new = with_seats(plan(), lambda seat: replace(seat, row=chr(ord(seat.row) + 1)))

    difference = compare_plans(plan(), new)

    assert [(each.old, each.new) for each in difference.rows_renamed] == [
        ("A", "B"),
        ("B", "C"),
        ("C", "D"),
        ("D", "E"),
    ]
    assert difference.seats == []


def test_a_row_numbered_from_the_other_side_is_renumbered():
    new = with_seats(plan(), lambda seat: replace(seat, number=str(6 - int(seat.number))) if seat.row == "A" else seat)

    difference = compare_plans(plan(), new)

    assert difference.counts[Kind.RENUMBERED] == 4
    assert difference.counts[Kind.MOVED] == 0


def test_sections_are_renamed_added_and_removed():
    two = replace(plan(), sections=(*plan().sections, SectionDraft("Box", (SeatDraft("1", "1", 900, 900, "Back"),))))
    new = replace(plan(), sections=(replace(plan().sections[0], name="Parquet"),))

    difference = compare_plans(two, new)

    assert difference.sections_renamed == [Renaming("Stalls", "Parquet")]
    assert difference.sections_removed == ["Box"]
    assert compare_plans(new, two).sections_added == ["Box"]
    assert difference.counts[Kind.REMOVED] == 1


def test_a_renamed_category_is_not_a_change_of_its_seats():
    categories = tuple(
        CategoryDraft("Stalls", "#000000") if category.name == "Front" else category for category in plan().categories
    )
    new = replace(with_seats(plan(), lambda s: replace(s, category="Stalls") if s.category == "Front" else s))
    new = replace(new, categories=categories[::-1])

    difference = compare_plans(plan(), new)

    assert difference.categories_renamed == [Renaming("Front", "Stalls")]
    assert difference.categories_recoloured == ["Stalls"]
    assert difference.is_reordered
    assert difference.seats == []


def test_a_standing_section_with_another_capacity_is_named():
    floor = SectionDraft("Floor", capacity=100, category="A", box=Bounds(0, 0, 50, 50))
    old = PlanDraft("Club", (CategoryDraft("A", "#000000"), CategoryDraft("B", "#111111")), (floor,))
    new = replace(old, sections=(replace(floor, capacity=120),))

    assert describe(compare_plans(old, new)) == ["standing sections changed: Floor (100 → 120)"]
    renamed = replace(old, sections=(replace(floor, name="Yard"),))
    assert compare_plans(old, renamed) == Difference(sections_renamed=[Renaming("Floor", "Yard")])


def test_everything_is_said_in_words():
    new = replace(with_seats(plan(5), only("A1 A2", is_blocked=True)), name="Bigger")

    assert describe(compare_plans(plan(), new)) == [
        "5 seats added",
        "2 seats with other marks",
        "plan renamed: Studio → Bigger",
    ]
