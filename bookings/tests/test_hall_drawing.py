"""Where names fit on an overview, which way the stage lies, and what a layout keeps."""

import re

import pytest
from django.utils import timezone

from bookings.availability import Moment
from bookings.seatmap import areas
from bookings.seatmap.frame import Frame, draw_direction
from bookings.seatmap.hall import Viewer, view_plan
from bookings.seatmap.layouts import get_plan_layout
from bookings.seatmap.scene import get_scene, title_of
from tests.factories import get_seat, make_event_session
from venues.models import SeatingPlan, Section
from venues.plans.draft import Bounds

SQUARE = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]
# A stand around three sides: its middle is the pitch.
HORSESHOE = [
    (0.0, 0.0),
    (300.0, 0.0),
    (300.0, 200.0),
    (250.0, 200.0),
    (250.0, 50.0),
    (50.0, 50.0),
    (50.0, 200.0),
    (0.0, 200.0),
]


def test_a_name_stands_in_the_middle_of_its_section():
    assert areas.roomiest(SQUARE) == (50.0, 50.0, 50.0)


def test_a_name_stands_inside_even_where_the_middle_is_not():
    x, y, room = areas.roomiest(HORSESHOE)

    assert areas.is_inside(HORSESHOE, x, y)
    assert room > 10


def test_corners_that_nobody_sees_are_left_out():
    many = [(float(x), 0.2 * (x % 2)) for x in range(100)] + [(100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]

    assert areas.simplify(many) == SQUARE


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["Section 104", "Section 105"], ["104", "105"]),
        (["Upper tier left", "Upper tier right"], ["left", "right"]),
        (["Stalls", "Balcony"], ["Stalls", "Balcony"]),
        (["Section 104", "Section 104"], ["104", "104"]),
        (["Section", "Section 5"], ["Section", "Section 5"]),
        (["Floor"], ["Floor"]),
        ([], []),
    ],
)
def test_words_that_all_names_share_are_left_out(names, short):
    assert areas.shorten(names) == short


@pytest.mark.parametrize(
    ("name", "title"), [("101", "Section 101"), ("A", "Section A"), ("B12", "Section B12"), ("Stalls", "Stalls")]
)
def test_a_bare_number_is_called_a_section(name, title):
    assert title_of(Section(name=name)) == title


@pytest.mark.parametrize(
    ("focus", "words", "turned"),
    [
        ((500, -900), "↑ Stage", False),
        ((500, 1900), "↓ Stage", False),
        ((-900, 500), "↑ Stage", True),
        ((1900, 500), "↑ Stage", True),
        ((1900, -900), "↗ Stage", False),
    ],
)
def test_a_section_says_which_way_the_stage_lies(focus, words, turned):
    plan = SeatingPlan(focus_x=focus[0], focus_y=focus[1], shapes=[{"kind": "stage", "text": "Stage"}])

    drawn = draw_direction(Frame(Bounds(0, 0, 1000, 1000), 1.0), plan)

    assert words in drawn
    assert ("rotate" in drawn) == turned


def test_a_section_around_the_stage_needs_no_sign():
    assert draw_direction(Frame(Bounds(0, 0, 1000, 1000), 1.0), SeatingPlan(focus_x=400, focus_y=600)) == ""


@pytest.mark.django_db
def test_each_seat_has_its_own_state_and_the_drawing_is_kept_once():
    event_session = make_event_session("A1 A2 A3 B1", now=timezone.now())
    scene, _moment = get_scene(event_session.pk)
    chosen, mine = (get_seat(event_session, label).pk for label in ("A2", "B1"))

    view = view_plan(scene, Moment(5, 5, 0, is_kept=True), Viewer(chosen=[chosen], mine=[mine]))

    states = dict(re.findall(r'value="(\d+)"[^>]*data-position="\d+"([^>]*)>', view.markup))
    assert states.pop(str(chosen)) == " checked"
    assert states.pop(str(mine)) == " disabled checked data-mine"
    assert set(states.values()) == {""}
    assert get_plan_layout(scene) is get_plan_layout(scene)
    assert view.view_box.startswith("0 0 ")


@pytest.mark.django_db
def test_names_from_a_file_cannot_write_markup():
    event_session = make_event_session("A1", now=timezone.now())
    event_session.plan.categories.update(color="#0072b2")
    Section.objects.filter(plan=event_session.plan).update(name='"><script>alert(1)</script>')
    scene, moment = get_scene(event_session.pk)

    assert "<script" not in view_plan(scene, moment).markup
