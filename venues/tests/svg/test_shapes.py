"""Transforms, the focal point, the background and sections drawn as shapes."""

import math

import pytest

from venues.errors import PlanFileError
from venues.plans.svg import Area, Mapping, read_drawing, read_plan_svg
from venues.tests.svg.drawing import circle, row_of, svg


def only_section(content, **options):
    (section,) = read_plan_svg(content, **options).draft.sections
    return section


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ("translate(5)", (15, 20)),
        ("translate(5, 6)", (15, 26)),
        ("scale(2)", (20, 40)),
        ("scale(2 -1)", (20, -20)),
        ("rotate(90)", (-20, 10)),
        ("rotate(180 10 0)", (10, -20)),
        ("skewX(45)", (30, 20)),
        ("skewY(45)", (10, 30)),
        ("matrix(0 1 -1 0 100 200)", (80, 210)),
        ("translate(100) rotate(90) , scale(2)", (60, 20)),
        ("matrix(1e0,0,0,1,.5,-5e-1)", (10.5, 19.5)),
    ],
)
def test_every_transform_moves_seats_as_a_browser_does(transform, expected):
    one = only_section(svg(f'<circle data-row="A" data-seat="1" cx="10" cy="20" r="1" transform="{transform}"/>'))

    assert (one.seats[0].x, one.seats[0].y) == pytest.approx(expected, abs=0.01)


def test_transforms_of_nested_groups_are_applied_from_the_outside_in():
    inner = (
        '<g transform="scale(2)"><circle data-row="A" data-seat="1" cx="10" cy="0" r="1" transform="rotate(90)"/></g>'
    )
    section = only_section(svg(f'<g transform="translate(100 0) rotate(90)">{inner}</g>'))

    assert (section.seats[0].x, section.seats[0].y) == pytest.approx((80, 0), abs=0.01)


def test_a_turned_row_keeps_its_order_and_its_aisle():
    seats = "".join(circle(number, x=x) for number, x in [(1, 0), (2, 20), (3, 60), (4, 80)])
    section = only_section(svg(f'<g data-row="A" transform="rotate(70)">{seats}</g>'))

    assert [(seat.number, seat.position) for seat in section.seats] == [("1", 0), ("2", 1), ("3", 3), ("4", 4)]


def test_a_curved_row_has_no_aisle_and_rows_are_ranked_from_the_focus():
    def curve(row, radius):
        angles = [math.radians(10 + 5 * seat) for seat in range(8)]
        spots = enumerate(((radius * math.cos(each), radius * math.sin(each)) for each in angles), start=1)
        return f'<g data-row="{row}">' + "".join(circle(n, round(x, 2), round(y, 2)) for n, (x, y) in spots) + "</g>"

    section = only_section(svg(curve("B", 330) + curve("A", 300), 'data-focus="0 0"'))

    assert {seat.row: seat.row_rank for seat in section.seats} == {"A": 0, "B": 1}
    assert sorted({seat.position for seat in section.seats}) == list(range(8))


@pytest.mark.parametrize("factor", [0.001, 0.02, 5000])
def test_drawings_in_metres_or_hundredths_of_a_millimetre_are_brought_to_a_usual_size(factor):
    seats = row_of(1, 2, 3)
    draft = read_plan_svg(svg(f'<g transform="scale({factor})">{seats}</g>')).draft

    xs = [seat.x for seat in draft.sections[0].seats]
    assert xs[1] - xs[0] == pytest.approx(28.24, abs=0.05)


FOCUS = {
    "attribute of the drawing": (svg(row_of(1, 2), 'data-focus="30,-70"'), (30, -70)),
    "a stage by id": (svg(row_of(1, 2) + '<rect id="stage" x="0" y="-100" width="60" height="60"/>'), (30, -70)),
    "a pitch by class": (svg(row_of(1, 2) + '<ellipse class="pitch" cx="30" cy="-70" rx="9" ry="5"/>'), (30, -70)),
    "a group called screen": (
        svg(row_of(1, 2) + '<g inkscape:label="Screen"><path d="M0 -100h60v60h-60z"/><text>Screen</text></g>'),
        (30, -70),
    ),
    "a point of its own": (
        svg(
            row_of(1, 2)
            + '<rect id="stage" x="0" y="0" width="9" height="9"/><circle data-focus="" cx="30" cy="-70" r="2"/>'
        ),
        (30, -70),
    ),
}


@pytest.mark.parametrize(("content", "expected"), FOCUS.values(), ids=FOCUS)
def test_the_focal_point_is_the_middle_of_the_stage_or_what_the_drawing_says(content, expected):
    assert read_plan_svg(content).draft.focus == pytest.approx(expected)


def test_a_stage_is_shown_as_one_with_its_words():
    draft = read_plan_svg(svg(row_of(1) + '<rect data-stage="Bühne" x="0" y="-50" width="100" height="20"/>')).draft

    stage = draft.shapes[0]
    assert (stage["kind"], stage["text"], stage["width"]) == ("stage", "Bühne", 100)


def test_decoration_stays_as_background_with_its_colours():
    drawn = (
        '<rect x="1" y="2" width="30" height="40" fill="#fee" stroke="blue"/>'
        '<circle cx="5" cy="6" r="7" fill="none" stroke="#123456"/>'
        '<ellipse cx="5" cy="6" rx="7" ry="8" fill="rgb(1,2,3)"/>'
        '<line x1="0" y1="0" x2="9" y2="9" stroke="#abc"/>'
        '<polygon points="0,0 10,0 10,10" fill="green"/>'
        '<path d="M0 0 q10 10 20 0 t20 0 z" fill="#00f"/>'
        '<text x="50" y="50" text-anchor="middle" font-size="20" fill="#c00" transform="rotate(90 50 50)">Bar</text>'
        '<rect x="0" y="0" width="9" height="9" fill="none"/>'
    )
    shapes = read_plan_svg(svg(drawn + row_of(1))).draft.shapes

    assert [shape["kind"] for shape in shapes] == ["rectangle", "circle", "ellipse", "line", "polygon", "path", "text"]
    assert [shape.get("color") for shape in shapes] == [
        *("#ffeeee", None, "#010203", None, "#008000", "#0000ff", "#cc0000"),
    ]
    assert [shape.get("border_color") for shape in shapes[:4]] == ["#0000ff", "#123456", None, "#aabbcc"]
    assert (shapes[-1]["text"], shapes[-1]["rotation"]) == ("Bar", 90)


def test_a_turned_rectangle_and_a_squeezed_circle_keep_their_form():
    drawn = (
        '<rect x="0" y="0" width="10" height="10" transform="rotate(45)"/>'
        '<circle cx="0" cy="0" r="10" transform="scale(2 1)"/><circle cx="0" cy="0" r="10" transform="skewX(30)"/>'
    )
    square, oval, skewed = read_plan_svg(svg(drawn + row_of(1))).draft.shapes

    assert square["points"][2] == pytest.approx([0, 14.14], abs=0.01)
    assert (oval["kind"], oval["rx"], oval["ry"]) == ("ellipse", 20, 10)
    assert skewed["kind"] == "path"


def test_labels_of_rows_and_seats_are_left_to_the_map_and_other_words_stay():
    words = '<text x="-30" y="0">A</text><text x="20" y="4" text-anchor="middle">2</text><text x="0" y="90">Exit</text>'
    seats = "".join(circle(number, x=20 * place) for place, number in enumerate((1, 2)))
    draft = read_plan_svg(svg(f'<g data-section="S" data-row="A">{seats}{words}</g>')).draft

    assert [shape["text"] for shape in draft.shapes] == ["Exit"]


def test_a_section_is_outlined_by_its_shape():
    named = read_plan_svg(svg('<polygon data-section="Stalls" points="-20,-20 90,-20 90,20 -20,20"/>' + row_of(1, 2)))
    within = read_plan_svg(
        svg(f'<g data-section="S"><rect x="-20" y="-20" width="80" height="40"/><g data-row="A">{circle(1)}</g></g>')
    )

    assert named.draft.sections[0].outline == ((-20, -20), (90, -20), (90, 20), (-20, 20))
    assert within.draft.sections[0].outline == ((-20, -20), (60, -20), (60, 20), (-20, 20))


BLOCK = '<path id="section-Floor" {} d="M0,100 H200 V200 H0 Z" fill="#9ca3af"/>'


def test_a_shape_with_a_capacity_is_a_standing_section():
    reading = read_plan_svg(svg(BLOCK.format('data-capacity="250" data-category="Floor"') + row_of(1)))

    floor = reading.draft.sections[0]
    assert (floor.name, floor.capacity, floor.category) == ("Floor", 250, "Floor")
    assert floor.outline == ((0, 100), (200, 100), (200, 200), (0, 200))
    assert reading.counts.standing_places == 250


def test_staff_may_give_a_shape_without_numbers_places():
    content = svg(BLOCK.format(""))
    unsaid = read_drawing(content)
    standing = only_section(content, mapping=Mapping(areas={"Floor": Area(capacity=80, category="Pit")}))
    seated = only_section(content, mapping=Mapping(areas={"Floor": Area(rows=4, seats=42)}))

    assert [section.name for section in unsaid.seatless] == ["Floor"]
    assert "Section “Floor” is drawn without seats" in unsaid.unrecognised[0]
    assert (standing.capacity, standing.category) == (80, "Pit")
    assert len(seated.seats) == 42
    with pytest.raises(PlanFileError):
        read_plan_svg(content)


def rows_of(section):
    rows = {}
    for seat in section.seats:
        rows.setdefault(seat.row, []).append((seat.x, seat.y))
    return list(rows.values())


def test_generated_rows_fill_a_block_parallel_to_the_side_that_faces_the_focus():
    rows = rows_of(only_section(svg(BLOCK.format('data-rows="4" data-seats="40"'), 'data-focus="100 0"')))

    assert [len(row) for row in rows] == [10, 10, 10, 10]
    assert [{y for _x, y in row} for row in rows] == [{112.5}, {137.5}, {162.5}, {187.5}]
    assert [x for x, _y in rows[0]] == [10, 30, 50, 70, 90, 110, 130, 150, 170, 190]


def test_a_long_box_at_the_side_looks_across_the_hall_at_the_stage():
    box = '<path data-section="Box" data-rows="3" data-seats="30" d="M330,60 L420,60 L420,300 L330,300 Z"/>'
    rows = rows_of(only_section(svg(box, 'data-focus="0 20"')))

    assert [{x for x, _y in row} for row in rows] == [{345}, {375}, {405}]


def test_generated_rows_follow_a_curved_section_and_grow_outward():
    def at(radius, degrees):
        turn = math.radians(degrees)
        return f"{radius * math.cos(turn):.2f} {radius * math.sin(turn):.2f}"

    wedge = f"M{at(300, 60)} A300 300 0 0 1 {at(300, 120)} L{at(500, 120)} A500 500 0 0 0 {at(500, 60)} Z"
    content = svg(f'<path data-section="101" data-rows="8" data-seats="160" d="{wedge}"/>', 'data-focus="0 0"')
    rows = rows_of(only_section(content))

    assert sum(map(len, rows)) == 160
    assert len(rows[0]) < len(rows[-1])
    for index, row in enumerate(rows):
        distances = [math.hypot(x, y) for x, y in row]
        assert max(distances) - min(distances) < 3
        assert sum(distances) / len(distances) == pytest.approx(312.5 + 25 * index, abs=3)


@pytest.mark.parametrize(
    "shape",
    [
        '<circle data-section="S" data-seats="50" cx="0" cy="300" r="100"/>',
        '<path data-section="S" data-rows="5" data-seats="50" d="M0 100H200V300H100V200H0Z"/>',
        '<path data-section="S" data-rows="5" d="M0 100 L200 100 L100 300 Z"/>',
    ],
)
def test_generated_rows_stay_inside_round_cornered_and_triangular_shapes(shape):
    section = only_section(svg(shape, 'data-focus="100 0"'))
    xs, ys = zip(*((x, y) for x, y in section.outline), strict=True)

    assert section.seats
    assert all(min(xs) <= seat.x <= max(xs) and min(ys) <= seat.y <= max(ys) for seat in section.seats)
    assert len({(round(seat.x), round(seat.y)) for seat in section.seats}) == len(section.seats)


def test_a_number_of_places_that_is_none_is_refused_with_its_element():
    with pytest.raises(PlanFileError) as refusal:
        read_plan_svg(svg(BLOCK.format('data-capacity="many"')))

    assert "path “section-Floor” (line 1" in refusal.value.problems[0]
