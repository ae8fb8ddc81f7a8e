"""What no plan may have, whichever way it came in."""

from dataclasses import replace

import pytest

from bookings.sample.plans import PLANS
from venues.errors import PlanFileError
from venues.plans.arrange import moved, moved_shape
from venues.plans.checks import check_draft
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft, shape_bounds

SEAT = SeatDraft("A", "1", 0, 0, "Stalls")
STALLS = SectionDraft("Stalls", (SEAT,))
FLOOR = SectionDraft("Floor", capacity=5, category="Stalls", box=Bounds(0, 0, 9, 9))
NAN, HUGE = float("nan"), 1e300


def plan_with(*sections, **changes):
    return replace(PlanDraft("Plan", (CategoryDraft("Stalls", "#0072b2"),), sections or (STALLS,)), **changes)


def shape(kind="rectangle", **parts):
    box = {"x": 0, "y": 0, "width": 10, "height": 10} if kind in ("rectangle", "stage") else {}
    return plan_with(shapes=({"kind": kind, **box, **parts},))


def problems_of(draft):
    with pytest.raises(PlanFileError) as refusal:
        check_draft(draft)
    return refusal.value.problems


@pytest.mark.parametrize("make_draft", PLANS.values(), ids=PLANS)
def test_every_sample_plan_is_sound(make_draft):
    check_draft(make_draft())


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (plan_with(focus=(NAN, 0)), "focal point"),
        (plan_with(focus=(0, HUGE)), "focal point"),
        (plan_with(seat_size=0), "size of a seat"),
        (plan_with(seat_size=NAN), "size of a seat"),
        (plan_with(source={"zoom": NAN}), "origin"),
        (plan_with(source={"text": "x" * 200_000}), "origin"),
        (plan_with(name="A\x00"), "plan's name"),
        (plan_with(categories=(CategoryDraft("Stalls", "red"),)), "does not look like #0072b2"),
        (plan_with(replace(STALLS, name="A\nB")), "cannot be shown"),
        (plan_with(replace(STALLS, name="\ud800")), "cannot be shown"),
        (plan_with(replace(STALLS, outline=((0, 0), (1, 1), (NAN, 2)))), "no usable outline"),
        (plan_with(replace(STALLS, outline=((0, 0), (1, 1)))), "no usable outline"),
        (plan_with(replace(FLOOR, outline=((0, 0), (1, HUGE), (2, 2)))), "no usable outline"),
        (plan_with(replace(FLOOR, box=Bounds(0, 0, NAN, 5))), "no usable box"),
        (plan_with(replace(STALLS, capacity=-2)), "either seats or a capacity"),
        (plan_with(replace(STALLS, seats=(replace(SEAT, x=HUGE),))), "no usable position"),
        (plan_with(replace(STALLS, seats=(replace(SEAT, position=-1),))), "no usable order"),
        (plan_with(replace(STALLS, seats=(replace(SEAT, row="\ud800"),))), "1 to 20 characters"),
        (plan_with(replace(STALLS, seats=(replace(SEAT, is_companion=True),))), "companion seats but no wheelchair"),
    ],
)
def test_what_cannot_be_kept_or_drawn_is_named(draft, sentence):
    assert [sentence in problem for problem in problems_of(draft)] == [True]


@pytest.mark.parametrize(
    "draft",
    [
        shape(kind="star"),
        shape(kind=["text"]),
        plan_with(shapes=("rectangle",)),
        shape(width=-1),
        shape(x=NAN),
        shape(color="red"),
        shape(color="#0072b2; x"),
        shape(rotation="90"),
        shape(text=5),
        shape(onclick="x"),
        shape(kind="circle", x=0, y=0),
        shape(kind="polygon", points=[[0, 0], [1, 1]]),
        shape(kind="polygon", points=[[0, 0], [1, 1], [2, "2"]]),
        shape(kind="line", points=[[0, 0]]),
        shape(kind="path", d="M0 0 L1"),
        shape(kind="path", d="M0 0 l1 1"),
        shape(kind="path", d="L0 0"),
        shape(kind="path", d="M0 0 Z 5 5"),
        shape(kind="path", d="M0 0 C1 1 2 2"),
        shape(kind="path", d="M0 0 L1e9 5"),
        shape(kind="path", d="M0 0 L9999999 5"),
        shape(kind="path", d=""),
    ],
)
def test_a_shape_that_cannot_be_drawn_is_refused(draft):
    assert ["shape 1" in problem for problem in problems_of(draft)] == [True]


@pytest.mark.parametrize(
    "draft",
    [
        shape(kind="stage", text="Stage"),
        shape(color="#ffffff", border_color="#000000", rotation=-12.5),
        shape(kind="ellipse", x=0, y=0, rx=4, ry=5),
        shape(kind="line", points=[(0, 0), [1, 1]]),
        shape(kind="path", d="M0,0L1.5-2 3,4C1 1 2 2 3 3Z M5 5 6 6Z"),
        shape(kind="text", x=0, y=0, size=12, text=""),
    ],
)
def test_every_kind_of_shape_is_welcome(draft):
    check_draft(draft)


def test_what_is_moved_takes_its_outline_and_every_shape_along():
    section = moved(replace(STALLS, outline=((0, 0), (1, 0), (1, 1))), right=5, down=-2)
    path = moved_shape({"kind": "path", "d": "M0,0L1.5-2C1 1 2 2 3 3Z"}, right=10, down=20)
    line = moved_shape({"kind": "line", "points": [[0, 0], [1, 2]]}, right=1)

    assert section.outline == ((5, -2), (6, -2), (6, -1))
    assert path["d"] == "M 10 20L 11.5 18C 11 21 12 22 13 23Z"
    assert shape_bounds(path) == (10, 18, 13, 23)
    assert line["points"] == [[1, 0], [2, 2]]
