"""A plan written as JSON is the same plan when it is read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.sample.plans import PLANS
from tests.factories import make_hall
from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.auditorium import Auditorium, Block, Placed, draft_auditorium
from venues.plans.checks import check_draft, label_key
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.plans.grid import Grid
from venues.plans.json_export import write_plan_json
from venues.plans.json_format import LARGEST_FILE, read_plan_json
from venues.plans.placing import RowShape
from venues.selectors import load_draft
from venues.services.plans import save_plan
from venues.tests.test_json_format import HALL

# Anything that can be shown, with spaces where people leave them.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12).filter(
    str.strip
)
LENGTHS = st.floats(-1e6, 1e6) | st.integers(-1_000_000, 1_000_000)
SIZES = st.floats(0.001, 1e6)
COLORS = st.from_regex(r"\A#[0-9a-fA-F]{6}\Z")
SPOTS = st.tuples(LENGTHS, LENGTHS)
POINTS = st.lists(st.lists(LENGTHS, min_size=2, max_size=2), min_size=3, max_size=5)
PAINT = {"color": COLORS, "border_color": COLORS, "rotation": LENGTHS, "text": st.text("ab é", max_size=5)}
PATHS = st.lists(st.integers(-900, 900), min_size=2, max_size=2).map(lambda at: f"M{at[0]} {at[1]}L0.5,-7C1 2 3 4 5 6Z")


def shapes_of(kind, **parts):
    fixed = {"kind": st.just(kind)} | parts
    return st.fixed_dictionaries(fixed, optional={key: value for key, value in PAINT.items() if key not in parts})


PLACED = {"x": LENGTHS, "y": LENGTHS}
SHAPES = st.one_of(
    shapes_of("stage", **PLACED, width=SIZES, height=SIZES),
    shapes_of("rectangle", **PLACED, width=SIZES, height=SIZES),
    shapes_of("circle", **PLACED, radius=SIZES),
    shapes_of("ellipse", **PLACED, rx=SIZES, ry=SIZES),
    shapes_of("polygon", points=POINTS),
    shapes_of("line", points=POINTS),
    shapes_of("path", d=PATHS),
    shapes_of("text", **PLACED, size=SIZES, text=st.text("ab é", max_size=5)),
)
BOXES = st.tuples(LENGTHS, LENGTHS, LENGTHS, LENGTHS).map(lambda edges: Bounds(*edges))
OUTLINES = st.just(()) | st.lists(SPOTS, min_size=3, max_size=4).map(tuple)
RANKS = st.integers(0, 1_000_000)


@st.composite
def drafts(draw):
    names = draw(st.lists(WORDS, min_size=1, max_size=3, unique_by=label_key))
    categories = st.sampled_from(names)
    standing = st.builds(
        SectionDraft, WORDS, capacity=st.integers(1, 900), category=categories, box=BOXES, outline=OUTLINES
    )
    seats = st.builds(SeatDraft, WORDS, WORDS, LENGTHS, LENGTHS, categories, RANKS, RANKS, *[st.booleans()] * 4)
    seated = st.builds(
        SectionDraft,
        WORDS,
        st.lists(
            seats, min_size=1, max_size=6, unique_by=lambda seat: (label_key(seat.row), label_key(seat.number))
        ).map(lambda found: (replace(found[0], is_wheelchair=True), *found[1:])),
        outline=OUTLINES,
    )
    return PlanDraft(
        name=draw(st.text("ab é ", max_size=9)),
        categories=tuple(CategoryDraft(name, draw(COLORS)) for name in names),
        sections=tuple(
            draw(st.lists(seated | standing, min_size=1, max_size=3, unique_by=lambda section: label_key(section.name)))
        ),
        shapes=tuple(draw(st.lists(SHAPES, max_size=4))),
        seat_size=draw(SIZES),
        focus=draw(st.none() | SPOTS),
        source=draw(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3) | st.none(), max_size=2)),
    )


@settings(deadline=None, max_examples=150)
@given(draft=drafts())
def test_any_plan_comes_back_without_loss(draft):
    check_draft(draft)

    assert read_plan_json(write_plan_json(draft)) == draft


@pytest.mark.parametrize("make_draft", PLANS.values(), ids=PLANS)
def test_every_sample_plan_comes_back_without_loss(make_draft):
    draft = make_draft()

    assert read_plan_json(write_plan_json(draft)) == draft


@pytest.mark.django_db
def test_the_concert_hall_is_the_same_after_import_store_export_and_import():
    draft = read_plan_json(HALL.read_bytes())

    plan = save_plan(hall=make_hall(), draft=draft)
    again = read_plan_json(write_plan_json(load_draft(plan)))

    assert again == load_draft(plan) == draft
    assert load_draft(save_plan(hall=make_hall(), draft=again)) == draft


def small():
    seats = (SeatDraft("A", "1", 5, 6, "Stalls", 3, 4, is_wheelchair=True), SeatDraft("A", "2", 35, 6, "Stalls", 3, 6))
    outline = ((0, 0), (40, 0), (40, 10))
    shapes = (
        {"kind": "stage", "x": 1, "y": -90, "width": 30, "height": 20, "text": "Stage", "rotation": 5},
        {"kind": "line", "points": [[0, 0], [1, 1]]},
        {"kind": "path", "d": "M 0 0L 5 5"},
    )
    sections = (
        SectionDraft("Stalls", seats, outline=outline),
        SectionDraft("Pit", (), 9, "Stalls", Bounds(0, 50, 9, 60)),
    )
    return PlanDraft("Small", (CategoryDraft("Stalls", "#ABCDEF"),), sections, shapes, focus=(3, 4))


def test_other_readers_find_their_own_fields_and_places_within_the_plans_size():
    content = json.loads(write_plan_json(small()))
    content.pop("houselights")

    draft = read_plan_json(json.dumps(content).encode())

    assert [section.name for section in draft.sections] == ["Stalls"]
    assert [(seat.row, seat.number) for seat in draft.sections[0].seats] == [("A", "1"), ("A", "2")]
    assert [shape["kind"] for shape in draft.shapes] == ["stage", "text"]
    assert all(0 < seat.x < content["size"]["width"] for seat in draft.sections[0].seats)


def test_what_another_program_moved_stays_moved():
    content = json.loads(write_plan_json(small()))
    for zone in content["zones"]:
        zone["position"]["x"] += 100
        zone["position"]["y"] -= 10
    content["zones"][0]["rows"][0]["position"]["y"] += 3

    draft = read_plan_json(json.dumps(content).encode())

    assert [(seat.x, seat.y) for seat in draft.sections[0].seats] == [(105, -1), (135, -1)]
    assert draft.sections[0].outline == ((100, -10), (140, -10), (140, 0))
    assert draft.sections[1].box == Bounds(100, 40, 109, 50)
    assert draft.shapes[0]["x"] == 101
    assert draft.shapes[1]["points"] == [[100, -10], [101, -9]]
    assert draft.shapes[2]["d"] == "M 100 -10L 105 -5"


def test_what_another_program_added_is_counted_on():
    content = json.loads(write_plan_json(small()))
    seats = content["zones"][0]["rows"][0]["seats"]
    seats.append({"seat_number": "3", "position": {"x": 65, "y": 6}, "category": "Stalls"})
    content["zones"][0]["areas"].append({"shape": "circle", "position": {"x": 1, "y": 2}, "circle": {"radius": 3}})

    draft = read_plan_json(json.dumps(content).encode())

    assert [seat.position for seat in draft.sections[0].seats] == [4, 6, 7]
    assert draft.shapes[-1] == {"kind": "circle", "x": 1, "y": 2, "radius": 3}


def test_its_colours_can_be_replaced_and_its_name_too():
    draft = read_plan_json(write_plan_json(small()), name="Other", is_recolored=True)

    assert (draft.name, draft.categories[0].color) == ("Other", PALETTE[0])


def changed(path, value):
    content = json.loads(write_plan_json(small()))
    parent = content
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return json.dumps(content).encode()


ZONE, SEAT = ("zones", 0), ("zones", 0, "rows", 0, "seats", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("houselights", "version"), 2),
        (("houselights", "seat_size"), 0),
        (("houselights", "seat_size"), "big"),
        (("houselights", "focus"), [1]),
        (("houselights", "focus"), [1, float("nan")]),
        (("houselights", "source"), []),
        (("houselights", "source"), {"x": float("inf")}),
        (("categories",), 5),
        (("categories", 0, "color"), "red"),
        ((*ZONE, "houselights"), 5),
        ((*ZONE, "houselights", "origin"), "left"),
        ((*ZONE, "houselights", "box"), [1, 2, 3]),
        ((*ZONE, "houselights", "outline"), [[0, 0], [1, 1], [1e400, 0]]),
        ((*ZONE, "houselights", "capacity"), -1),
        ((*ZONE, "houselights", "capacity"), True),
        ((*ZONE, "name"), "\ud800"),
        ((*ZONE, "position", "x"), 1e9),
        ((*ZONE, "areas", 0, "houselights", "kind"), ["stage"]),
        ((*ZONE, "areas", 0, "houselights", "kind"), "script"),
        ((*ZONE, "areas", 0, "rectangle"), {"kind": "path", "d": "M0 0 L javascript"}),
        ((*ZONE, "areas", 0, "rectangle", "onload"), "x"),
        ((*ZONE, "areas", 0, "text"), "Stage"),
        ((*ZONE, "areas", 1, "houselights", "points"), [[0, 0], ["1", 1]]),
        ((*ZONE, "areas", 2, "houselights", "d"), "M0 0 url(x)"),
        ((*ZONE, "rows", 0, "houselights", "rank"), -1),
        ((*ZONE, "rows", 0, "row_number"), 7),
        ((*SEAT, "houselights", "position"), 1.5),
        ((*SEAT, "houselights", "blocked"), "yes"),
        ((*SEAT, "seat_number"), "2"),
        ((*SEAT, "position"), None),
        ((*SEAT, "category"), "Gold"),
    ],
)
def test_a_tampered_export_is_refused_with_a_reason(path, value):
    with pytest.raises(PlanFileError) as refusal:
        read_plan_json(changed(path, value))

    assert 0 < len(refusal.value.problems) <= 20


def test_a_stadium_fits_into_the_largest_file():
    blocks = [
        Block(Grid(100, 300, section=f"Block {number}"), Placed.BEHIND if number % 2 else Placed.BESIDE)
        for number in range(3)
    ]
    draft = draft_auditorium("Stadium", Auditorium(blocks, RowShape.CURVED))

    content = write_plan_json(draft)

    assert len(content) / draft.place_count * 200_000 < LARGEST_FILE
    assert read_plan_json(content) == draft
