import math
from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_venue
from venues.errors import PlanFileError
from venues.models import Seat, SeatingPlan
from venues.plans.checks import find_problems
from venues.plans.stadium.drawing import draw_stadium
from venues.plans.stadium.stands import plan_stadium
from venues.plans.svg.reading import read_plan_svg

MOST_IN_A_SECTION = 3_500
GROUP = "{http://www.w3.org/2000/svg}g"


@pytest.mark.parametrize("capacity", [1_000, 4_321, 17_000, 48_000, 53_500, 82_500, 150_000])
def test_a_stadium_has_exactly_the_seats_asked_for_in_sections_of_a_size_to_show(capacity):
    stadium = plan_stadium(capacity)

    counts = [stand.seat_count for stand in stadium.stands]
    assert sum(counts) == capacity
    assert max(counts) <= MOST_IN_A_SECTION
    assert len({stand.name for stand in stadium.stands}) == len(counts)


def test_rows_grow_outward_and_seats_keep_their_distance():
    stadium = plan_stadium(30_000)
    # A corner without an opening, in the lower tier.
    stand = max((stand for stand in stadium.stands if stand.tier.number == 1), key=lambda stand: len(stand.rows[-1]))

    lengths = [len(row) for row in stand.rows]
    assert lengths[-1] > lengths[0]
    row = list(stadium.spots(stand, len(lengths) - 1))
    steps = [math.dist(one, other) for one, other in pairwise(row)]
    assert min(steps) > 0.49


def test_no_two_seats_of_a_stadium_lie_on_each_other():
    stadium = plan_stadium(30_000)
    spots = [spot for stand in stadium.stands for row in range(len(stand.rows)) for spot in stadium.spots(stand, row)]

    # In squares of a quarter of a metre.
    cells = Counter((round(x / 0.25), round(y / 0.25)) for x, y in spots)
    assert max(cells.values()) == 1


def test_a_drawing_is_the_same_every_time_and_names_its_sections_by_tier():
    drawing = draw_stadium(30_000, name="Rock & Roll Park")

    assert drawing == draw_stadium(30_000, name="Rock & Roll Park")
    root = ElementTree.fromstring(drawing)
    sections = [group.get("data-section") for group in root.iter(GROUP) if group.get("data-section")]
    assert sections[0] == "101"
    assert "201" in sections


def test_a_drawing_is_read_back_as_it_was_planned():
    stadium = plan_stadium(20_000)

    reading = read_plan_svg(draw_stadium(20_000, name="Park").encode())

    draft = reading.draft
    assert reading.unrecognised == []
    assert {section.name: len(section.seats) for section in draft.sections} == {
        stand.name: stand.seat_count for stand in stadium.stands
    }
    assert [category.name for category in draft.categories] == stadium.categories
    assert not list(find_problems(draft))
    assert draft.name == "Park"
    assert draft.focus == pytest.approx((0, 0))
    assert all(section.outline for section in draft.sections)
    assert reading.counts.wheelchair == reading.counts.companion > 0
    assert [shape["kind"] for shape in draft.shapes].count("stage") == 1


def test_an_opening_leaves_a_gap_between_positions():
    section = read_plan_svg(draw_stadium(20_000).encode()).draft.sections[1]

    third = section.seats[len(section.seats) // 3].row
    positions = [seat.position for seat in section.seats if seat.row == third]
    assert max(right - left for left, right in pairwise(positions)) == 2


@pytest.mark.parametrize("capacity", [0, -5, 999, 150_001])
def test_a_number_that_is_no_stadium_s_is_refused(capacity):
    with pytest.raises(PlanFileError, match="between 1000 and 150000 seats"):
        draw_stadium(capacity)


@pytest.mark.django_db
def test_the_command_saves_a_stadium_as_a_venue_s_plan(capsys):
    make_venue(slug="park")

    call_command("draw_stadium", capacity=5_000, name="Park", venue="park")

    plan = SeatingPlan.objects.get()
    assert (plan.name, plan.hall.name, plan.source["format"]) == ("Park", "Bowl", "svg")
    assert Seat.objects.filter(section__plan=plan).count() == 5_000
    assert "5000 seats in 32 sections" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_writes_a_file_or_to_standard_output(tmp_path, capsys):
    call_command("draw_stadium", capacity=1_000, output=tmp_path / "bowl.svg")
    call_command("draw_stadium", capacity=1_000)

    assert capsys.readouterr().out == (tmp_path / "bowl.svg").read_text() == draw_stadium(1_000)


@pytest.mark.django_db
def test_the_command_refuses_what_it_cannot_do(tmp_path):
    with pytest.raises(CommandError, match="no venue with the address nowhere"):
        call_command("draw_stadium", capacity=1_000, venue="nowhere")
    with pytest.raises(CommandError, match="between 1000 and 150000"):
        call_command("draw_stadium", capacity=10)
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("draw_stadium", capacity=1_000, output=tmp_path / "none" / "bowl.svg")
    assert not SeatingPlan.objects.exists()
