"""Whatever is uploaded, the answer is a plan or a refusal in words."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venues.errors import PlanFileError
from venues.plans.checks import find_problems
from venues.plans.svg import Area, Mapping, read_drawing
from venues.tests.svg.drawing import svg

TAGS = [
    *("g", "g", "g", "a", "svg", "use", "symbol", "defs", "circle", "circle", "ellipse", "rect", "line", "polyline"),
    *("polygon", "path", "text", "tspan", "title", "style", "script", "switch"),
]
GROUPS = {"g", "a", "svg", "symbol", "defs", "use"}
NUMBERS = ["0", "1", "20", "-3.5", "1e3", "7px", "5mm", "1e7", "1e400", "NaN", "inf", "10%", "x", "", "0x10", "١"]
LABELS = ["1", "A", "12", "", "  ", "é", "x" * 300]
COUNTS = ["1", "7", "0", "-1", "many", "999999", "²", "3.5"]
MARKS = ["", "no", "1,2", "x", "1e999 2"]
COLORS = ["red", "none", "#12", "#123456", "rgb(1,2,3)", "rgb(999,0,0)", "hsl(1e9,1%,1%)", "currentColor", "url(#a)"]
VALUES = {
    "x y cx cy r rx ry width height x1 y2 font-size": NUMBERS,
    "data-seat data-row data-section data-category": LABELS,
    "data-capacity data-rows data-seats": COUNTS,
    "data-wheelchair data-stage data-focus data-outline": MARKS,
    "fill stroke": COLORS,
    "id": ["a", "b", "seat-A-1", "A-2", "section-1", "row-B", "stage", "Seat_x20_1", "_xFFFF_", "_xD800_"],
    "class": ["seat", "seat a", "stage", "outline", "wheelchair", "category-x", ""],
    "href": ["#a", "#b", "", "#", "http://x/"],
    "transform": ["scale(0)", "rotate(30)", "translate(1e300)", "scale(1e300)", "matrix(1,2)", "skewX(90)", ""],
    "points": ["0,0 10,0 10,10", "0 0 9 9", "0 0", "", "0,0 NaN,1 2,2", "1 2 3", "0 0 0 0 0 0"],
    "d": [
        "M0 0H9V9Z",
        "M0 0a5 5 0 1 0 9 9",
        "M1 1C1 1",
        "Z",
        "L1 1",
        "M1e999 0L0 0",
        "M0 0",
        "",
        "M0 0A0 0 0 0 0 1 1z",
    ],
    "style": ["fill:red", "fill:url(#a)", "opacity:0", "display:none", "}{", "font-size:1e9px", "opacity:x"],
    "viewBox": ["0 0 10 10", "0 0 0 0", "x", "0 0 1e-300 1"],
}
CHOICES = {name: values for names, values in VALUES.items() for name in names.split()}
MAPPING = Mapping(areas={"A": Area(rows=3), "12": Area(seats=40), "é": Area(capacity=5)}, colors={"#ff0000": "Red"})


def draw_anything(random, depth=0):
    """An element of any kind with any attributes, mostly usable ones, and others inside."""
    tag = random.choice(TAGS)
    said = ""
    for name in random.sample(sorted(CHOICES), random.randint(0, 7)):
        values = CHOICES[name][:3] if random.random() < 0.6 else CHOICES[name]
        said += f' {name}="{random.choice(values)}"'
    inside = "1"
    if tag in GROUPS and depth < 3:
        inside = "".join(draw_anything(random, depth + 1) for _ in range(random.randint(0, 4)))
    return f"<{tag}{said}>{inside}</{tag}>"


def read(content, mapping=None):
    """The reading, or None after a refusal that says something."""
    try:
        return read_drawing(content, mapping=mapping)
    except PlanFileError as refusal:
        if not all(problem.strip() for problem in refusal.problems):
            raise AssertionError("a refusal without a reason") from refusal
    return None


@pytest.mark.parametrize("seed", range(10))
def test_any_drawing_becomes_a_plan_or_a_refusal_in_words(seed):
    random = Random(seed)
    for _ in range(50):
        drawing = "".join(draw_anything(random) for _ in range(random.randint(1, 4)))
        reading = read(svg(drawing), random.choice([Mapping(), MAPPING]))
        if reading is None:
            continue
        # Staff can change names and numbers, but not what we make of a background.
        assert not [problem for problem in find_problems(reading.draft) if "Background" in problem], drawing
        json.dumps(reading.draft.shapes, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<svg>{text}</svg>".encode()))
def test_any_bytes_are_read_or_refused_in_words(content):
    read(content)
