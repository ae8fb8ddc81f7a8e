"""A stadium of 70,000 in a real browser: by mouse, with fingers and by keyboard alone."""

import re
from functools import cache

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from bookings.models import Block, Place
from bookings.services.blocking import block_places
from bookings.services.holds import hold_places
from events.models import EventSession, PriceTier
from tests.browser.conftest import PHONE, Visit, map_of, wait_for
from tests.factories import make_event, make_event_session, make_hall, make_ticket_type, make_venue
from tests.stadium import draft_stadium
from venues.models import Seat
from venues.plans.draft import PlanDraft
from venues.services.plans import save_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@cache
def bowl() -> PlanDraft:
    return draft_stadium()


@pytest.fixture
def event_session() -> EventSession:
    """A match in 90 blocks with four prices; children do not sit in the main stand; Block 101 is sold out."""
    plan = save_plan(hall=make_hall(make_venue("Riverside Stadium"), "Bowl"), draft=bowl())
    event = make_event("Rovers v United", fee_per_ticket="1.50")
    event_session = make_event_session(
        plan=plan, event=event, now=timezone.now(), ticket_types={"Child": "20.00"}, customer_limit=8
    )
    tiers = PriceTier.objects.filter(event_session=event_session)
    tiers.filter(category__name="Main stand", ticket_type=make_ticket_type("Child")).delete()
    for rank, category in enumerate(plan.categories.all()):
        tiers.filter(category=category, ticket_type=make_ticket_type("Adult")).update(price=90 - 20 * rank)
    block_places(
        event_session_id=event_session.pk,
        seat_ids=list(Seat.objects.filter(section__plan=plan, section__name="Block 101").values_list("pk", flat=True)),
        kind=Block.Kind.HOUSE,
        reason="For the members",
        actor_id=None,
        now=timezone.now(),
    )
    return event_session


def open_hall(visit: Visit, event_session: EventSession) -> Page:
    page = visit.page
    page.goto(f"/sessions/{event_session.pk}/seats/")
    expect(page.locator('#hall-view[data-view="overview"] a.area')).to_have_count(90)
    map_of(page)
    print(f"overview usable after {page.evaluate('performance.now()'):.0f} ms")  # noqa: T201
    return page


def block(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=re.compile(rf"^{name},"))


def expect_section(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    # Measured by the script, which took the section over by then; before, a press may land beside the seat.
    expect(page.locator('#hall-view[data-view="section"] .hall[style*="height"]')).to_be_attached()
    expect(page).to_have_url(re.compile(r"\?section=\d+$"))


def seat(page: Page, row: int, number: int) -> Locator:
    return page.get_by_role("checkbox", name=re.compile(rf"^Row {row}, seat {number},"))


def chosen(page: Page) -> Locator:
    return page.locator("[data-choice-count]")


def drawing_width(page: Page) -> float:
    return float(page.evaluate("document.querySelector('.hall__plan').getBoundingClientRect().width"))


def scrolled(page: Page) -> list[float]:
    return list(
        page.evaluate("(({scrollLeft, scrollTop}) => [scrollLeft, scrollTop])(document.querySelector('.hall'))")
    )


def wait_until_still(page: Page) -> None:
    expect(page.locator(".hall__plan")).not_to_have_attribute("style", re.compile("transform: "))


def expect_width(page: Page, width: object) -> None:
    """What fingers do comes some time after them."""
    wait_for(page, lambda: drawing_width(page) == width, f"a drawing {width} wide")
    wait_until_still(page)
    assert drawing_width(page) == width


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# --- by mouse ------------------------------------------------------------------------------------
def test_by_mouse_through_three_sections(visit, event_session):
    alice = visit("alice")
    page = open_hall(alice, event_session)

    wheel_and_drag(page)
    block(page, "Block 108").click()
    expect_section(page, "Block 108")
    seat(page, 3, 4).click()
    seat(page, 3, 5).click()
    page.get_by_role("link", name="Block 109").click()
    expect_section(page, "Block 109")
    seat(page, 1, 1).click()
    expect(chosen(page)).to_have_text("3 places")
    page.get_by_role("link", name="All sections").click()
    expect(block(page, "Block 108")).to_have_accessible_name(re.compile("2 chosen$"))
    alice.look("stadium-chosen")

    go_back_and_forward(page)
    lose_one_in_another_section(page, event_session)
    page.get_by_role("button", name="Keep these places").click()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    assert Place.objects.filter(event_session=event_session, state=Place.State.HELD).count() == 3


def wheel_and_drag(page: Page) -> None:
    width, page_top = drawing_width(page), page.evaluate("scrollY")
    target = block(page, "Block 208")
    x, y = middle(target)
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    for _turn in range(3):
        before_turn = drawing_width(page)
        page.mouse.wheel(0, -100)
        wait_for(page, lambda: drawing_width(page) > before_turn, "a turn of the wheel")  # noqa: B023 - called here
    page.keyboard.up("Control")
    wait_until_still(page)
    assert drawing_width(page) > 2 * width
    assert middle(target) == pytest.approx((x, y), abs=80), "what was under the pointer is still there"
    assert page.evaluate("scrollY") == page_top

    before = scrolled(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=5)
    page.mouse.up()
    after = scrolled(page)
    assert (before[0] - after[0], before[1] - after[1]) == pytest.approx((60, 40), abs=2)
    expect(page.locator("#hall-view")).to_have_attribute("data-view", "overview")
    while page.get_by_role("button", name="Zoom out").is_enabled():
        page.get_by_role("button", name="Zoom out").click()
    assert drawing_width(page) == pytest.approx(width, abs=1)


def go_back_and_forward(page: Page) -> None:
    page.go_back()
    expect_section(page, "Block 109")
    expect(seat(page, 1, 1)).to_be_checked()
    page.go_back()
    expect_section(page, "Block 108")
    expect(seat(page, 3, 4)).to_be_checked()
    page.go_forward()
    expect_section(page, "Block 109")
    expect(chosen(page)).to_have_text("3 places")


def lose_one_in_another_section(page: Page, event_session: EventSession) -> None:
    wanted = Place.objects.get(event_session=event_session, section__name="Block 108", seat__row="3", seat__number="4")
    hold_places(
        event_session_id=event_session.pk,
        seat_ids=[wanted.seat_id],
        standing={},
        booking_id=None,
        buyer=None,
        now=timezone.now(),
    )
    expect(page.get_by_text("Block 108, Row 3, seat 4 went to someone else a moment ago.")).to_be_visible()
    expect(chosen(page)).to_have_text("2 places")


def test_a_reload_keeps_the_choice_and_the_section(visit, event_session):
    page = open_hall(visit("alice"), event_session)
    block(page, "Block 205").click()
    expect_section(page, "Block 205")
    seat(page, 2, 7).click()
    page.get_by_role("link", name="Block 206").click()
    expect_section(page, "Block 206")

    page.reload()

    expect_section(page, "Block 206")
    expect(chosen(page)).to_have_text("1 place")
    page.get_by_role("button", name=re.compile("^Remove Block 205, Row 2, seat 7")).click()
    expect(page.get_by_text("Pick seats on the map.")).to_be_visible()


def test_filters_hold_in_every_section(visit, event_session):
    page = open_hall(visit("alice"), event_session)
    expect(block(page, "Block 101")).to_have_accessible_name(re.compile("sold out$"))

    page.locator("[data-ticket-type]").select_option(label="Child")
    expect(block(page, "Block 102")).to_have_class(re.compile("filtered"))
    expect(block(page, "Block 108")).to_have_accessible_name(re.compile(r"from €20\.00"))
    page.get_by_label("Corners").uncheck(force=True)
    expect(block(page, "Block 105")).to_have_class(re.compile("filtered"))

    block(page, "Block 108").click()
    expect_section(page, "Block 108")
    expect(seat(page, 1, 1)).to_have_accessible_name("Row 1, seat 1, €20.00")
    seat(page, 1, 1).click()
    expect(page.locator("[data-choice-total]")).to_have_text("€20.00")
    # One seat beside each of two chosen places is not six together.
    page.get_by_label("Side by side").select_option("6")
    kept = page.locator("foreignObject:not(.filtered) > input.seat:enabled")
    assert 0 < kept.count() <= page.locator("input.seat:enabled").count()


# --- with fingers --------------------------------------------------------------------------------
def test_with_two_fingers_on_a_phone(visit, event_session):
    bob = visit("phone", **PHONE)
    page = open_hall(bob, event_session)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing hangs over the edge"
    bob.look("stadium")

    width = drawing_width(page)
    pinch(page, middle(page.locator(".hall")), 40, 120)
    expect_width(page, pytest.approx(3 * width, rel=0.1))
    expect(page.locator("#hall-view")).to_have_attribute("data-view", "overview")
    pinch(page, middle(page.locator(".hall")), 120, 20)
    expect_width(page, pytest.approx(width, abs=1))

    block(page, "Block 223").tap()
    expect_section(page, "Block 223")
    page.locator(".hall").scroll_into_view_if_needed()
    # Too small for a finger: the first tap goes nearer, the next one chooses.
    width = drawing_width(page)
    seat(page, 10, 8).tap()
    wait_for(page, lambda: drawing_width(page) > width, "nearer")
    wait_until_still(page)
    expect(seat(page, 10, 8)).not_to_be_checked()
    for number in (8, 9):
        seat(page, 10, number).tap()
        # The click comes some time after the finger, and the list it makes moves the map.
        expect(seat(page, 10, number)).to_be_checked()
    expect(chosen(page)).to_have_text("2 places")
    bob.look("stadium-section")
    page.get_by_role("button", name="Keep these places").tap()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()


def pinch(page: Page, centre: tuple[float, float], begin: float, end: float) -> None:
    """Two fingers side by side, moved from so far off the centre to so far."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, reach: float | None) -> None:
        points = (
            []
            if reach is None
            else [{"x": centre[0] - reach, "y": centre[1]}, {"x": centre[0] + reach, "y": centre[1]}]
        )
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", begin)
    for step in range(1, 9):
        touch("touchMove", begin + (end - begin) * step / 8)
    touch("touchEnd", None)


# --- by keyboard ---------------------------------------------------------------------------------
def test_by_keyboard_alone(visit, event_session):
    alice = visit("alice")
    page = open_hall(alice, event_session)

    tab_to(page, "a.area")
    start = focused_name(page)
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    name = focused_name(page).split(",")[0]
    assert name != start.split(",")[0]
    page.keyboard.press("Enter")
    expect_section(page, name)
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_focused()
    choose_two_in_a_row(page)

    page.keyboard.press("Escape")
    expect(page.locator("#hall-view")).to_have_attribute("data-view", "overview")
    expect(block(page, name)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".hall-nav__title")).to_be_focused()
    tab_to(page, "[data-choice-submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    assert Place.objects.filter(event_session=event_session, state=Place.State.HELD).count() == 2


def choose_two_in_a_row(page: Page) -> None:
    tab_to(page, "input.seat")
    page.keyboard.press("End")
    last = focused_name(page)
    page.keyboard.press("Home")
    first = focused_name(page)
    assert first != last
    assert first.split(",")[0] == last.split(",")[0], "the other end of the same row"
    width = drawing_width(page)
    page.keyboard.press("+")
    wait_until_still(page)
    assert drawing_width(page) > width
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    if page.evaluate("document.activeElement.checked"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(chosen(page)).to_have_text("2 places")
    page.keyboard.press("0")


def tab_to(page: Page, selector: str) -> None:
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def focused_name(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))


# --- when things go wrong, and for every eye -----------------------------------------------------
def test_a_section_that_does_not_load_says_so_and_is_asked_for_again(visit, event_session):
    alice = visit("alice")
    page = open_hall(alice, event_session)
    page.route("**/live/sessions/*/sections/**", lambda route: route.abort())
    block(page, "Block 108").click()
    expect(page.get_by_text("This part of the hall did not load.")).to_be_visible()
    alice.look("stadium-not-loaded")

    page.unroute("**/live/sessions/*/sections/**")
    page.get_by_role("button", name="Try again").click()

    expect_section(page, "Block 108")
    expect(page.get_by_text("This part of the hall did not load.")).to_be_hidden()
    for line in ("ERR_FAILED", "htmx:sendError", "htmx:afterRequest"):
        alice.forgive(line)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_overview_and_section_break_no_rule_of_accessibility(visit, event_session, scheme):
    alice = visit(scheme, color_scheme=scheme)
    page = open_hall(alice, event_session)
    alice.look("stadium")
    block(page, "Block 108").click()
    expect_section(page, "Block 108")
    seat(page, 5, 5).click()
    alice.look("stadium-section")


@pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 400)])
def test_nothing_hangs_over_the_edge_where_the_print_is_large(visit, event_session, width, height):
    page = open_hall(visit(f"{width}", viewport={"width": width, "height": height}), event_session)
    block(page, "Block 108").click()
    expect_section(page, "Block 108")
    seat(page, 5, 5).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_a_section_is_a_page_of_its_own(visit, event_session):
    page = visit(java_script_enabled=False).page
    page.goto(f"/sessions/{event_session.pk}/seats/")
    block(page, "Block 108").click()
    seat(page, 3, 4).check()
    page.get_by_role("button", name="Keep these places").click()

    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    assert Place.objects.filter(event_session=event_session, state=Place.State.HELD).count() == 1
