"""The page on which a drawing becomes a plan: look, change what means what, try again, save."""

import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.roles import ORGANISER
from tests.factories import make_hall, make_user
from tests.staff import make_staff
from venues.admin.svg_form import SourcesForm
from venues.models import Seat, SeatingPlan
from venues.plans.svg import Mapping
from venues.tests.svg.drawing import row_of, svg

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:venues_seatingplan_svg")
FLOOR = '<rect data-section="Floor" width="90" height="50"/>'
DRAWING = svg("<title>Town hall</title>" + row_of(1, 2, more='fill="#ff0000"') + FLOOR)


def sign_in(client, name):
    client.force_login(make_staff(ORGANISER, name))
    return client


@pytest.fixture
def olga(client):
    return sign_in(client, "olga")


def upload(client, content=DRAWING, **more):
    hall = more.pop("hall", None) or make_hall()
    return client.post(PAGE, {"hall": hall.pk, "file": SimpleUploadedFile("plan.svg", content), **more})


def answers(response, **changes):
    """What the browser sends back when the page is sent as it stands."""
    forms = response.context["forms"]
    said = {"hall": response.context["form"]["hall"].value(), "upload": response.context["token"], "name": ""}
    said |= SourcesForm.told(Mapping())
    for formset in (forms.colors, forms.areas):
        said |= {f"{formset.prefix}-{key}": value for key, value in formset.management_form.initial.items()}
        for form in formset.forms:
            said |= {form.add_prefix(key): value for key, value in form.initial.items() if value is not None}
    return {**said, **changes}


def test_the_list_of_plans_leads_to_the_page(olga):
    listed = olga.get(reverse("admin:venues_seatingplan_changelist")).content.decode()
    way = re.search(r'href="([^"]*)"[^>]*>[^<]*(?:<span[^<]*</span>)?\s*Add from a drawing', listed)

    assert way
    assert olga.get(way[1], follow=True).redirect_chain[-1][0] == PAGE


def test_an_upload_is_drawn_counted_and_not_stored(olga):
    response = upload(olga)

    page = response.content.decode()
    assert response.status_code == 200
    assert "Town hall" in page
    assert page.count('class="plan-seat"') == 2
    assert ("Seats", 2) in response.context["facts"]
    assert "Section “Floor” is drawn without seats" in page
    assert "#ff0000" in page
    assert not SeatingPlan.objects.exists()


def test_another_try_keeps_the_upload_and_saving_makes_the_plan(olga):
    first = upload(olga)
    changes = {"colors-0-category": "Front", "areas-0-capacity": "80", "areas-0-category": "Floor"}
    again = olga.post(PAGE, answers(first, **changes))
    saved = olga.post(PAGE, answers(again, save="1"))

    plan = SeatingPlan.objects.get()
    assert again.context["reading"].counts.categories == {"Front": 2, "Floor": 80}
    assert saved.url == reverse("admin:venues_seatingplan_change", args=[plan.pk])
    assert (plan.name, plan.version, plan.source["format"]) == ("Town hall", 1, "svg")
    assert plan.source["mapping"]["colors"] == {"#ff0000": "Front"}
    assert plan.source["mapping"]["areas"]["Floor"]["capacity"] == 80
    assert Seat.objects.filter(category__name="Front").count() == 2
    assert olga.post(PAGE, answers(again, save="1")).status_code == 422
    assert SeatingPlan.objects.count() == 1


def test_the_next_drawing_of_a_hall_begins_with_what_the_last_one_was_told(olga):
    hall = make_hall()
    drawing = svg('<circle data-reihe="A" data-platz="1" cx="0" cy="0" r="5"/>')
    sources = {"row": "data-reihe", "seat": "data-platz"}
    first = upload(olga, drawing, hall=hall)
    olga.post(PAGE, answers(first, save="1", **sources))

    assert upload(olga, drawing, hall=hall).context["reading"].counts.seats == 1
    assert upload(olga, drawing).context["reading"].counts.seats == 0


def test_an_upload_belongs_to_the_one_who_sent_it_and_is_kept_no_longer_than_told(olga):
    first = upload(olga)

    other = sign_in(Client(), "oscar").post(PAGE, answers(first, save="1"))
    kept = olga.post(PAGE, answers(first))
    cache.clear()
    late = olga.post(PAGE, answers(first, save="1"))

    assert kept.status_code == 200
    for response in (other, late):
        assert response.status_code == 422
        assert "no longer kept" in response.context["form"].errors["file"][0]
    assert not SeatingPlan.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<svg>" + b" " * 21 * 1024 * 1024 + b"</svg>", "larger than 20 MB"),
        (b"<html/>", "does not begin with an svg element"),
        (svg(row_of(1, 1)), "is there twice"),
        (b"", "empty"),
    ],
    ids=["large", "no SVG", "twice", "empty"],
)
def test_a_drawing_that_cannot_be_read_is_refused_with_the_reason(olga, content, sentence):
    response = upload(olga, content)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not SeatingPlan.objects.exists()


def test_a_plan_without_places_cannot_be_saved_and_keeps_what_was_said(olga):
    first = upload(olga, svg(FLOOR))
    response = olga.post(PAGE, answers(first, save="1"))

    assert response.status_code == 422
    assert "The plan has no places." in response.context["problems"]
    assert response.context["token"] == first.context["token"]
    assert [form.initial["section"] for form in response.context["forms"].areas.forms] == ["Floor"]


def test_what_was_said_is_still_there_after_a_drawing_that_cannot_be_read(olga):
    first = upload(olga)
    twice = SimpleUploadedFile("twice.svg", svg(row_of(1, 1)))
    refused = olga.post(PAGE, answers(first, file=twice, **{"colors-0-category": "Front", "areas-0-capacity": "80"}))
    again = olga.post(PAGE, answers(refused, file=SimpleUploadedFile("plan.svg", DRAWING)))

    assert refused.status_code == 422
    assert again.context["reading"].counts.standing_places == 80
    assert "Front" in again.context["reading"].counts.categories


def test_a_mapping_that_cannot_be_understood_is_told_at_its_field(olga):
    response = olga.post(PAGE, answers(upload(olga), seat="id={chair}", **{"areas-0-capacity": "-3"}))

    assert response.status_code == 422
    assert "does not say where to look" in response.context["forms"].sources.errors["seat"][0]
    assert response.context["forms"].areas.forms[0].errors["capacity"]


def test_names_that_are_markup_are_shown_as_words(olga):
    bad = "&lt;img src=x onerror=alert(1)&gt;"
    drawing = svg(
        f'<title>{bad}</title><text x="9" y="90">{bad}</text><rect data-section="{bad} floor" width="9" height="9"/>'
        f'<g data-section="{bad}" data-row="A"><circle id="{bad}" data-category="{bad}" data-seat="1" r="5"/></g>'
    )
    response = upload(olga, drawing)

    assert "alert(1)" in response.content.decode()
    assert "<img src=x" not in response.content.decode()


def test_only_who_may_add_plans_sees_the_page(client):
    client.force_login(make_user("sam", is_staff=True))

    assert client.get(PAGE).status_code == 403
    assert upload(client).status_code == 403
