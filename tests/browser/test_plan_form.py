"""A theatre is drawn while it is typed: with a script as it goes, without one at the press of a button."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.factories import make_hall, make_user
from venues.models import SeatingPlan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
THEATRE = [("Stalls left", 4, 5), ("Stalls centre", 4, 9), ("Stalls right", 4, 5)]


def open_form(window):
    hall = make_hall()
    window.sign_in(make_user("olga", is_staff=True, is_superuser=True))
    window.page.goto(reverse("admin:venues_seatingplan_add") + f"?hall={hall.pk}")
    return window.page


def seats(page):
    return page.locator("#plan-drawing .plan-seat")


def type_block(page, number, name, rows, columns):
    for field, value in (("section", name), ("rows", rows), ("columns", columns)):
        page.locator(f"[name=blocks-{number}-{field}]").fill(str(value))


@pytest.mark.parametrize(("name", "options"), [("desk", {}), ("dark", {"color_scheme": "dark"}), ("phone", PHONE)])
def test_a_curved_theatre_of_three_blocks_is_drawn_while_it_is_typed(visit, name, options):
    window = visit(name, **options)
    page = open_form(window)
    expect(seats(page)).to_have_count(200)

    type_block(page, 0, *THEATRE[0])
    expect(seats(page)).to_have_count(20)
    for number in (1, 2):
        page.get_by_role("button", name="Add block").press("Enter")
        expect(page.locator(f"[name=blocks-{number}-section]")).to_be_focused()
        type_block(page, number, *THEATRE[number])
    expect(seats(page)).to_have_count(76)
    page.get_by_label("Rows are", exact=True).select_option("curved")
    page.get_by_label("Curve in degrees").fill("90")
    expect(page.locator("#plan-drawing")).to_contain_text("in 3 sections")
    expect(page.locator("#plan-drawing strong")).not_to_have_text("76 places")
    window.look("theatre")

    page.locator("#blocks-1 summary", has_text="Aisles").click()
    page.get_by_label("Aisles after seats").nth(1).fill("40")
    problem = page.locator("#id_blocks-1-aisles_error")
    expect(problem).to_contain_text("not after 40")
    expect(page.locator("#id_blocks-1-aisles")).to_have_attribute("aria-invalid", "true")
    window.look("theatre-problem")
    page.get_by_label("Aisles after seats").nth(1).fill("4")
    expect(problem).to_be_empty()

    page.locator("[name=name]").fill("Theatre")
    page.get_by_role("button", name="Save plan").click()
    page.wait_for_url("**/change/")
    assert [section.name for section in SeatingPlan.objects.get().sections.all()] == [name for name, _r, _c in THEATRE]


def test_without_scripts_buttons_do_the_same(visit):
    page = open_form(visit(java_script_enabled=False))

    type_block(page, 0, *THEATRE[0])
    page.get_by_role("button", name="Draw it").click()
    expect(seats(page)).to_have_count(20)
    page.get_by_role("button", name="Add block").click()
    type_block(page, 1, *THEATRE[1])
    page.locator("[name=name]").fill("Theatre")
    page.get_by_role("button", name="Save plan").click()
    page.wait_for_url("**/change/")

    assert SeatingPlan.objects.get().sections.count() == 2
