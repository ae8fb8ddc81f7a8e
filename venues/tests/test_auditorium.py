"""Several blocks around one stage."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venues.plans.auditorium import Auditorium, AuditoriumError, Block, Placed, draft_auditorium
from venues.plans.blocks import is_covered
from venues.plans.checks import check_draft
from venues.plans.draft import bounds_of
from venues.plans.grid import Band, Grid
from venues.plans.outline import find_focus
from venues.plans.placing import RowShape
from venues.plans.rows import PITCH


def block(section, rows=4, columns=6, placed=Placed.BEHIND, **options):
    return Block(Grid(rows, columns, section=section, **options), placed)


def theatre(row_shape=RowShape.STRAIGHT, **options):
    """Stalls in three parts, and a balcony behind them."""
    blocks = [
        block("Left", **options),
        block("Centre", columns=10, placed=Placed.BESIDE, **options),
        block("Right", placed=Placed.BESIDE, **options),
        block("Balcony", rows=2, columns=20),
    ]
    return draft_auditorium("Theatre", Auditorium(blocks, row_shape))


def boxes(draft):
    return {section.name: bounds_of((seat.x, seat.y) for seat in section.seats) for section in draft.sections}


def rows_of(section):
    rows = {}
    for seat in section.seats:
        rows.setdefault(seat.row_rank, []).append(seat)
    return rows.values()


def distance(seat, spot):
    return math.dist((seat.x, seat.y), spot)


def test_blocks_stand_beside_and_behind_each_other():
    where = boxes(theatre())

    assert where["Left"].right < where["Centre"].left < where["Centre"].right < where["Right"].left
    assert where["Left"].top == where["Centre"].top == where["Right"].top
    assert where["Balcony"].top > where["Centre"].bottom
    assert where["Balcony"].centre[0] == pytest.approx(where["Centre"].centre[0])


def test_each_block_is_a_section_with_its_name_in_front():
    draft = theatre()

    assert [section.name for section in draft.sections] == ["Left", "Centre", "Right", "Balcony"]
    assert [shape["text"] for shape in draft.shapes] == ["Stage", "Left", "Centre", "Right", "Balcony"]


def test_a_block_beside_another_has_its_prices_and_one_behind_has_its_own():
    blocks = [
        block("Left", bands=[Band("Front", 1), Band("Back", 3)]),
        block("Right", placed=Placed.BESIDE, rows=2),
        block("Balcony"),
    ]
    draft = draft_auditorium("Theatre", Auditorium(blocks))

    assert [category.name for category in draft.categories] == ["Front", "Back", "Balcony"]
    assert len({category.color for category in draft.categories}) == 3
    assert [{seat.category for seat in row} for row in rows_of(draft.sections[1])] == [{"Front"}, {"Back"}]


def test_curved_rows_keep_their_distance_from_one_centre_and_from_each_other():
    draft = draft_auditorium("Arc", Auditorium([block("Stalls", rows=5, columns=20)], RowShape.CURVED, bend=90))
    section = draft.sections[0]
    radius = (20 * PITCH) / math.radians(90)
    front = [seat for seat in section.seats if seat.row_rank == 0]
    middle = (front[0].x + front[-1].x) / 2
    centre = (middle, -radius)

    for rank, row in enumerate(rows_of(section)):
        assert {round(distance(seat, centre), 1) for seat in row} == {round(radius + rank * PITCH, 1)}
        assert [b.position - a.position for a, b in pairwise(row)] == [1] * (len(row) - 1)
        assert [b.x > a.x for a, b in pairwise(row)] == [True] * (len(row) - 1)


def test_curved_rows_become_longer_as_far_as_there_is_room():
    def lengths(**options):
        blocks = [block("Stalls", rows=4, columns=20, **options)]
        draft = draft_auditorium("Arc", Auditorium(blocks, RowShape.CURVED, bend=90))
        return [len(row) for row in rows_of(draft.sections[0])]

    assert lengths() == [20, 21, 23, 24]
    assert lengths(growth=0) == [20, 20, 20, 20]


def test_fanned_blocks_are_straight_and_turned_to_the_stage():
    draft = theatre(RowShape.FANNED)
    left, centre, right, _balcony = draft.sections

    slope = [row[-1].y - row[0].y for row in (next(iter(rows_of(part))) for part in (left, centre, right))]
    assert slope[0] > 0 > slope[2]
    assert slope[1] == pytest.approx(0, abs=0.05)
    for row in rows_of(left):
        steps = {(round(b.x - a.x, 0), round(b.y - a.y, 0)) for a, b in pairwise(row)}
        assert len(steps) == 1
    turns = [shape.get("rotation", 0) for shape in draft.shapes if shape["kind"] == "text"]
    assert turns[0] > 0 > turns[2]


@pytest.mark.parametrize("bend", [20, 90, 180, 250])
def test_the_stage_stays_in_front_of_the_foremost_row(bend):
    draft = draft_auditorium("Arc", Auditorium([block("Stalls", columns=12)], RowShape.CURVED, bend=bend))
    stage = draft.shapes[0]

    for seat in draft.sections[0].seats:
        assert not (
            stage["x"] - 12 < seat.x < stage["x"] + stage["width"] + 12
            and stage["y"] - 12 < seat.y < stage["y"] + stage["height"] + 12
        )


@settings(deadline=None, max_examples=30)
@given(data=st.data(), row_shape=st.sampled_from(RowShape), bend=st.integers(1, 120))
def test_no_seat_of_any_auditorium_lies_on_another(data, row_shape, bend):
    blocks = [
        block(
            f"Block {number}",
            rows=data.draw(st.integers(1, 6)),
            columns=data.draw(st.integers(6, 12)),
            placed=data.draw(st.sampled_from(Placed)),
            growth=data.draw(st.sampled_from([None, 0, 1, -1])),
            aisles=data.draw(st.sampled_from([[], [2], [2, 4]])),
        )
        for number in range(data.draw(st.integers(1, 4)))
    ]

    draft = draft_auditorium("Any", Auditorium(blocks, row_shape, bend))

    check_draft(draft)
    spots = [[(seat.x, seat.y) for seat in row] for section in draft.sections for row in rows_of(section)]
    for index, row in enumerate(spots):
        assert not is_covered(row, [spot for other in spots[:index] for spot in other], nearest=PITCH * 0.8)


def test_the_best_seats_are_in_the_middle_of_the_front_row():
    draft = theatre(RowShape.CURVED)
    focus = find_focus(draft)

    seats = [seat for section in draft.sections for seat in section.seats]
    nearest = min(seats, key=lambda seat: distance(seat, focus))
    assert nearest in draft.sections[1].seats
    assert nearest.row == "A"


@pytest.mark.parametrize(
    ("auditorium", "fault"),
    [
        (Auditorium([block("A"), block("a ")]), (1, "section", "Another block")),
        (Auditorium([block("A"), block("B", aisles=[6])]), (1, "aisles", "after 1 to 5")),
        (Auditorium([block("A"), block("B", missing=["Z9"])]), (1, "missing", "no seat Z9")),
        (Auditorium([block("A")], RowShape.CURVED, bend=300), (None, "bend", "1 to 270")),
        (Auditorium([block("A")], RowShape.CURVED, bend=float("nan")), (None, "bend", "1 to 270")),
        (Auditorium([block("A", growth=40)], RowShape.CURVED, bend=270), (None, "bend", "behind the stage")),
        (Auditorium([]), (None, "", "1 to 40 blocks")),
        (Auditorium([block(str(n), 200, 500) for n in range(3)]), (None, "", "At most 200000 seats")),
    ],
)
def test_an_impossible_auditorium_is_refused_at_its_block_and_field(auditorium, fault):
    with pytest.raises(AuditoriumError) as refusal:
        draft_auditorium("Plan", auditorium)

    [found] = refusal.value.faults
    assert (found.block, found.field) == fault[:2]
    assert fault[2] in found.sentence
