"""The best places: together while a block fits, never someone's, and the nearest to the stage."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.seating.best import count_open, find_best
from bookings.seating.board import longest_runs
from bookings.seating.groups import divide
from bookings.seating.occupancy import Taken
from bookings.seating.tests import oracle
from bookings.seating.tests.halls import draw_hall, seats

ALL = {1, 2, 3}


def best(lines, count, categories=(1,), **wishes):
    board = draw_hall(*lines)
    return seats(board, find_best(board, categories, count, **wishes))


def test_an_empty_hall_gives_the_middle_of_the_front_row():
    assert best([".......", "......."], 3) == [103, 104, 105]


def test_a_party_stays_together_further_back_rather_than_apart_in_front():
    assert best(["..x..x..", "xxxxxxxx", "........"], 3) == [303, 304, 305]


def test_an_aisle_parts_a_block():
    assert best(["..|..", "...xx"], 3) == [201, 202, 203]


def test_only_the_wanted_category_is_given():
    assert best(["....", "bbbb"], 2, categories={2}) == [202, 203]
    assert best(["bb", "xx"], 2) == []


def test_any_price_means_the_nearest_even_over_two_categories():
    assert best(["bbbb", "...."], 2, categories=ALL) == [102, 103]
    assert best(["xx.bxx", "......"], 2, categories=ALL) == [103, 104]


def test_a_restricted_view_is_the_last_resort_before_parting():
    assert best(["rrrr", "xx.."], 2) == [203, 204]
    assert best(["rrrr", "x.x."], 2) == [102, 103]
    assert best(["rr..", "x.x."], 3) == [102, 103, 104], "one restricted view rather than two"


def test_wheelchair_and_companion_places_are_not_for_everyone():
    assert best(["wccw", ".x.x"], 2) == [201, 203]
    assert best(["wwcc"], 1) == []


def test_a_party_that_fits_nowhere_parts_into_the_fewest_groups_and_nobody_sits_alone():
    assert best(["..x..x.x..", "x.x.x.x.x"], 4) == [101, 102, 104, 105]
    assert best(["...x.xxxx", "x.x.x.x.x"], 4) == [101, 102, 103, 202]
    assert best([".x.x.", ".x.x."], 2) in ([103, 203], [101, 103])


def test_groups_are_close_to_each_other():
    apart = [".." + "x" * 14 + "..", "x" * 8 + "..xxxxxxxx", "x" * 8 + "..xxxxxxxx"]

    assert best(apart, 4) == [209, 210, 309, 310]


def test_more_than_there_are_is_nothing():
    assert best(["...", "x.."], 6) == []
    board = draw_hall("..rw", "xbc.")
    assert count_open(board, {1, 2}) == 5


def test_a_block_that_leaves_no_gap_is_preferred_where_the_session_asks_for_it():
    hall = ["x.....x", "......."]

    assert best(hall, 2) == [103, 104], "the very best would leave seat 102 alone"
    assert best(hall, 2, avoids_gaps=True) in ([102, 103], [105, 106])
    assert best(["x...x", "rrrr"], 2, avoids_gaps=True) == [102, 103], "a gap rather than a worse view"


def test_a_crowd_is_spread_over_the_next_best_blocks():
    hall = ["." * 9, "." * 9]

    found = {tuple(best(hall, 2, choices=6)) for _ in range(60)}

    assert 2 <= len(found) <= 6
    assert (104, 105) in found or (105, 106) in found


def test_a_wheelchair_user_gets_one_wheelchair_place_and_the_companion_beside_it():
    hall = [".........", "w.cw..w.c", "........."]

    assert best(hall, 1, is_accessible=True) == [204]
    assert best(hall, 2, is_accessible=True) == [203, 204]
    assert best(["...", "xx."], 1, is_accessible=True) == []


def test_friends_sit_as_near_as_they_can_when_companion_places_run_out():
    assert best(["....", "wc..", "...."], 4, is_accessible=True) == [201, 202, 203, 204]
    assert best(["....", "wcxx", "...."], 3, is_accessible=True) == [101, 201, 202]


def test_a_companion_place_of_another_row_with_a_wheelchair_place_is_not_taken():
    assert best(["w.", "cw"], 2, is_accessible=True) == [201, 202]
    assert best(["w.", "cX"], 2, is_accessible=True) == [101, 102]


@pytest.mark.parametrize(
    ("count", "lengths", "first"),
    [
        (4, [3, 3], (2, 2)),
        (4, [3, 1], (3, 1)),
        (5, [2, 2, 1], (2, 2, 1)),
        (30, [14, 14, 3], (14, 14, 2)),
        (4, [3], None),
    ],
)
def test_parties_are_divided_evenly_over_the_fewest_stretches(count, lengths, first):
    assert next(divide(count, lengths), None) == first


def test_the_longest_run_of_a_section_is_of_free_ordinary_seats():
    board = draw_hall("..x...w..", "xx|..b..x")

    assert longest_runs(Taken(board.rows, bytes(board.states), 1)) == {1: 5}


letters = st.sampled_from("....xxx|rbwc")
halls = st.lists(st.text(letters, min_size=1, max_size=9), min_size=1, max_size=5)


@given(lines=halls, count=st.integers(1, 6), avoids_gaps=st.booleans(), choices=st.sampled_from([1, 4]))
@settings(max_examples=300, deadline=None)
def test_best_available_agrees_with_brute_force(lines, count, avoids_gaps, choices):
    found = best(lines, count, avoids_gaps=avoids_gaps, choices=choices)
    spots = oracle.spots_of(found)

    assert all(oracle.letter_at(lines, spot) in ".r" for spot in spots), "free, ordinary and of the wanted category"
    groups = next(
        (fewest for allowed in (".", ".r") if (fewest := oracle.fewest_groups(lines, count, allowed)) == 1),
        oracle.fewest_groups(lines, count, ".") or oracle.fewest_groups(lines, count, ".r"),
    )
    assert len(found) == (count if groups else 0), "as many as asked for, or none"
    assert oracle.count_groups(spots) == groups, "together while a block fits, else in the fewest groups"
    if groups == 1 and oracle.fewest_groups(lines, count, ".") == 1:
        assert all(oracle.letter_at(lines, spot) == "." for spot in spots), "a full view while there is one"
        if avoids_gaps and (gapless := oracle.gapless_blocks(lines, count, ".")):
            assert tuple(sorted(spots)) in gapless
        elif choices == 1:
            assert distance(lines, spots) == min(distance(lines, block) for block in oracle.blocks(lines, count, "."))


def distance(lines, spots):
    across = 15.0 * (max(map(len, lines)) - 1)
    total = sum(((30.0 * column - across) ** 2 + (30.0 * row + 60.0) ** 2) ** 0.5 for row, column in spots)
    return round(total, 2)


@given(lines=halls, count=st.integers(1, 4))
@settings(deadline=None)
def test_a_wheelchair_party_is_one_wheelchair_place_and_places_it_may_have(lines, count):
    found = oracle.spots_of(best(lines, count, is_accessible=True))
    letters = [oracle.letter_at(lines, spot) for spot in found]

    if found:
        assert len(found) == count
        assert letters.count("w") == 1
        assert set(letters) <= set("w.cr")
    else:
        assert most_beside_a_wheelchair(lines) < count - 1


def most_beside_a_wheelchair(lines):
    """How many may come along at best; a companion place goes with a wheelchair place of its row, where it has one."""
    ordinary = sum(line.count(letter) for line in lines for letter in ".r")
    anywhere = sum(line.count("c") for line in lines if "w" not in line)
    return max((ordinary + anywhere + line.count("c") for line in lines if "w" in line), default=-1)
