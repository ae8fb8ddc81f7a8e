"""No choice leaves a new single gap while something else of its size is left."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bookings.seating.gaps import advise, find_gaps
from bookings.seating.tests import oracle
from bookings.seating.tests.halls import draw_hall, redraw, seats


def advice_on(lines, chosen):
    board = draw_hall(*lines)
    return board, advise(board, board.rows.slots_of(chosen))


@pytest.mark.parametrize(
    ("line", "chosen", "gap"),
    [
        ("x.....", [103], [102]),
        ("......x", [105], [106]),
        (".....", [101, 103], [102]),
        ("x.x...", [104], []),  # That gap was there before.
        ("x...", [104], []),
        (".....", [102], []),  # The end of the row is nobody's seat.
        ("|.....", [103], []),
        ("x|......", [104], []),  # Nor is an aisle.
        ("x..|...", [103], [102]),
        ("xc....", [103], []),  # A companion place is no use to one more guest.
        ("Xr....", [103], [102]),
    ],
)
def test_a_gap_is_one_free_seat_between_taken_ones_that_the_choice_makes(line, chosen, gap):
    board = draw_hall(line)

    assert seats(board, find_gaps(board, board.rows.slots_of(chosen))) == gap


def test_the_nearest_choice_that_leaves_no_gap_is_suggested():
    board, advice = advice_on(["x......"], [103, 104])

    assert seats(board, advice.gaps) == [102]
    assert seats(board, advice.better) == [102, 103]


def test_it_may_be_in_another_row_and_only_that_part_of_the_party_moves():
    board, advice = advice_on(["x...x", "..xxx", "....."], [103, 301])

    assert seats(board, advice.better) == [102, 301]
    board, advice = advice_on(["x...x", "..xxx", "....."], [102, 104, 301])
    assert seats(board, advice.gaps) == [103]
    assert seats(board, advice.better) == [201, 202, 301]


@pytest.mark.parametrize(
    "lines",
    [
        ["x...x"],  # Two of three: either way one is left.
        ["x...x", ".|.|."],  # Two elsewhere are not neighbours.
        ["x...x", "bbbb"],  # Not in this category.
        ["x...x", "rr"],  # Not with a view as good.
        ["x...x", "ww", "cc"],  # Not for ordinary guests.
    ],
)
def test_a_gap_is_allowed_when_nothing_else_of_the_size_is_left(lines):
    _board, advice = advice_on(lines, [102, 103])

    assert advice is None


def test_a_party_with_a_wheelchair_is_left_alone():
    _board, advice = advice_on(["xw.....", "....."], [102, 104])

    assert advice is None


def test_seats_of_a_restricted_view_may_be_exchanged_for_others():
    board, advice = advice_on(["x...x", "xrrrr"], [203, 204])

    assert seats(board, advice.better) in ([202, 203], [204, 205])


letters = st.sampled_from("....xxx|rbwc")
halls = st.lists(st.text(letters, min_size=1, max_size=9), min_size=1, max_size=4)


@st.composite
def halls_with_choices(draw):
    lines = draw(halls)
    free = [
        100 * (row + 1) + column + 1
        for row, line in enumerate(lines)
        for column, letter in enumerate(line)
        if letter in ".rb"
    ]
    if not free:
        return lines, []
    return lines, draw(st.lists(st.sampled_from(free), max_size=5, unique=True))


def tier_of(lines, spots):
    """The letters that a group may move to."""
    taken = [lines[row][column] for row, column in spots]
    allowed = {letter for letter in taken if letter != "r"}
    allowed |= {"."} if "r" in taken else set()
    # A restricted view is given only for a restricted view, and is of the first category here.
    return "".join(allowed) + ("r" if "r" in taken else "")


@given(halls_with_choices())
@settings(max_examples=300, deadline=None)
@example((["x.....x"], [103]))
def test_the_rule_agrees_with_its_plainest_telling(hall):
    lines, chosen = hall
    board, advice = advice_on(lines, chosen)
    spots = oracle.spots_of(chosen)
    gaps = oracle.single_gaps(oracle.take(lines, spots)) - oracle.single_gaps(lines)

    if not gaps:
        assert advice is None, "a choice without a gap is never refused"
        return
    stretches = list(by_stretch(lines, spots))
    alternatives = [
        oracle.gapless_blocks(oracle.take(lines, spots - part), len(part), tier_of(lines, part))
        for part in stretches
        if oracle.single_gaps(oracle.take(lines, spots)) - oracle.single_gaps(oracle.take(lines, spots - part))
    ]
    if not any(alternatives):
        assert advice is None, "nothing else of the size is left"
    else:
        assert advice is not None, "something else of the size is left"
    if advice is not None:
        better = seats(board, advice.better)
        assert seats(board, advice.gaps) == sorted(100 * (row + 1) + column + 1 for row, column in gaps)
        assert len(better) == len(chosen)
        assert advice_on(lines, better)[1] is None, "the suggestion is not refused in its turn"
        assert all(lines[row][column] in ".rb" for row, column in oracle.spots_of(better))
        if len(stretches) == 1:
            left = oracle.single_gaps(redraw(lines, better))
            assert not left - oracle.single_gaps(lines), "the suggestion leaves no gap"


def by_stretch(lines, spots):
    """The choice divided by rows and aisles."""
    for row in {row for row, _column in spots}:
        columns = sorted(column for each, column in spots if each == row)
        part = [columns[0]]
        for column in columns[1:]:
            if "|" in lines[row][part[-1] : column]:
                yield {(row, each) for each in part}
                part = []
            part.append(column)
        yield {(row, each) for each in part}
