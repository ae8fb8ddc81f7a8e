"""A stored plan read back as the draft that makes it."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.factories import make_hall
from venues.plans.arrange import stacked
from venues.plans.capacity import plan_from_capacity
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.plans.grid import Band, Grid, draft_grid
from venues.plans.json_format import read_plan_json
from venues.selectors import load_draft
from venues.services.plans import save_plan

CONCERT_HALL = Path(settings.BASE_DIR) / "sample_data" / "concert-hall" / "seating-plan-hall.json"


def a_grid():
    bands = [Band("Front", 2), Band("Back", 4)]
    return draft_grid(
        "Studio", Grid(rows=6, columns=9, aisles=[4], cross_aisles=[3], bands=bands, wheelchair=["A1"], missing=["F9"])
    )


def a_club():
    floor = plan_from_capacity("Floor", 333, section="Floor")
    return stacked("Club", [floor, draft_grid("Gallery", Grid(rows=2, columns=5, section="Gallery", stage=""))])


def a_plan_that_says_everything():
    seats = (
        SeatDraft("B", "1", 0.1, 0.2, "Box", 1, 0, is_companion=True, has_restricted_view=True),
        SeatDraft("A", "1", 30.7, 0.3, "Pit", 0, 0, is_wheelchair=True),
        SeatDraft("A", "2", 61.3, 0.3, "Box", 0, 1, is_blocked=True),
    )
    outline = ((-20.0, -20.0), (90.0, -25.5), (90.0, 20.0))
    return PlanDraft(
        name="Everything",
        categories=(CategoryDraft("Pit", "#123456"), CategoryDraft("Box", "#abcdef")),
        sections=(
            SectionDraft("Right", seats, outline=outline),
            SectionDraft("Yard", capacity=7, category="Pit", box=Bounds(0.1, 100.2, 33.3, 155.7)),
        ),
        shapes=({"kind": "line", "points": [[0, 0], [5.5, 6]], "color": "#ffffff"},),
        seat_size=17.3,
        focus=(12.5, -80.0),
        source={"format": "svg", "mapping": {"seat": ".seat"}},
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make_draft",
    [a_grid, a_club, a_plan_that_says_everything, lambda: read_plan_json(CONCERT_HALL.read_bytes())],
    ids=["grid", "standing", "everything", "concert hall"],
)
def test_a_plan_is_read_back_as_the_draft_it_was_stored_from(make_draft, django_assert_num_queries):
    draft = make_draft()

    plan = save_plan(hall=make_hall(), draft=draft)
    plan.refresh_from_db()

    with django_assert_num_queries(3):
        assert load_draft(plan) == draft
