"""The gate in a real browser: a camera that sees a ticket, a hand scanner, and a network that fails."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.models import Ticket
from bookings.tickets.codes import sign_ticket
from bookings.tickets.qr import qr_png
from scanner.models import Scan
from tests.axe import find_violations
from tests.browser.conftest import session_cookie
from tests.factories import make_confirmed_booking, make_event_session, make_user
from tests.fake_camera import LONGER_ANSWERS, camera_flags, write_film

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
NO_CAMERA = "delete navigator.mediaDevices.__proto__.getUserMedia"
# A folder for screenshots, for looking at them.
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def event_session():
    return make_event_session(now=timezone.now(), starts_in=timedelta(minutes=40))


@pytest.fixture
def ticket(event_session) -> Ticket:
    return make_confirmed_booking(event_session, "A1", now=timezone.now()).tickets.get()


@pytest.fixture
def open_gate(launch, live_server, event_session, ticket, tmp_path) -> Iterator[Callable[..., Page]]:
    """Sign Sam in and open the gate's page; the camera sees the ticket's code."""
    sam = make_user("sam")
    sam.user_permissions.add(Permission.objects.get(content_type__app_label="scanner", codename="add_scan"))
    film = write_film(tmp_path / "camera.y4m", qr_png(sign_ticket(ticket.pk, ticket.revision)))

    browser = launch(*camera_flags(film))

    def open_page(script: str = "", **context: object) -> Page:
        surroundings = browser.new_context(**({"viewport": PHONE} | context))
        surroundings.add_cookies([session_cookie(sam, live_server.url)])
        page = surroundings.new_page()
        page.add_init_script(f"{LONGER_ANSWERS}; {script}")
        page.goto(f"{live_server.url}/scanner/{event_session.pk}/")
        return page

    yield open_page
    browser.close()


def test_a_ticket_held_into_the_camera_opens_the_door_and_the_camera_comes_back(open_gate, ticket):
    page = open_gate(permissions=["camera"])

    expect(page.get_by_text("ENTRY GRANTED")).to_be_visible(timeout=60_000)
    ticket.refresh_from_db()
    assert ticket.checked_in_at is not None
    expect(page.get_by_text("ENTRY GRANTED")).to_be_hidden()
    expect(page.locator("video")).to_be_visible()
    look(page, "camera")
    expect(page.locator("#gate-attendance")).to_contain_text("1 of 1 in")
    # Still in the picture, and still the one presentation.
    page.wait_for_timeout(1500)
    assert Scan.objects.count() == 1


def test_the_camera_starts_by_its_button_where_nobody_was_asked_yet(open_gate):
    page = open_gate("navigator.permissions.query = async () => ({ state: 'prompt' })")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text("ENTRY GRANTED")).to_be_visible(timeout=60_000)


def test_a_hand_scanner_types_wherever_the_focus_is(open_gate, ticket):
    page = open_gate(NO_CAMERA, viewport=DESK)
    expect(page.get_by_text("The camera needs a secure")).to_be_visible()

    for word in ("ENTRY GRANTED", "ENTRY REJECTED", "ENTRY REJECTED"):
        page.evaluate("document.activeElement.blur()")
        page.keyboard.type(ticket.code.lower())
        page.keyboard.press("Enter")
        expect(page.get_by_text(word)).to_be_visible()
    assert [scan.result for scan in Scan.objects.order_by("pk")] == ["granted", "rejected", "rejected"]

    page.keyboard.press("Enter")
    expect(page.get_by_text("ENTRY REJECTED")).to_be_hidden()


def test_an_answer_lost_on_the_way_is_asked_for_again_and_lets_in_once(open_gate, ticket):
    page = open_gate(NO_CAMERA, viewport=DESK)
    lost = []

    def lose_the_first_answer(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort()

    page.route("**/scanner/validate", lose_the_first_answer)
    page.get_by_label("Ticket code").fill(ticket.spoken_code)
    page.keyboard.press("Enter")

    expect(page.get_by_text("ENTRY GRANTED")).to_be_visible()
    assert len(lost) == 1
    assert Scan.objects.count() == 1


def test_without_javascript_a_typed_code_is_answered(open_gate, ticket):
    page = open_gate(java_script_enabled=False)
    page.get_by_label("Ticket code").fill(ticket.spoken_code)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("ENTRY GRANTED")).to_be_visible()
    expect(page.get_by_label("Ticket code")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_gate_and_both_answers_have_no_accessibility_fault(open_gate, ticket, scheme, size):
    page = open_gate(NO_CAMERA, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    look(page, f"waiting-{scheme}-{size['width']}")
    for word in ("ENTRY GRANTED", "ENTRY REJECTED"):
        page.get_by_label("Ticket code").fill(ticket.spoken_code)
        page.keyboard.press("Enter")
        expect(page.get_by_text(word)).to_be_visible()
        look(page, f"{word[6:].lower()}-{scheme}-{size['width']}")
        expect(page.get_by_text(word)).to_be_visible()
        page.keyboard.press("Escape")
    page.goto(page.url.rsplit("/", 2)[0] + "/")
    look(page, f"home-{scheme}-{size['width']}")


def look(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")
    assert find_violations(page) == []
