"""What a drawing may call its seats, rows and sections, and what staff may tell it instead."""

from dataclasses import replace

import pytest

from venues.errors import PlanFileError
from venues.plans.svg import Mapping, read_plan_svg
from venues.tests.svg.drawing import circle, row_of, svg


def labels(content, mapping=None):
    draft = read_plan_svg(content, mapping=mapping).draft
    return [(section.name, seat.row, seat.number) for section in draft.sections for seat in section.seats]


def two(seat):
    """Two seats that differ in their number and place."""
    return seat.format(number=1, x=0) + seat.format(number=2, x=20)


SHAPE = 'cx="{x}" cy="0" r="8"'
FORMS = {
    "attributes": f'<circle data-section="S" data-row="A" data-seat="{{number}}" {SHAPE}/>',
    "names of a seat designer": (f'<circle data-zone-name="S" data-row-name="A" data-seat-name="{{number}}" {SHAPE}/>'),
    "an id in full": f'<circle id="seat-S-A-{{number}}" {SHAPE}/>',
    "a class and a text": f'<g class="seat" data-section="S" data-row="A"><circle {SHAPE}/><text>{{number}}</text></g>',
    "a text as the seat": '<text class="seat" data-section="S" data-row="A" x="{x}">{number}</text>',
    "an id in a section": f'<g id="section-S"><circle id="seat-A-{{number}}" {SHAPE}/></g>',
    "a short id in a section": f'<g id="block_S"><circle id="A-{{number}}" {SHAPE}/></g>',
    "a number in a row": f'<g id="zone-S"><g id="Row A"><circle id="seat-{{number}}" {SHAPE}/></g></g>',
    "ids as Illustrator writes them": (
        f'<g id="Section_x20_S"><g id="Row_x20_A"><circle id="Seat_x20_{{number}}" {SHAPE}/></g></g>'
    ),
    "Inkscape layers and labels": (
        '<g inkscape:groupmode="layer" inkscape:label="S"><g inkscape:groupmode="layer" inkscape:label="Row A">'
        f'<circle inkscape:label="Seat {{number}}" {SHAPE}/></g></g>'
    ),
    "Inkscape labels on groups": (
        '<g inkscape:label="Section S"><g inkscape:label="row A">'
        f'<circle inkscape:label="A-{{number}}" {SHAPE}/></g></g>'
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_seats_are_recognised_by_what_drawing_programs_and_people_write(form):
    assert labels(svg(two(form))) == [("S", "A", "1"), ("S", "A", "2")]


SHAPES = {
    "circle": '<circle data-seat="1" cx="30" cy="40" r="8"/>',
    "ellipse": '<ellipse data-seat="1" cx="30" cy="40" rx="8" ry="5"/>',
    "rect": '<rect data-seat="1" x="20" y="30" width="20" height="20"/>',
    "polygon": '<polygon data-seat="1" points="20,30 40,30 40,50 20,50"/>',
    "path": '<path data-seat="1" d="m20 30h20v20h-20z"/>',
    "curved path": '<path data-seat="1" d="M20,40 a10,10 0 1 0 20,0 a10 10 0 1 0 -20 0"/>',
    "group": '<g data-seat="1"><rect x="20" y="30" width="20" height="20"/><text x="0" y="0">1</text></g>',
    "use": '<defs><circle id="c" cx="10" cy="20" r="8"/></defs><use data-seat="1" href="#c" x="20" y="20"/>',
    "old use": (
        '<defs><g id="c"><circle cx="10" cy="20" r="8"/></g></defs><use data-seat="1" xlink:href="#c" x="20" y="20"/>'
    ),
    "symbol": (
        '<symbol id="s" viewBox="0 0 100 100"><circle cx="50" cy="50" r="40"/></symbol>'
        '<use data-seat="1" href="#s" x="20" y="30" width="20" height="20"/>'
    ),
    "text": '<text data-seat="1" x="30" y="40" text-anchor="middle" dominant-baseline="central">1</text>',
    "inner svg": (
        '<svg x="20" y="30" width="20" height="20" viewBox="0 0 2 2"><circle data-seat="1" cx="1" cy="1" r="1"/></svg>'
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_seat_lies_in_the_middle_of_whatever_it_is_drawn_as(shape):
    ((seat,),) = [section.seats for section in read_plan_svg(svg(f'<g data-row="A">{shape}</g>')).draft.sections]

    assert (seat.x, seat.y) == pytest.approx((30, 40), abs=0.02)


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        ("data-wheelchair", "is_wheelchair"),
        ("class=wheelchair", "is_wheelchair"),
        ("class=accessible", "is_wheelchair"),
        ("data-companion", "is_companion"),
        ("class=companion", "is_companion"),
        ("data-restricted", "has_restricted_view"),
        ("class=restricted-view", "has_restricted_view"),
        ("data-blocked", "is_blocked"),
        ("class=blocked", "is_blocked"),
    ],
)
def test_flags_come_from_attributes_and_classes(said, flag):
    name, _, value = said.partition("=")
    marked = circle(1, 0, 0, f'{name}="{value}"')
    plain = circle(2, 20, 0, f'{name}="no"')
    wheelchair = circle(3, 40, 0, "data-wheelchair=''")
    (section,) = read_plan_svg(svg(f'<g data-section="S" data-row="A">{marked}{plain}{wheelchair}</g>')).draft.sections

    assert getattr(section.seats[0], flag)
    assert not getattr(section.seats[1], flag)


def test_a_flag_on_a_group_holds_for_all_its_seats():
    reading = read_plan_svg(svg(f'<g class="wheelchair">{row_of(1, 2)}</g>'))

    assert reading.counts.wheelchair == 2


def test_a_category_comes_from_the_seat_or_the_groups_around_it():
    seats = circle(1, 0, 0, 'data-category="Best"') + circle(2, 20, 0) + circle(3, 40, 0, 'class="seat category-side"')
    reading = read_plan_svg(svg(f'<g data-section="S" data-row="A" data-category="Usual">{seats}</g>'))

    assert reading.counts.categories == {"Best": 1, "Usual": 1, "side": 1}


def test_the_drawing_may_say_which_categories_are_better():
    seats = circle(1, 0, 0, 'data-category="Good"') + circle(2, 20, 0, 'data-category="Best"')
    content = svg(f'<g data-section="S" data-row="A">{seats}</g>', 'data-categories="Best, Good"')

    assert [category.name for category in read_plan_svg(content).draft.categories] == ["Best", "Good"]


def test_colours_become_categories_under_the_names_staff_chose():
    seats = circle(1, 0, 0, 'fill="red"') + circle(2, 20, 0, 'style="fill:#00f"') + circle(3, 40, 0, 'class="gold"')
    content = svg(f'<style>.gold{{fill:gold}}</style><g data-section="S" data-row="A">{seats}</g>')

    unnamed = read_plan_svg(content)
    named = read_plan_svg(content, mapping=Mapping(colors={"#ff0000": "Front", "#0000ff": "Back", "#ffd700": "Front"}))

    assert unnamed.colors == {"#ff0000": 1, "#0000ff": 1, "#ffd700": 1}
    assert len(unnamed.draft.categories) == 3
    assert named.counts.categories == {"Front": 2, "Back": 1}


def test_staff_may_say_which_attribute_holds_what():
    content = svg('<circle class="chair" data-area="Left" data-reihe="4" data-platz="12" cx="0" cy="0" r="5"/>')
    mapping = replace(Mapping(), section=("data-area",), row=("data-reihe",), seat=("data-platz",))

    assert labels(content, mapping) == [("Left", "4", "12")]
    with pytest.raises(PlanFileError):
        read_plan_svg(content)


def test_staff_may_say_how_ids_and_titles_are_made():
    titled = '<circle cx="0" cy="0" r="5"><title>Row C, seat 7</title></circle>'
    by_id = '<circle id="balcony.C.8" cx="20" cy="0" r="5"/>'
    mapping = replace(Mapping(), seat=("title=Row {row}, seat {seat}", "id={section}.{row}.{seat}"))

    assert labels(svg(titled + by_id), mapping) == [("Seats", "C", "7"), ("balcony", "C", "8")]


@pytest.mark.parametrize("source", ["", "=", "id={chair}", "id={}", "id={row}-{row}", "data seat", "x" * 200])
def test_a_source_that_says_nothing_is_refused_in_a_sentence(source):
    with pytest.raises(PlanFileError, match="does not say where to look"):
        read_plan_svg(svg(row_of(1)), mapping=replace(Mapping(), seat=(source,)))


def test_the_mapping_is_kept_with_the_plan_and_read_back():
    mapping = replace(Mapping(), seat=("data-seat",), colors={"#ff0000": "Front"}, is_recolored=True)
    draft = read_plan_svg(svg(row_of(1)), mapping=mapping).draft

    assert draft.source["format"] == "svg"
    assert Mapping.from_json(draft.source["mapping"]) == mapping


def test_names_of_groups_that_drawing_programs_make_up_are_no_seats():
    content = svg(f'<g id="g-1"><g id="path-2"><g id="g10-3">{row_of(1, 2)}</g></g></g>')

    assert labels(content) == [("Stalls", "A", "1"), ("Stalls", "A", "2")]


def test_numbers_are_read_from_words_that_lie_on_the_seats():
    seats = "".join(f'<circle class="seat" cx="{20 * place}" cy="0" r="8"/>' for place in range(3))
    words = "".join(f'<text x="{20 * place - 4}" y="4" font-size="11">{15 - place}</text>' for place in range(3))
    reading = read_plan_svg(svg(f'<g data-section="S" data-row="A">{seats}</g>' + words))

    assert [seat.number for seat in reading.draft.sections[0].seats] == ["15", "14", "13"]
    assert not reading.draft.shapes


def test_seats_without_rows_and_numbers_get_them_by_where_they_lie():
    seats = "".join(f'<circle class="seat" cx="{x}" cy="{y}" r="5"/>' for y in (40, 0) for x in (20, 0, 40))
    reading = read_plan_svg(svg(seats))

    (section,) = reading.draft.sections
    assert [(seat.row, seat.number, seat.x, seat.y) for seat in section.seats] == [
        ("A", "1", 0, 0),
        ("A", "2", 20, 0),
        ("A", "3", 40, 0),
        ("B", "1", 0, 40),
        ("B", "2", 20, 40),
        ("B", "3", 40, 40),
    ]
    assert [note for note in reading.unrecognised if "6 seats" in note]
