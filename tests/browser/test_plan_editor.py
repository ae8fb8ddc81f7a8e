"""The back office's plan editor, by mouse and by keyboard, on a small hall and a large one."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.factories import make_event_session, make_hall, make_plan, make_user
from venues.models import Seat, SeatingPlan
from venues.plans.arrange import moved
from venues.plans.draft import PlanDraft
from venues.plans.grid import Band, Grid, draft_grid
from venues.services.plans import save_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plan():
    grid = Grid(rows=5, columns=10, aisles=[5], bands=[Band("Front", 2), Band("Back", 3)], wheelchair=["E1"])
    return save_plan(hall=make_hall(), draft=draft_grid("Studio", grid))


def open_editor(window, plan):
    window.sign_in(make_user("olga", is_staff=True, is_superuser=True))
    window.page.goto(reverse("admin:venues_seatingplan_edit", args=[plan.pk]))
    expect(window.page.locator("#plan-editor[data-ready]")).to_be_attached()
    return window.page


def middle(page, name):
    box = page.get_by_role("option", name=name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def lasso(page, first, last, *, room):
    """Draw around the box between two seats."""
    (left, top), (right, bottom) = middle(page, first), middle(page, last)
    page.mouse.move(left - room, top - room)
    page.mouse.down()
    for x, y in ((right + room, top - room), (right + room, bottom + room), (left - room, bottom + room)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()


def labels_of(plan, **facts):
    seats = Seat.objects.filter(section__plan=plan, **facts).order_by("row_rank", "position")
    return " ".join(f"{seat.row}{seat.number}" for seat in seats)


def test_seats_are_lassoed_given_a_category_and_saved(visit, plan):
    window = visit("editor", **DESK)
    page = open_editor(window, plan)
    window.look("editor")

    lasso(page, "Stalls, row A, seat 2,", "Stalls, row B, seat 4,", room=12)
    expect(page.get_by_role("heading", name="6 seats selected")).to_be_visible()
    page.locator("[data-category]").select_option("Back")
    page.locator("[data-rows] text").first.click()
    expect(page.get_by_role("heading", name="10 seats selected")).to_be_visible()
    page.get_by_label("Restricted view").check()
    page.get_by_label("Row name").fill("AA")
    page.get_by_role("button", name="Rename row").click()
    expect(page.get_by_role("option", name="Stalls, row AA, seat 2, Back, restricted view")).to_be_visible()
    window.look("editor-changed")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 changes")).to_be_visible()
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_text("Saved: 6 seats in another category").first).to_be_visible()
    expect(page.locator("#plan-editor[data-ready]")).to_be_attached()
    assert labels_of(plan, category__name="Front") == "A1 A5 A6 A7 A8 A9 A10 B1 B5 B6 B7 B8 B9 B10"
    assert Seat.objects.filter(has_restricted_view=True, row="A").count() == 10
    expect(page.get_by_role("option", name="Stalls, row A, seat 2, Back, restricted view")).to_be_visible()


def test_everything_works_by_keyboard_and_a_refused_save_keeps_the_changes(visit, plan):
    window = visit("editor-dark", **DESK, color_scheme="dark")
    page = open_editor(window, plan)

    page.get_by_role("listbox", name="Seats").focus()
    for key in ("ArrowRight", "ArrowDown", "Space", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="2 seats selected")).to_be_visible()
    assert page.locator("[aria-selected=true]").evaluate_all("seats => seats.map(seat => seat.ariaLabel)") == [
        "Stalls, row B, seat 2, Front",
        "Stalls, row B, seat 3, Front",
    ]
    page.keyboard.press("Shift+Space")
    page.keyboard.press("Escape")
    page.get_by_label("Select by name").fill("c1-C4, E2, Z")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no seat Z here")).to_be_visible()
    page.get_by_label("Select by name").fill("c1-C4, E2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="5 seats selected")).to_be_visible()
    page.get_by_label("Blocked").check()
    window.look("editor-keyboard")

    make_event_session(plan=plan)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("A session started to use this plan meanwhile")).to_be_visible()
    expect(page.get_by_text("1 change", exact=True)).to_be_visible()
    expect(page.get_by_role("option", name="row C, seat 1, Back, blocked")).to_be_visible()
    window.look("editor-refused")
    window.forgive("409 (Conflict")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text("Sessions stay on version 1").first).to_be_visible()
    assert labels_of(SeatingPlan.objects.get(version=2), is_blocked=True) == "C1 C2 C3 C4 E2"
    assert labels_of(plan, is_blocked=True) == ""

    page.goto(reverse("admin:venues_seatingplan_versions", args=[SeatingPlan.objects.get(version=2).pk]))
    expect(page.get_by_text("5 seats with other marks")).to_be_visible()
    window.look("versions")


def test_a_large_plan_is_edited_one_section_at_a_time(visit):
    block = draft_grid("Block", Grid(rows=20, columns=40, stage=""))
    sections = [moved(block.sections[0], right=1300 * (n % 2), down=700 * (n // 2)) for n in range(4)]
    named = [type(each)(f"10{n}", each.seats) for n, each in enumerate(sections)]
    plan = save_plan(hall=make_hall(), draft=PlanDraft("Arena", block.categories, tuple(named)))
    window = visit("editor-phone", **PHONE)
    page = open_editor(window, plan)
    window.look("editor-overview")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.get_by_role("button", name="102, 800 seats").click()
    expect(page.get_by_role("option", name="102, row A, seat 1,")).to_be_attached()
    page.get_by_label("Select by name").fill("A")
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_label("Blocked").check()
    page.locator("[data-sections]").select_option("103")
    expect(page.get_by_role("option", name="103, row A, seat 1,")).to_be_attached()
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_label("Restricted view").check()
    form = page.locator("[data-section-form]")
    form.get_by_label("Name").fill("Gallery")
    form.get_by_role("button", name="Change section").click()
    window.look("editor-section")
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_text("sections renamed: 103 → Gallery").first).to_be_visible()
    assert Seat.objects.filter(section__plan=plan, is_blocked=True, section__name="102").count() == 40
    assert Seat.objects.filter(section__plan=plan, has_restricted_view=True, section__name="Gallery").count() == 800


def test_categories_numbers_and_standing_sections_change_together(visit):
    plan = make_plan("A1 A2 A3 B1 B2", {"Floor": 50})
    window = visit("editor-club", **DESK)
    page = open_editor(window, plan)

    page.get_by_role("button", name="Remove Floor").click()
    expect(page.get_by_text("Seats still have the category Floor")).to_be_visible()
    page.get_by_role("button", name="Add a category").click()
    page.keyboard.type("Box")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Move Box up").click()
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_label("First number").fill("2")
    page.locator("[data-numbers] [name=step]").select_option("2")
    page.locator("[data-numbers] [name=from]").select_option("end")
    page.get_by_role("button", name="Number seats").click()
    page.get_by_role("button", name="Floor, 50 standing places").click()
    form = page.locator("[data-section-form]")
    form.get_by_label("Standing places").fill("80")
    form.locator("select").select_option("Box")
    form.get_by_role("button", name="Change section").click()
    page.locator("[data-changes] li").first.click()
    for key, count in (("Control+z", 5), ("Control+z", 3), ("Control+Shift+z", 5), ("Control+Shift+z", 6)):
        page.locator("[data-seats]").press(key)
        expect(page.locator("[data-changes] li")).to_have_count(count)
    window.look("editor-club")
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_text("Floor (50 → 80)").first).to_be_visible()
    assert labels_of(plan) == "A6 A4 A2 B4 B2"
    assert [category.name for category in plan.categories.all()] == ["Stalls", "Box", "Floor"]
    assert (plan.sections.get(name="Floor").category.name, plan.sections.get(name="Floor").capacity) == ("Box", 80)
