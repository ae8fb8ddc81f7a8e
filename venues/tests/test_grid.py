import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venues.errors import PlanFileError
from venues.plans.capacity import plan_from_capacity
from venues.plans.checks import check_draft
from venues.plans.grid import Band, Grid, Numbering, RowLabels, column_numbers, draft_grid, row_names


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
    ],
)
def test_seats_are_numbered_from_the_chosen_side(numbering, numbers):
    assert column_numbers(5, numbering) == numbers


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
    grid = Grid(rows=rows, columns=columns, row_labels=row_labels, numbering=numbering, aisles=aisles)

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
