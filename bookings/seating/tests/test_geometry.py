import pytest

from bookings.seating.geometry import (
    COMPANION,
    NO_SEAT,
    RESTRICTED,
    WHEELCHAIR,
    PlanRows,
    SeatSpot,
    get_rows,
)
from tests.factories import make_plan
from venues.models import Seat, SeatingPlan


def spot(seat: int, row: str, position: int, *, section: int = 1, y: float = 0.0, flags: int = 0) -> SeatSpot:
    return SeatSpot(seat, section, row, position, 1, 30.0 * position, y, flags)


def shown(rows: PlanRows) -> list[list[int]]:
    return [list(rows.ids[rows.starts[row] : rows.starts[row + 1]]) for row in range(len(rows.sections))]


def test_neighbours_lie_side_by_side_and_an_aisle_parts_them():
    rows = PlanRows(1, (0, -100), [spot(12, "A", 2), spot(11, "A", 1), spot(14, "A", 4)])

    assert shown(rows) == [[11, 12, NO_SEAT, 14, NO_SEAT]]


def test_two_seats_at_one_position_are_no_neighbours():
    rows = PlanRows(1, (0, -100), [spot(11, "A", 1), spot(12, "A", 1), spot(13, "A", 2)])

    assert shown(rows) == [[11, NO_SEAT, 12, 13, NO_SEAT]]


def test_rows_nearest_to_the_focal_point_come_first():
    seats = [spot(1, "A", 1, y=90), spot(2, "B", 1, y=30), spot(3, "A", 1, section=2, y=60)]

    rows = PlanRows(1, (30, 0), seats)

    assert shown(rows) == [[2, NO_SEAT], [3, NO_SEAT], [1, NO_SEAT]]
    assert list(rows.nearest) == [30, 60, 90]
    assert list(rows.sections) == [1, 2, 1]
    assert rows.rows_in_section(1) == [0, 2]


def test_a_seat_is_found_whatever_the_order_of_ids():
    rows = PlanRows(1, (0, 0), [spot(30, "A", 1), spot(10, "A", 2), spot(20, "B", 1, y=30)])

    assert [rows.ids[slot] for slot in rows.slots_of([10, 20, 30, 99])] == [10, 20, 30]
    assert rows.slot_of(99) is None
    slot = rows.slot_of(20)
    assert slot is not None
    assert slot in rows.slots_in_row(rows.row_of(slot))


@pytest.mark.django_db
def test_a_plan_is_read_once_with_flags_and_focus(django_assert_num_queries):
    plan = make_plan("A1 A2 A3 B1")
    for field, number in (("is_wheelchair", "1"), ("is_companion", "2"), ("has_restricted_view", "3")):
        Seat.objects.filter(section__plan=plan, row="A", number=number).update(**{field: True})

    with django_assert_num_queries(3):
        rows = get_rows(plan.pk)
        assert get_rows(plan.pk) is rows

    assert list(rows.flags[:3]) == [WHEELCHAIR, COMPANION, RESTRICTED]
    assert rows.focus == (plan.focus_x, plan.focus_y)


@pytest.mark.django_db
def test_a_plan_without_a_focal_point_faces_the_front():
    plan = make_plan()
    SeatingPlan.objects.filter(pk=plan.pk).update(focus_x=None, focus_y=None)

    assert get_rows(plan.pk).focus == (plan.left + plan.width / 2, plan.top)


def test_a_stadium_stays_under_three_megabytes():
    seats = [spot(seat, str(seat // 40), seat % 40, section=seat // 2000) for seat in range(1, 80_001)]
    rows = PlanRows(1, (0, 0), seats)

    arrays = [rows.ids, rows.categories, rows.flags, rows.x, rows.y, rows.distances, rows.by_id, rows.sorted_ids]

    assert sum(memoryview(each).nbytes for each in arrays) < 3_500_000
