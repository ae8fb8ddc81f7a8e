"""The page that makes a plan: blocks of rows or a file, drawn while they are described."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import ORGANISER
from tests.factories import make_hall, make_user
from tests.staff import sign_in
from venues.models import SeatingPlan

pytestmark = pytest.mark.django_db
ADD = reverse("admin:venues_seatingplan_add")
PREVIEW = reverse("admin:venues_seatingplan_preview")


@pytest.fixture
def olga(client):
    sign_in(client, ORGANISER, "olga")
    return client


def fields_of(*blocks, **plan):
    data = {"name": "Usual", "stage": "Stage", "blocks-TOTAL_FORMS": len(blocks), "blocks-INITIAL_FORMS": 0}
    for number, block in enumerate(blocks):
        usual = {"section": f"Block {number + 1}", "rows": 2, "columns": 3}
        data |= {f"blocks-{number}-{name}": value for name, value in (usual | block).items()}
    return data | plan


def preview(olga, *blocks, **plan):
    return olga.post(PREVIEW, fields_of(*blocks, **plan)).json()


def seats_of(plan):
    return [
        f"{section.name} {seat.row}{seat.number}" for section in plan.sections.all() for seat in section.seats.all()
    ]


def test_the_page_opens_with_a_plan_already_drawn(olga):
    page = olga.get(ADD, {"hall": make_hall().pk})

    content = page.content.decode()
    assert page.status_code == 200
    assert content.count('class="plan-seat"') == 200
    assert "plan-problem" not in content.partition('<template id="plan-next-block">')[0].replace("plan-problems", "")
    assert (
        " style=" not in content[content.index('id="plan-form"') : content.index("</form>", content.index("plan-form"))]
    )


def test_rows_and_seats_alone_make_a_plan(olga):
    response = olga.post(ADD, fields_of({}, hall=make_hall().pk))

    plan = SeatingPlan.objects.get()
    assert response.status_code == 302
    assert plan.source["format"] == "form"
    assert plan.source["blocks"] == [{"section": "Block 1", "rows": "2", "columns": "3"}]
    assert seats_of(plan) == [f"Block 1 {row}{number}" for row in "AB" for number in (1, 2, 3)]


def test_every_field_of_a_block_does_what_it_says(olga):
    block = {
        "rows": 4,
        "columns": 4,
        "bands": "Best: 1\nCheap: 3",
        "aisles": "2",
        "cross_aisles": "3",
        "growth": 1,
        "align": "left",
        "row_labels": "numbers",
        "row_start": "11",
        "row_order": "back",
        "numbering": "right",
        "numbers": "odd",
        "seat_start": 101,
        "wheelchair": "14/101",
        "companion": "14/103",
        "restricted": "13/101 - 105",
        "blocked": "12/101",
        "missing": "11/113",
    }
    olga.post(ADD, fields_of(block, hall=make_hall().pk))

    section = SeatingPlan.objects.get().sections.get()
    seats = {(seat.row, seat.number): seat for seat in section.seats.select_related("category")}
    assert [sum(1 for row, _number in seats if row == name) for name in ("14", "13", "12", "11")] == [4, 5, 6, 6]
    assert seats["14", "107"].x < seats["14", "101"].x
    assert seats["14", "107"].x == seats["13", "109"].x
    assert (seats["14", "101"].position, seats["14", "103"].position, seats["14", "105"].position) == (4, 3, 1)
    assert seats["11", "101"].y - seats["12", "101"].y > seats["12", "101"].y - seats["13", "101"].y
    assert (seats["14", "101"].category.name, seats["13", "101"].category.name) == ("Best", "Cheap")
    assert (seats["14", "101"].is_wheelchair, seats["14", "103"].is_companion) == (True, True)
    assert sum(seat.has_restricted_view for seat in seats.values()) == 3
    assert seats["12", "101"].is_blocked


def test_a_theatre_of_three_blocks_is_curved_around_its_stage(olga):
    blocks = [{}, {"placed": "beside"}, {"placed": "behind"}]
    olga.post(ADD, fields_of(*blocks, hall=make_hall().pk, row_shape="curved", bend=90))

    left, right, behind = (
        [(seat.x, seat.y) for seat in section.seats.all()] for section in SeatingPlan.objects.get().sections.all()
    )
    assert left[0][1] < left[2][1]
    assert right[0][1] > right[2][1]
    assert left[2][0] < right[0][0]
    assert min(y for _x, y in behind) > max(y for _x, y in left[:3])


def test_what_is_typed_is_drawn_before_hall_and_name_are_there(olga):
    answer = preview(olga, {"rows": 3, "columns": 5}, {"placed": "beside"}, name="")

    assert answer["problems"] == {}
    assert answer["drawing"].count("<circle class") == 21
    assert "21 places" in answer["drawing"]
    assert not SeatingPlan.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("section", "", "required"),
        ("section", "Block 1", "Another block is called"),
        ("rows", "", "how many rows"),
        ("rows", "-1", "greater than or equal to 1"),
        ("rows", "9" * 30, "less than or equal to 200"),
        ("columns", "five", "whole number"),
        ("bands", "Stalls", "Stalls: 8"),
        ("bands", "Stalls: 3", "at most 2 in all"),
        ("aisles", "9", "after 1 to 2, not after 9"),
        ("aisles", "x", "“x” is not a number"),
        ("cross_aisles", "2", "after 1 to 1"),
        ("growth", "-5", "not -2"),
        ("row_seats", "3, 4, 5", "only 2 rows"),
        ("row_start", "I", "No row is called “I”"),
        ("numbers", "some", "Select a valid choice"),
        ("seat_start", "99999", "from 0 to 9000"),
        ("wheelchair", "C1", "no seat C1"),
        ("companion", "A1", "wheelchair place"),
        ("missing", "A0-0", "no seat A0-0"),
    ],
)
def test_a_problem_is_told_at_its_field_of_its_block(olga, field, value, sentence):
    block = {field: value}

    live = preview(olga, {}, block)
    saved = olga.post(ADD, fields_of({}, block, hall=make_hall().pk))

    [problem] = live["problems"][f"id_blocks-1-{field}"]
    assert sentence in problem
    assert list(live["problems"]) == [f"id_blocks-1-{field}"]
    assert live["drawing"] == ""
    assert saved.status_code == 422
    assert saved.content.decode().count('plan-problem"') == 2
    assert not SeatingPlan.objects.exists()


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"row_shape": "curved", "bend": 300}, "id_bend"),
        ({"row_shape": "curved", "bend": 200, "blocks-0-growth": 200, "blocks-0-columns": 9}, "id_bend"),
        ({"row_shape": "round"}, "id_row_shape"),
        ({"blocks-0-rows": 200, "blocks-0-columns": 500, "blocks-0-row_seats": "500", "blocks-0-growth": ""}, None),
        ({"blocks-TOTAL_FORMS": 0}, "id_file"),
        ({"blocks-TOTAL_FORMS": "many"}, "id_file"),
    ],
)
def test_a_problem_of_the_whole_plan_is_told_where_it_can_be_mended(olga, plan, field):
    problems = preview(olga, {}, **plan)["problems"]

    assert list(problems) == ([field] if field else [])


def test_a_block_may_be_left_out_whatever_is_wrong_with_it(olga):
    answer = preview(olga, {}, {"rows": "no", "DELETE": "on"})

    assert answer["problems"] == {}
    assert answer["drawing"].count("<circle class") == 6


def test_without_scripts_buttons_draw_and_add_a_block(olga):
    drawn = olga.post(ADD, fields_of({"rows": 4}, action="preview", name=""))
    wrong = olga.post(ADD, fields_of({"aisles": "9"}, action="preview", name=""))
    added = olga.post(ADD, fields_of({"rows": 4}, action="add_block", name=""))

    assert (drawn.status_code, wrong.status_code, added.status_code) == (200, 200, 200)
    assert drawn.content.decode().count('class="plan-seat"') == 12
    assert "not after 9" in wrong.content.decode()
    assert added.content.decode().count('class="plan-seat"') == 12 + 100
    assert 'name="blocks-1-rows" value="10"' in added.content.decode()
    assert not SeatingPlan.objects.exists()


def test_a_faulty_or_missing_file_is_told_at_its_field(olga):
    hall = make_hall()
    file = SimpleUploadedFile("plan.json", b'{"name": "Broken", "zones": 7}')

    broken = olga.post(ADD, {"hall": hall.pk, "name": "Usual", "file": file})
    empty = olga.post(ADD, {"hall": hall.pk, "name": "Usual"})

    assert (broken.status_code, empty.status_code) == (422, 422)
    assert "a list is needed" in broken.context["form"].errors["file"][0]
    assert "Choose a file" in empty.context["form"].errors["file"][0]
    assert not SeatingPlan.objects.exists()


def test_a_table_of_seats_is_previewed_and_saved(olga):
    def table():
        return SimpleUploadedFile("seats.csv", b"section;row;seat;x;y\nStalls;A;1;0;0\nStalls;A;2;30;0\n")

    live = olga.post(PREVIEW, fields_of({"rows": "no"}, file=table())).json()
    saved = olga.post(ADD, fields_of({"rows": "no"}, hall=make_hall().pk, file=table()))

    assert live["problems"] == {}
    assert live["drawing"].count("<circle class") == 2
    assert saved.status_code == 302
    assert SeatingPlan.objects.get().name == "Usual"


def test_the_preview_is_for_those_who_may_add_plans(client):
    client.force_login(make_user("fiona", is_staff=True))

    assert client.post(PREVIEW, fields_of({})).status_code == 403
    client.logout()
    assert client.post(PREVIEW, fields_of({})).status_code == 302
