import contextlib
import copy
import json
from collections import Counter

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.draft import bounds_of
from venues.plans.json_format import LARGEST_FILE, read_plan_json

HALL = settings.BASE_DIR / "sample_data" / "concert-hall" / "seating-plan-hall.json"


def make_file(rows=None, **changes):
    """A small valid file of one zone; `rows` maps row names to their y and seat numbers."""
    rows = rows or [("A", 0, "1 2"), ("B", 25, "1 2")]
    content = {
        "name": "Small hall",
        "categories": [{"name": "Stalls", "color": "#F44336"}],
        "zones": [
            {
                "name": "Ground floor",
                "position": {"x": 100, "y": 200},
                "rows": [make_row(*row) for row in rows],
                "areas": [],
            }
        ],
    }
    return content | changes


def make_row(name, y, numbers, x=0):
    seats = [
        {"seat_number": number, "position": {"x": 25 * index, "y": 0}, "category": "Stalls"}
        for index, number in enumerate(numbers.split())
    ]
    return {"row_number": name, "position": {"x": x, "y": y}, "seats": seats}


def read(content, **options):
    return read_plan_json(json.dumps(content).encode(), **options)


def problems_of(content):
    with pytest.raises(PlanFileError) as refusal:
        read(content)
    return refusal.value.problems


def test_positions_are_added_up_from_zone_to_seat():
    draft = read(make_file())

    seats = draft.sections[0].seats
    assert [(seat.row, seat.number, seat.x, seat.y) for seat in seats] == [
        ("A", "1", 100, 200),
        ("A", "2", 125, 200),
        ("B", "1", 100, 225),
        ("B", "2", 125, 225),
    ]
    assert (draft.name, draft.sections[0].name, draft.seat_size) == ("Small hall", "Ground floor", 21.2)


def test_the_real_hall_has_738_seats_that_people_can_tell_apart():
    draft = read_plan_json(HALL.read_bytes())

    labels = [(section.name, seat.row, seat.number) for section in draft.sections for seat in section.seats]
    assert len(labels) == len(set(labels)) == 738
    assert Counter(section.name.split(",")[0] for section in draft.sections) == {"Ground floor": 12, "First Floor": 3}
    assert Counter(len(section.seats) for section in draft.sections) == {42: 12, 78: 3}
    assert [category.name for category in draft.categories] == [f"Category {n}" for n in ("I", "II", "III", "IV", "V")]


def test_no_seat_of_the_real_hall_lies_on_another_or_outside_the_bounds():
    draft = read_plan_json(HALL.read_bytes())

    seats = [seat for section in draft.sections for seat in section.seats]
    cells = {(round(seat.x / 10), round(seat.y / 10)) for seat in seats}
    assert len(cells) == 738
    bounds, box = draft.bounds(), bounds_of((seat.x, seat.y) for seat in seats)
    assert bounds.left < box.left
    assert bounds.top < box.top
    assert bounds.right > box.right
    assert bounds.bottom > box.bottom


def test_the_rows_of_the_real_hall_count_from_the_stage_backwards():
    draft = read_plan_json(HALL.read_bytes())

    [stage] = [shape for shape in draft.shapes if shape["kind"] == "stage"]
    centre = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    for section in draft.sections[:12]:
        ranks = {}
        for seat in section.seats:
            distance = (seat.x - centre[0]) ** 2 + (seat.y - centre[1]) ** 2
            ranks[seat.row_rank] = min(distance, ranks.get(seat.row_rank, distance))
        assert sorted(ranks) == list(range(6))
        assert [ranks[rank] for rank in range(6)] == sorted(ranks.values())


def test_blocks_around_a_stage_are_counted_clockwise_and_labelled():
    draft = read_plan_json(HALL.read_bytes())

    centres = {section.name: section.bounds(0).centre for section in draft.sections}
    assert centres["Ground floor, block 1"][0] < centres["Ground floor, block 2"][0]
    assert centres["Ground floor, block 4"][0] == max(x for x, _ in centres.values())
    assert centres["Ground floor, block 10"][0] == min(x for x, _ in centres.values())
    texts = [shape["text"] for shape in draft.shapes if shape["kind"] == "text"]
    assert {"Block 1", "Block 12", "First Floor"} <= set(texts)


def test_neighbours_differ_by_one_and_an_aisle_leaves_a_gap():
    row = make_row("A", 0, "1 2 3")
    row["seats"][2]["position"]["x"] = 100
    content = make_file()
    content["zones"][0]["rows"] = [row, make_row("B", 25, "1 2 3 4")]

    seats = read(content).sections[0].seats

    assert [seat.position for seat in seats if seat.row == "A"] == [0, 1, 3]


def test_one_row_drawn_in_two_parts_stays_one_row():
    content = make_file()
    content["zones"][0]["rows"] = [make_row("A", 0, "3 4", x=100), make_row("A", 0, "1 2")]

    draft = read(content)

    assert [(seat.number, seat.row_rank, seat.position) for seat in draft.sections[0].seats] == [
        ("1", 0, 0),
        ("2", 0, 1),
        ("3", 0, 3),
        ("4", 0, 4),
    ]


def test_a_letter_repeated_within_one_block_is_told_apart():
    draft = read(make_file(rows=[("A", 0, "1 2"), ("A", 25, "1 2")]))

    assert {seat.row for seat in draft.sections[0].seats} == {"A", "A (2)"}


def test_zones_of_one_name_are_told_apart():
    content = make_file()
    content["zones"].append(copy.deepcopy(content["zones"][0]))

    draft = read(content)

    assert [section.name for section in draft.sections] == ["Ground floor", "Ground floor (2)"]
    assert len({(seat.x, seat.y) for section in draft.sections for seat in section.seats}) == 8


def test_blocks_side_by_side_are_counted_from_the_left():
    content = make_file()
    content["zones"][0]["rows"] = [make_row("A", 0, "1 2", x=500), make_row("A", 0, "1 2")]

    draft = read(content)

    assert [section.name for section in draft.sections] == ["Ground floor, block 1", "Ground floor, block 2"]
    assert draft.sections[0].seats[0].x < draft.sections[1].seats[0].x


def test_areas_become_background_shapes():
    content = make_file()
    content["zones"][0]["areas"] = [
        {
            "shape": "rectangle",
            "position": {"x": 0, "y": -100},
            "rectangle": {"width": 80, "height": 40},
            "color": "#abc",
        },
        {"shape": "circle", "position": {"x": 1, "y": 2}, "circle": {"radius": 3}, "rotation": 45},
        {"shape": "ellipse", "position": {"x": 1, "y": 2}, "ellipse": {"radius": {"x": 4, "y": 5}}},
        {
            "shape": "polygon",
            "position": {"x": 0, "y": 0},
            "polygon": {"points": [{"x": 0, "y": 0}, {"x": 9, "y": 0}, {"x": 0, "y": 9}]},
        },
        {"shape": "text", "position": {"x": 5, "y": 5}, "text": {"position": {"x": 1, "y": 1}, "text": "Bar"}},
    ]

    shapes = read(content).shapes

    assert list(shapes) == [
        {"kind": "stage", "x": 100, "y": 100, "width": 80, "height": 40, "color": "#aabbcc", "text": "Stage"},
        {"kind": "circle", "x": 101, "y": 202, "radius": 3, "rotation": 45},
        {"kind": "ellipse", "x": 101, "y": 202, "rx": 4, "ry": 5},
        {"kind": "polygon", "points": [[100, 200], [109, 200], [100, 209]]},
        {"kind": "text", "x": 106, "y": 206, "size": 16, "text": "Bar"},
    ]


def test_a_shape_called_stage_is_the_stage_even_when_another_is_larger():
    content = make_file()
    content["zones"][0]["areas"] = [
        {"shape": "rectangle", "position": {"x": 0, "y": -900}, "rectangle": {"width": 300, "height": 300}},
        {
            "shape": "rectangle",
            "position": {"x": 0, "y": -100},
            "rectangle": {"width": 80, "height": 40},
            "text": {"position": {"x": 40, "y": 20}, "text": "Main stage"},
        },
    ]

    kinds = [(shape["kind"], shape.get("width")) for shape in read(content).shapes]

    assert kinds == [("rectangle", 300), ("stage", 80), ("text", None)]


def test_colours_are_kept_or_replaced_by_ones_everyone_can_tell_apart():
    assert read(make_file()).categories[0].color == "#f44336"
    assert read(make_file(), is_recolored=True).categories[0].color == PALETTE[0]


def test_a_name_given_wins_over_the_one_in_the_file():
    assert read(make_file(), name="Concert layout").name == "Concert layout"


def test_numbers_may_be_numbers_and_flags_are_read():
    content = make_file()
    seat = content["zones"][0]["rows"][0]["seats"][0]
    seat |= {"seat_number": 7, "is_wheelchair": True, "has_restricted_view": True}

    first = read(content).sections[0].seats[0]

    assert (first.number, first.is_wheelchair, first.is_companion, first.has_restricted_view) == (
        "7",
        True,
        False,
        True,
    )


ROW = "zones[0].rows[1]"
SEAT = "zones[0].rows[1].seats[0]"


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("zones", None, "file.zones"),
        ("categories", {}, "file.categories"),
        ("categories.0.name", "", "categories[0].name"),
        ("categories.0.color", "red", "categories[0].color"),
        ("zones.0", [], "zones[0]"),
        ("zones.0.name", None, "zones[0].name"),
        ("zones.0.position", 7, "zones[0].position"),
        ("zones.0.rows", "A", "zones[0].rows"),
        ("zones.0.rows.1", 3, f"{ROW}"),
        ("zones.0.rows.1.row_number", None, f"{ROW}.row_number"),
        ("zones.0.rows.1.row_number", "A" * 30, f"{ROW}.row_number"),
        ("zones.0.rows.1.position", None, f"{ROW}.position"),
        ("zones.0.rows.1.seats", None, f"{ROW}.seats"),
        ("zones.0.rows.1.seats.0", "1", SEAT),
        ("zones.0.rows.1.seats.0.seat_number", "", f"{SEAT}.seat_number"),
        ("zones.0.rows.1.seats.0.seat_number", True, f"{SEAT}.seat_number"),
        ("zones.0.rows.1.seats.0.seat_number", "2", "zones[0].rows[1].seats[1]"),
        ("zones.0.rows.1.seats.0.position", {"x": "left", "y": 0}, f"{SEAT}.position.x"),
        ("zones.0.rows.1.seats.0.position", {"x": float("nan"), "y": 0}, f"{SEAT}.position.x"),
        ("zones.0.rows.1.seats.0.position", {"x": 0, "y": float("inf")}, f"{SEAT}.position.y"),
        ("zones.0.rows.1.seats.0.position", {"x": 0, "y": 10**400}, f"{SEAT}.position.y"),
        ("zones.0.rows.1.seats.0.position", {"x": True, "y": 0}, f"{SEAT}.position.x"),
        ("zones.0.rows.1.seats.0.category", "Balcony", SEAT),
        ("zones.0.rows.1.seats.0.category", None, f"{SEAT}.category"),
        ("zones.0.rows.1.seats.0.is_wheelchair", "yes", f"{SEAT}.is_wheelchair"),
        ("zones.0.areas", [{"shape": "heptagon"}], "zones[0].areas[0].shape"),
        ("zones.0.areas", [{"shape": ["circle"]}], "zones[0].areas[0].shape"),
        ("zones.0.areas", [{"shape": "circle"}], "zones[0].areas[0].circle"),
        ("zones.0.areas", [{"shape": "circle", "circle": {"radius": 0}}], "zones[0].areas[0].circle.radius"),
        ("zones.0.areas", [{"shape": "polygon", "polygon": {"points": []}}], "zones[0].areas[0].polygon.points"),
    ],
)
def test_a_fault_is_told_with_its_place_in_the_file(path, value, place):
    content = make_file()
    *parents, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    spot = content
    for step in parents:
        spot = spot[step]
    spot[last] = value

    problems = problems_of(content)

    assert any(problem.startswith(f"{place}: ") for problem in problems), problems


def test_a_uuid_used_twice_is_told_with_both_places():
    content = make_file()
    for row in content["zones"][0]["rows"]:
        row["seats"][0]["uuid"] = "6f2b"

    assert problems_of(content) == ["zones[0].rows[1].seats[0].uuid: zones[0].rows[0].seats[0] has the same uuid."]


def test_several_faults_are_told_at_once_but_no_more_than_twenty():
    content = make_file(rows=[(f"R{index}", 25 * index, "1 2") for index in range(30)])
    for row in content["zones"][0]["rows"]:
        row["seats"][0]["category"] = "Balcony"

    assert len(problems_of(content)) == 20


def test_a_file_without_seats_is_refused():
    content = make_file()
    content["zones"][0]["rows"] = []

    assert problems_of(content) == ["zones: there is no seat in the file."]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no JSON: line 1, column 1"),
        (b'{"zones": [}', "no JSON: line 1, column 12"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"[" * 200_000, "no JSON"),
        (b'{"zones": ' + b"1" * 5000 + b"}", "no JSON that can be read"),
        (b" " * (LARGEST_FILE + 1), "larger than 32 MB"),
        (b"[]", "file: an object is needed here"),
        (b"null", "file: an object is needed here"),
    ],
)
def test_what_is_no_plan_file_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(PlanFileError) as refusal:
        read_plan_json(content)

    assert sentence in str(refusal.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SPOTS = [
    ("categories",),
    ("zones",),
    ("zones", 0),
    ("zones", 0, "position"),
    ("zones", 0, "rows"),
    ("zones", 0, "areas"),
    ("zones", 0, "rows", 0),
    ("zones", 0, "rows", 0, "position"),
    ("zones", 0, "rows", 0, "row_number"),
    ("zones", 0, "rows", 0, "seats"),
    ("zones", 0, "rows", 0, "seats", 0),
    ("zones", 0, "rows", 0, "seats", 0, "position", "x"),
    ("zones", 0, "areas", 0, "rectangle"),
    ("zones", 0, "areas", 0, "text"),
]


@hypothesis_settings(deadline=None)
@given(spot=st.sampled_from(SPOTS), value=JSON)
def test_nonsense_anywhere_in_a_file_is_refused_or_read_but_never_a_crash(spot, value):
    content = make_file()
    content["zones"][0]["areas"] = [{"shape": "rectangle", "rectangle": {"width": 9, "height": 9}, "text": {}}]
    parent = content
    for step in spot[:-1]:
        parent = parent[step]
    parent[spot[-1]] = value

    with contextlib.suppress(PlanFileError):
        assert read(content).place_count > 0
