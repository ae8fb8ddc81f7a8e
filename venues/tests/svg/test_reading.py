"""A drawing becomes a plan: its seats with labels, places and neighbours, its shapes behind them."""

import time

import pytest
from django.conf import settings

from tests.factories import make_hall
from venues.errors import PlanFileError
from venues.plans.svg import read_plan_svg
from venues.selectors import load_draft
from venues.services.plans import save_plan
from venues.tests.svg.drawing import circle, row_of, stadium, svg


def only_section(content, **options):
    (section,) = read_plan_svg(content, **options).draft.sections
    return section


def test_sections_rows_seats_and_categories_come_from_their_attributes():
    seat = '<circle data-section="Stalls" data-row="A" data-seat="{}" data-category="Best" cx="{}" cy="0" r="8"/>'
    section = only_section(svg(seat.format(2, 20) + seat.format(1, 0)))

    assert section.name == "Stalls"
    assert [(seat.row, seat.number, seat.x, seat.category, seat.position) for seat in section.seats] == [
        ("A", "1", 0, "Best", 0),
        ("A", "2", 20, "Best", 1),
    ]


def test_an_aisle_leaves_a_gap_in_the_positions():
    seats = "".join(circle(number, x=x) for number, x in [(1, 0), (2, 20), (3, 40), (4, 100), (5, 120)])
    section = only_section(svg(f'<g data-section="Stalls" data-row="A">{seats}</g>'))

    assert [seat.position for seat in section.seats] == [0, 1, 2, 4, 5]


def test_a_seat_drawn_twice_is_refused_with_both_places_in_the_file():
    with pytest.raises(PlanFileError) as refusal:
        read_plan_svg(svg(row_of(1, 2, 2)))

    assert "section “Stalls”, row A, seat 2 is there twice" in refusal.value.problems[0]


def test_a_stadium_is_read_in_seconds():
    content = stadium(100_000)
    started = time.process_time()
    reading = read_plan_svg(content)

    assert reading.counts.seats == 100_000
    assert reading.counts.rows == 2_500
    assert time.process_time() - started < 60  # About 4 s on an idle machine; a quadratic step takes minutes.


@pytest.mark.django_db
def test_a_drawing_survives_being_stored():
    draft = read_plan_svg(stadium(400, sections=4, per_row=20)).draft

    plan = save_plan(hall=make_hall(), draft=draft)

    assert load_draft(plan) == draft


def test_the_drawing_in_the_documentation_is_read_as_it_says():
    page = (settings.BASE_DIR / "docs" / "seating-plans.md").read_text()
    drawing = page.partition("```xml\n")[2].partition("```")[0]
    reading = read_plan_svg(drawing.encode())

    assert reading.unrecognised == []
    assert reading.draft.name == "City Theatre"
    assert reading.draft.focus == (400, 40)
    assert reading.counts.categories == {"Stalls": 2, "Balcony": 230, "Floor": 200}
    assert (reading.counts.wheelchair, reading.counts.companion, reading.counts.rows) == (1, 1, 13)
