"""Seating plans in the back office: made from a file or a grid, looked at, deleted while nobody needs them."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.roles import ORGANISER
from bookings.sample.plans import jazz_room
from tests.factories import make_event_session, make_hall, make_plan, make_user
from tests.pages import said
from tests.staff import sign_in
from venues.admin.preview import draw_draft, draw_plan
from venues.models import SeatingPlan
from venues.plans.csv_format import read_plan_csv
from venues.plans.draft import CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.plans.json_format import read_plan_json
from venues.services.plans import save_plan

pytestmark = pytest.mark.django_db
ADD = reverse("admin:venues_seatingplan_add")


@pytest.fixture
def olga(client):
    sign_in(client, ORGANISER, "olga")
    return client


def press(client, url):
    """Answer the question behind a button as its form does."""
    return client.post(url, {"_form_submitted": "True"})


def test_a_plan_that_a_session_uses_is_kept_and_another_is_deleted(olga):
    used, spare = make_event_session(now=timezone.now()).plan, make_plan("A1 A2", {"Floor": 5})

    refused = press(olga, reverse("admin:venues_seatingplan_delete_this_plan", args=[used.pk]))
    press(olga, reverse("admin:venues_seatingplan_delete_this_plan", args=[spare.pk]))

    assert list(SeatingPlan.objects.all()) == [used]
    assert said(refused)


def test_a_plan_file_becomes_a_plan_with_a_drawing(olga):
    seats = [{"seat_number": str(n), "position": {"x": 25 * n, "y": 0}, "category": "Stalls"} for n in range(1, 6)]
    row = {"position": {"x": 0, "y": 0}, "row_number": "A", "seats": seats}
    content = {
        "name": "Room",
        "categories": [{"name": "Stalls", "color": "#0072b2"}],
        "zones": [{"name": "Ground floor", "position": {"x": 0, "y": 0}, "rows": [row], "areas": []}],
        "size": {"width": 200, "height": 100},
    }
    file = SimpleUploadedFile("plan.json", json.dumps(content).encode())

    response = olga.post(ADD, {"hall": make_hall().pk, "name": "Usual", "file": file})

    plan = SeatingPlan.objects.get()
    page = olga.get(reverse("admin:venues_seatingplan_change", args=[plan.pk])).content.decode()
    drawing = page[page.index('<svg id="plan-preview"') :].partition("</svg>")[0]
    assert response.status_code == 302
    assert drawing.count("<circle") == 5
    assert "style=" not in drawing


def test_a_large_plan_is_drawn_as_boxes(olga, monkeypatch):
    monkeypatch.setattr("venues.admin.preview.MOST_SEATS", 2)
    plan = make_plan("A1 A2 A3", {"Floor": 50})

    page = olga.get(reverse("admin:venues_seatingplan_change", args=[plan.pk])).content.decode()

    drawing = page[page.index('<svg id="plan-preview"') :].partition("</svg>")[0]
    assert "<circle" not in drawing
    assert ">Stalls</text>" in drawing
    assert ">Floor</text>" in drawing


def test_a_draft_is_drawn_just_as_the_plan_it_becomes(olga, monkeypatch):
    draft = jazz_room()
    plan = save_plan(hall=make_hall(), draft=draft)

    assert draw_draft(draft) == draw_plan(plan)
    monkeypatch.setattr("venues.admin.preview.MOST_SEATS", 2)
    assert draw_draft(draft) == draw_plan(plan)


def test_what_is_written_on_a_plan_is_words_only():
    seat = SeatDraft("<b>", '"', 0, 0, "Stalls")
    shapes = ({"kind": "text", "x": 0, "y": 0, "size": 9, "text": "<script>alert(1)</script>"},)
    sections = (SectionDraft("<i>Stalls", (seat,)),)
    draft = PlanDraft('"><script>', (CategoryDraft("Stalls", "#0072b2"),), sections, shapes)

    drawing = draw_draft(draft)

    assert "<script" not in drawing
    assert "<i>" not in drawing
    assert "&lt;b&gt; &quot;" in drawing


def test_a_plan_is_downloaded_as_json_and_as_a_table(olga):
    draft = jazz_room()
    plan = save_plan(hall=make_hall(), draft=draft)

    page = olga.get(reverse("admin:venues_seatingplan_change", args=[plan.pk])).content.decode()
    whole, seats = (reverse(f"admin:venues_seatingplan_download_{kind}", args=[plan.pk]) for kind in ("json", "csv"))

    assert whole in page
    assert seats in page
    assert read_plan_json(olga.get(whole).content) == draft
    assert read_plan_csv(olga.get(seats).content).sections == draft.sections
    assert olga.get(seats).headers["Content-Disposition"].endswith('-v1.csv"')
    assert olga.get(reverse("admin:venues_seatingplan_download_csv", args=[plan.pk + 9])).status_code == 404


def test_a_plan_is_downloaded_only_by_those_who_may_see_it(client):
    plan = make_plan("A1 A2")
    client.force_login(make_user("sam", is_staff=True))

    assert client.get(reverse("admin:venues_seatingplan_download_json", args=[plan.pk])).status_code == 403


def test_those_who_may_not_add_plans_do_not_see_the_form(client):
    client.force_login(make_user("fiona", is_staff=True))

    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"name": "Usual"}).status_code == 403
