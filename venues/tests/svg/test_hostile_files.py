"""Files made to hurt: they are refused in a sentence or read without what is harmful, and nothing is stored."""

import json
import time

import pytest

from tests.factories import make_hall
from venues.errors import PlanFileError
from venues.models import SeatingPlan
from venues.plans.svg import measuring, read_plan_svg
from venues.plans.svg.document import DEEPEST, LARGEST_FILE, MOST_ELEMENTS
from venues.services.plans import save_plan
from venues.tests.svg.drawing import circle, row_of, svg

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "lollollol">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + ']><svg xmlns="http://www.w3.org/2000/svg"><text>&i;</text></svg>'
).encode()
OUTSIDE = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg><text class="seat">&x;</text></svg>'
DEFAULTS = b'<!DOCTYPE svg [<!ATTLIST circle data-seat CDATA "1">]><svg><circle/></svg>'

REFUSED = {
    "an entity bomb": (BOMB, "declares entities"),
    "an entity from a file": (OUTSIDE, "declares entities"),
    "declared attributes": (DEFAULTS, "declares entities"),
    "50 MB": (b"<svg>" + b" " * 50 * 1024 * 1024 + b"</svg>", "larger than 20 MB"),
    "a compressed file": (b"\x1f\x8b\x08\x00", "compressed"),
    "no XML": (b"GIF89a", "line 1, column 1"),
    "broken XML": (b"<svg><g></svg>", "line 1"),
    "nothing": (b"", "no SVG"),
    "another document": (b"<html/>", "does not begin with an svg element"),
    "an unknown encoding": (b'<?xml version="1.0" encoding="x-none"?><svg/>', "SVG"),
    "deep nesting": (svg("<g>" * 10_000 + "</g>" * 10_000), "nests its groups deeper"),
    "deep nesting of what is left out": (svg("<b>" * 10_000 + "</b>" * 10_000), "nests its groups deeper"),
    "too many elements": (svg("<g/>" * (MOST_ELEMENTS + 1)), "more than 400000 elements"),
    "a use of itself": (svg('<g id="a"><use href="#a"/></g>' + row_of(1)), "it uses itself"),
    "uses in a circle": (
        svg('<defs><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g></defs><use href="#a"/>' + row_of(1)),
        "it uses itself",
    ),
    "a seat that uses itself": (svg('<g id="a"><use href="#a" data-row="A" data-seat="1"/></g>'), "it uses itself"),
    "uses that explode": (
        svg(
            '<g id="u0"><circle cx="0" cy="0" r="1"/></g>'
            + "".join(f'<g id="u{n}">' + f'<use href="#u{n - 1}"/>' * 12 + "</g>" for n in range(1, 10))
            + row_of(1)
        ),
        "repeats parts of itself",
    ),
    "NaN as a place": (svg(row_of(1) + '<circle id="bad" data-row="A" data-seat="9" cx="NaN" cy="0"/>'), "“bad”"),
    "infinity as a place": (svg(row_of(1) + '<circle data-row="A" data-seat="9" cx="1e999" cy="0"/>'), "circle (line"),
    "a seat far outside": (svg(row_of(1) + '<circle data-row="A" data-seat="9" cx="1e9" cy="0"/>'), "circle (line"),
    "NaN in a transform": (svg('<g transform="rotate(NaN)">' + row_of(1) + "</g>"), "transform"),
    "a transform of no kind": (svg('<g transform="warp(1)">' + row_of(1) + "</g>"), "transform"),
    "a seat drawn twice": (svg(row_of(1, 2, 1)), "is there twice"),
    "two rows that differ in case only": (
        svg(f'<g data-section="S"><g data-row="a">{circle(1)}</g><g data-row="A">{circle(1)}</g></g>'),
        "is there twice",
    ),
    "an id used twice": (
        svg('<g data-section="S" data-row="A">' + circle(1, 0, 0, "id='x'") + circle(2, 20, 0, "id='x'") + "</g>"),
        "has the same id",
    ),
    "no seats": (svg('<rect width="10" height="10"/>'), "no places"),
    "a seat without a name that fits": (svg(row_of("x" * 50)), "characters"),
    "styles nested without end": (svg(f"<style>{'{' * 3000}</style>{row_of(1)}"), "nested too deeply"),
    "a length full of spaces": (
        svg(f'<circle data-row="A" data-seat="9" cx="1{" " * 100_000}z" cy="0"/>'),
        "circle (line",
    ),
    "a category without end": (svg(f'<g data-category="{"x" * 500}">{row_of(1)}</g>'), "longer than"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_harmful_file_is_refused_in_a_sentence_and_nothing_is_stored(content, sentence):
    started = time.process_time()
    with pytest.raises(PlanFileError) as refusal:
        save_plan(hall=make_hall(), draft=read_plan_svg(content).draft)

    assert sentence in " ".join(refusal.value.problems)
    assert len(refusal.value.problems) <= 20
    assert time.process_time() - started < 30
    assert not SeatingPlan.objects.exists()


LEFT_OUT = {
    "a script": ("<script>alert(1)</script>", "element “script” (1)"),
    "a script of another namespace": ('<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>', "script"),
    "HTML": ("<foreignObject><body>alert(1)</body></foreignObject>", "element “foreignObject” (1)"),
    "an image from elsewhere": ('<image href="https://evil.example/alert.png"/>', "element “image” (1)"),
    "an event handler": ('<rect onclick="alert(1)" width="5" height="5"/>', "event handler “onclick” (1)"),
    "an animation": ('<rect width="5" height="5"><set attributeName="onload" to="alert(1)"/></rect>', "“set” (1)"),
    "a use from elsewhere": ('<use href="https://evil.example/alert.svg#a"/>', "outside the file (1)"),
    "a link": ('<a href="javascript:alert(1)"><rect width="5" height="5"/></a>', "outside the file (1)"),
    "a style from elsewhere": ('<style>@import "https://evil.example/alert.css";</style>', ""),
    "a fill from elsewhere": ('<rect width="5" height="5" style="fill:url(https://evil.example/alert)"/>', ""),
    "a clever style": ("<rect width='5' height='5' style='fill:red;}{behavior:url(alert.htc)'/>", ""),
    "a clever colour": ("<rect width='5' height='5' fill='red\" onload=\"alert(1)'/>", ""),
}


@pytest.mark.parametrize(("markup", "note"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_could_do_harm_is_left_out_and_told(markup, note):
    reading = read_plan_svg(svg(markup + row_of(1, 2), 'onload="alert(1)"'))

    kept = json.dumps([reading.draft.shapes, [str(section) for section in reading.draft.sections]])
    assert "alert" not in kept
    assert "evil" not in kept
    assert any(note in sentence for sentence in reading.unrecognised)
    assert any("event handler “onload”" in sentence for sentence in reading.unrecognised)
    assert reading.counts.seats == 2


def test_a_plain_document_type_is_no_harm():
    plain = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'

    assert read_plan_svg(plain + svg(row_of(1))).counts.seats == 1


def test_decoration_with_nan_is_left_out_and_named():
    reading = read_plan_svg(svg('<circle id="moon" cx="NaN" cy="0" r="5"/>' + row_of(1)))

    assert "circle “moon” (line 1" in reading.unrecognised[0]
    assert not reading.draft.shapes


def test_a_background_with_too_much_detail_is_cut_short_and_told():
    detail = "".join(f'<rect x="{n}" width="1" height="1"/>' for n in range(3000))
    reading = read_plan_svg(svg(detail + row_of(1)))

    assert len(reading.draft.shapes) == 2000
    assert any("(1000)" in sentence for sentence in reading.unrecognised)


def test_markup_in_words_stays_words():
    words = "&lt;script&gt;alert(1)&lt;/script&gt;"
    draft = read_plan_svg(svg(f'<text x="90" y="90">{words}</text>' + row_of(1))).draft

    assert draft.shapes[0]["text"] == "<script>alert(1)</script>"


def test_as_deep_as_drawing_programs_go_is_read():
    assert DEEPEST >= 40
    assert LARGEST_FILE == 20 * 1024 * 1024
    assert read_plan_svg(svg("<g>" * 40 + row_of(1) + "</g>" * 40)).counts.seats == 1


def test_paths_without_end_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(measuring, "MOST_PATH_DATA", 1000)
    long = "M0 0" + " 1 1" * 100

    with pytest.raises(PlanFileError, match="paths are longer"):
        read_plan_svg(svg(f'<g data-section="S"><path d="{long}"/><path d="{long}"/><path d="{long}"/></g>'))


def test_a_name_without_end_is_not_searched_for_parts():
    started = time.process_time()
    names = f'<circle id="seat-{"-" * 50_000}" r="1"/><circle id="seat-{"-" * 190}" r="1"/>'

    assert read_plan_svg(svg(names + row_of(1))).counts.seats == 1

    assert time.process_time() - started < 5
