import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venues.errors import PlanFileError
from venues.plans.capacity import plan_from_capacity
from venues.plans.checks import check_draft
from venues.plans.grid import Align, Band, Grid, Numbering, Numbers, RowLabels, draft_grid, row_names
from venues.plans.naming import seat_numbers


def labels(draft):
    return [f"{seat.row}{seat.number}" for section in draft.sections for seat in section.seats]


def seats_of(draft):
    return {f"{seat.row}{seat.number}": seat for section in draft.sections for seat in section.seats}


@pytest.mark.parametrize(
    ("numbering", "numbers"),
    [
        (Numbering.LEFT, [1, 2, 3, 4, 5]),
        (Numbering.RIGHT, [5, 4, 3, 2, 1]),
        (Numbering.CENTRE, [5, 3, 1, 2, 4]),
        (Numbering.CENTRE_EVEN_LEFT, [4, 2, 1, 3, 5]),
    ],
)
def test_seats_are_numbered_from_the_chosen_side(numbering, numbers):
    assert seat_numbers(5, numbering) == numbers


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"numbers": Numbers.ODD}, [1, 3, 5]),
        ({"numbers": Numbers.EVEN}, [2, 4, 6]),
        ({"first": 101}, [101, 102, 103]),
        ({"numbers": Numbers.EVEN, "first": 0}, [0, 2, 4]),
    ],
)
def test_a_block_may_have_odd_or_even_numbers_or_begin_elsewhere(options, numbers):
    assert seat_numbers(3, Numbering.LEFT, **options) == numbers
    assert seat_numbers(3, Numbering.RIGHT, **options) == numbers[::-1]


def test_row_letters_go_on_with_two_letters():
    names = row_names(60, RowLabels.LETTERS)

    assert names[:3] == ["A", "B", "C"]
    assert names[25:28] == ["Z", "AA", "AB"]
    assert names[51:53] == ["AZ", "BA"]


def test_clear_row_letters_leave_out_those_that_read_like_digits():
    names = row_names(100, RowLabels.LETTERS_CLEAR)

    assert len(set(names)) == 100
    assert not any("I" in name or "O" in name for name in names)


def test_rows_may_be_numbered():
    assert labels(draft_grid("Plan", Grid(rows=2, columns=1, row_labels=RowLabels.NUMBERS))) == ["11", "21"]


@pytest.mark.parametrize(
    ("labels_", "first", "names"),
    [
        (RowLabels.LETTERS, "Y", ["Y", "Z", "AA"]),
        (RowLabels.LETTERS_CLEAR, "H", ["H", "J", "K"]),
        (RowLabels.LETTERS_CLEAR, "AA", ["AA", "AB", "AC"]),
        (RowLabels.NUMBERS, "11", ["11", "12", "13"]),
    ],
)
def test_rows_may_begin_with_another_name_and_count_from_the_back(labels_, first, names):
    assert row_names(3, labels_, first=first) == names
    assert row_names(3, labels_, first=first, from_back=True) == names[::-1]


def test_rows_named_from_the_back_keep_their_order_from_the_front():
    seats = seats_of(draft_grid("Plan", Grid(rows=2, columns=1, is_named_from_back=True)))

    assert (seats["B1"].row_rank, seats["A1"].row_rank) == (0, 1)
    assert seats["B1"].y < seats["A1"].y


def row_lengths(grid):
    seats = draft_grid("Plan", grid).sections[0].seats
    return [sum(1 for seat in seats if seat.row_rank == rank) for rank in range(grid.rows)]


def test_rows_grow_by_a_number_or_are_told_one_by_one():
    assert row_lengths(Grid(rows=3, columns=4, growth=2)) == [4, 6, 8]
    assert row_lengths(Grid(rows=3, columns=4, growth=-1)) == [4, 3, 2]
    assert row_lengths(Grid(rows=4, columns=1, row_seats=[5, 3, 7])) == [5, 3, 7, 7]


@pytest.mark.parametrize(
    ("align", "first_of_each"), [(Align.LEFT, [0, 0]), (Align.CENTRE, [30, 0]), (Align.RIGHT, [60, 0])]
)
def test_shorter_rows_stand_at_the_wanted_side(align, first_of_each):
    seats = seats_of(draft_grid("Plan", Grid(rows=2, columns=2, growth=2, align=align)))

    assert [seats["A1"].x, seats["B1"].x] == first_of_each


def test_an_aisle_runs_straight_through_rows_of_different_length():
    seats = seats_of(draft_grid("Plan", Grid(rows=2, columns=4, growth=2, aisles=[2])))

    assert seats["A3"].x == seats["B4"].x
    assert [seats[f"B{number}"].position for number in (1, 2, 3, 4, 5, 6)] == [0, 1, 2, 4, 5, 6]


def test_seats_are_named_one_by_one_or_as_a_range_of_a_row():
    grid = Grid(rows=2, columns=6, missing=["A2-4", "B/6"], wheelchair=["A5–A6"], blocked=["B1"], restricted=["B2-3"])
    draft = draft_grid("Plan", grid)

    assert labels(draft) == ["A1", "A5", "A6", "B1", "B2", "B3", "B4", "B5"]
    assert [label for label, seat in seats_of(draft).items() if seat.is_wheelchair] == ["A5", "A6"]
    assert [label for label, seat in seats_of(draft).items() if seat.is_blocked] == ["B1"]
    assert [label for label, seat in seats_of(draft).items() if seat.has_restricted_view] == ["B2", "B3"]


def test_in_rows_with_numbers_a_stroke_tells_row_and_seat_apart():
    grid = Grid(rows=11, columns=11, row_labels=RowLabels.NUMBERS, missing=["1/11"])

    assert [seat.number for seat in draft_grid("Plan", grid).sections[0].seats if seat.row == "1"][-1] == "10"


def test_an_aisle_leaves_a_gap_in_place_and_position():
    seats = seats_of(draft_grid("Plan", Grid(rows=1, columns=4, aisles=[2])))

    assert [seats[f"A{number}"].position for number in (1, 2, 3, 4)] == [0, 1, 3, 4]
    assert seats["A3"].x - seats["A2"].x > seats["A2"].x - seats["A1"].x


def test_a_missing_seat_leaves_a_gap_in_position():
    seats = seats_of(draft_grid("Plan", Grid(rows=1, columns=3, missing=["A2"])))

    assert seats["A3"].position - seats["A1"].position == 2


def test_a_cross_aisle_moves_the_rows_behind_it_back():
    seats = seats_of(draft_grid("Plan", Grid(rows=3, columns=1, cross_aisles=[2])))

    assert seats["C1"].y - seats["B1"].y > seats["B1"].y - seats["A1"].y
    assert [seats[label].row_rank for label in ("A1", "B1", "C1")] == [0, 1, 2]


def test_rows_behind_the_last_band_belong_to_it():
    draft = draft_grid("Plan", Grid(rows=4, columns=1, bands=[Band("Front", 1), Band("Back", 1)]))

    assert [seat.category for seat in draft.sections[0].seats] == ["Front", "Back", "Back", "Back"]


def test_wheelchair_and_companion_places_are_marked():
    seats = seats_of(draft_grid("Plan", Grid(rows=1, columns=3, wheelchair=["A1"], companion=["A2"])))

    assert (seats["A1"].is_wheelchair, seats["A2"].is_companion) == (True, True)
    assert not seats["A3"].is_wheelchair


def test_a_grid_without_a_stage_has_no_shapes():
    assert draft_grid("Plan", Grid(rows=1, columns=1, stage="")).shapes == ()


@pytest.mark.parametrize(
    ("grid", "sentence"),
    [
        (Grid(rows=0, columns=5), "1 to 200 rows, not 0"),
        (Grid(rows=5, columns=501), "1 to 500 seats, not 501"),
        (Grid(rows=5, columns=5, aisles=[5]), "after 1 to 4, not after 5"),
        (Grid(rows=5, columns=5, cross_aisles=[0]), "after 1 to 4, not after 0"),
        (Grid(rows=2, columns=5, bands=[Band("All", 3)]), "at most 2 in all"),
        (Grid(rows=2, columns=5, wheelchair=["C1", "A9"]), "no seat A9, C1"),
        (Grid(rows=2, columns=5, missing=["A4-3"]), "no seat A4-3"),
        (Grid(rows=11, columns=11, row_labels=RowLabels.NUMBERS, missing=["111"]), "write 1/11"),
        (Grid(rows=2, columns=5, companion=["A1"]), "sold with a wheelchair place"),
        (Grid(rows=9, columns=5, growth=-1), "1 to 500 seats, not -3"),
        (Grid(rows=2, columns=5, row_seats=[1, 2, 3]), "only 2 rows"),
        (Grid(rows=2, columns=5, row_seats=[0]), "not 0"),
        (Grid(rows=2, columns=5, row_start="I"), "No row is called “I”"),
        (Grid(rows=2, columns=5, row_start="A", row_labels=RowLabels.NUMBERS), "No row is called “A”"),
        (Grid(rows=2, columns=5, numbers=Numbers.ODD, numbering=Numbering.CENTRE), "need all numbers"),
        (Grid(rows=2, columns=5, numbers=Numbers.ODD, seat_start=2), "2 is not one of the numbers"),
        (Grid(rows=2, columns=5, seat_start=-1), "from 0"),
    ],
)
def test_an_impossible_grid_is_refused_with_the_reason(grid, sentence):
    with pytest.raises(PlanFileError) as refusal:
        draft_grid("Plan", grid)

    assert sentence in str(refusal.value)


@settings(deadline=None)
@given(
    rows=st.integers(1, 60),
    columns=st.integers(1, 60),
    row_labels=st.sampled_from(RowLabels),
    numbering=st.sampled_from(Numbering),
    data=st.data(),
)
def test_any_grid_has_every_seat_once_and_can_be_stored(rows, columns, row_labels, numbering, data):
    aisles = data.draw(st.lists(st.integers(1, columns - 1))) if columns > 1 else []
    from_back = data.draw(st.booleans())
    grid = Grid(rows, columns, row_labels=row_labels, numbering=numbering, aisles=aisles, is_named_from_back=from_back)

    draft = draft_grid("Plan", grid)

    check_draft(draft)
    seats = draft.sections[0].seats
    assert (
        len({(seat.row, seat.number) for seat in seats}) == len({(seat.x, seat.y) for seat in seats}) == rows * columns
    )


@settings(deadline=None)
@given(capacity=st.integers(1, 3000), seated=st.booleans())
def test_a_capacity_makes_exactly_as_many_places(capacity, seated):
    draft = plan_from_capacity("Plan", capacity, seated=seated)

    check_draft(draft)
    assert draft.place_count == capacity


@pytest.mark.parametrize("capacity", [0, -1, 200_001])
def test_an_impossible_capacity_is_refused(capacity):
    with pytest.raises(PlanFileError):
        plan_from_capacity("Plan", capacity)
