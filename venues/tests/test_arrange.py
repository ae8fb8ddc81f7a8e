import pytest

from venues.plans.arrange import centred_at, moved, moved_shape, stacked, turned
from venues.plans.capacity import plan_from_capacity
from venues.plans.checks import check_draft
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft, shape_bounds
from venues.plans.grid import Grid, draft_grid

ROW = SectionDraft("Stand", tuple(SeatDraft("A", str(n), x=n * 10.0, y=0.0, category="Stand") for n in (1, 2, 3)))


def spots(section):
    return [(round(seat.x, 6), round(seat.y, 6)) for seat in section.seats]


def test_a_section_moves_with_its_seats_or_its_box():
    floor = SectionDraft("Floor", capacity=9, category="Floor", box=Bounds(0, 0, 10, 20))

    assert spots(moved(ROW, right=5, down=7)) == [(15, 7), (25, 7), (35, 7)]
    assert moved(floor, right=5, down=7).box == Bounds(5, 7, 15, 27)


@pytest.mark.parametrize(
    ("quarters", "expected"),
    [
        (0, [(10, 0), (20, 0), (30, 0)]),
        (1, [(20, -10), (20, 0), (20, 10)]),
        (2, [(30, 0), (20, 0), (10, 0)]),
        (3, [(20, 10), (20, 0), (20, -10)]),
    ],
)
def test_a_section_turns_clockwise_about_its_centre(quarters, expected):
    assert spots(turned(ROW, quarters)) == expected


def test_a_section_can_be_centred_on_a_point():
    assert spots(centred_at(ROW, 0, 0, seat_size=0)) == [(-10, 0), (0, 0), (10, 0)]


def test_shapes_of_every_kind_move():
    assert moved_shape({"kind": "circle", "x": 1, "y": 2, "radius": 3}, right=10)["x"] == 11
    assert moved_shape({"kind": "polygon", "points": [[0, 0], [1, 2]]}, down=5)["points"] == [[0, 5], [1, 7]]


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        ({"kind": "stage", "x": 1, "y": 2, "width": 3, "height": 4}, (1, 2, 4, 6)),
        ({"kind": "circle", "x": 0, "y": 0, "radius": 2}, (-2, -2, 2, 2)),
        ({"kind": "ellipse", "x": 0, "y": 0, "rx": 3, "ry": 1}, (-3, -1, 3, 1)),
        ({"kind": "polygon", "points": [[0, 5], [4, 1]]}, (0, 1, 4, 5)),
    ],
)
def test_every_shape_has_bounds(shape, box):
    assert shape_bounds(shape) == box


def test_parts_are_stacked_from_the_front_without_touching():
    gallery = draft_grid("Gallery", Grid(rows=2, columns=6, section="Gallery", stage=""))

    plan = stacked("Club", [plan_from_capacity("Floor", 200, section="Floor"), gallery])

    check_draft(plan)
    floor, seats = (section.bounds(plan.seat_size) for section in plan.sections)
    assert floor.bottom < seats.top
    assert round(floor.centre[0]) == round(seats.centre[0])
    assert [category.name for category in plan.categories] == ["Floor", "Gallery"]
    assert [shape["text"] for shape in plan.shapes] == ["Stage", "Floor", "Gallery"]


def test_categories_of_one_name_are_merged():
    part = PlanDraft("Part", (CategoryDraft("Stand", "#111111"),), (ROW,))
    other = PlanDraft("Other", (CategoryDraft("Stand", "#222222"),), (SectionDraft("Back", ROW.seats),))

    assert stacked("Both", [part, other]).categories == (CategoryDraft("Stand", "#111111"),)
