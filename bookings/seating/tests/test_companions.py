from bookings.seating.companions import lone_companions, wheelchair_places_for
from bookings.seating.tests.halls import draw_hall, seats


def test_a_companion_place_goes_with_the_wheelchair_places_of_its_row_or_else_of_its_section():
    board = draw_hall("wc.w", "..c.")
    first, second = board.rows.slots_of([102, 203])

    assert seats(board, wheelchair_places_for(board.rows, first)) == [101, 104]
    assert seats(board, wheelchair_places_for(board.rows, second)) == [101, 104]


def test_a_companion_place_is_lone_without_one_of_them_in_the_basket():
    board = draw_hall("wcXc", "..c.", "w...")

    for basket, lone in (
        ([101, 102], []),
        ([101, 102, 104, 203], []),
        ([102, 301], [102]),
        ([203, 301], []),
        ([102, 104, 201], [102, 104]),
    ):
        assert seats(board, lone_companions(board.rows, board.rows.slots_of(basket))) == lone


def test_in_a_section_without_wheelchair_places_a_companion_place_is_an_ordinary_seat():
    board = draw_hall(".c..")

    assert lone_companions(board.rows, board.rows.slots_of([102])) == []
