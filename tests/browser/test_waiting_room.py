"""From the lobby through the draw and the queue to paid seats, and the next one's turn."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.models import Booking
from tests.browser.conftest import PHONE, Visit, map_of, wait_for
from tests.factories import make_event_session
from ticketing.outbox.tasks import deliver_outbox
from waitingroom import store
from waitingroom.models import Queue
from waitingroom.services.running import keep_queue
from waitingroom.store import Phase

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def queue():
    event_session = make_event_session("A1 A2 A3 A4", now=timezone.now())
    event_session.booking_opens_at = timezone.now() + timedelta(minutes=5)
    event_session.save()
    queue = Queue.objects.create(event_session=event_session, capacity=1, claim_seconds=600)
    keep_queue(queue, timezone.now())
    return queue


def open_sale(queue):
    queue.event_session.booking_opens_at = timezone.now() - timedelta(seconds=2)
    queue.event_session.save()
    keep_queue(queue, timezone.now())


def enter_lobby(page: Page, queue) -> None:
    before = store.look(queue.pk).issued
    page.goto(f"/sessions/{queue.pk}/seats/")
    expect(page.get_by_role("heading", name="You are in the lobby")).to_be_visible()
    wait_for(page, lambda: store.look(queue.pk).issued > before, "a number")


def test_two_people_draw_and_the_second_comes_in_when_the_first_has_paid(visit, queue):
    windows = [visit("desk"), visit("phone", **PHONE, color_scheme="dark")]
    for window in windows:
        enter_lobby(window.page, queue)
    windows[0].look("queue-lobby")
    windows[1].look("queue-lobby")

    open_sale(queue)
    called = re.compile("Choose your places")
    first = wait_for(windows[0].page, lambda: who_is_in(windows), "somebody is called")
    second = next(window for window in windows if window is not first)
    expect(second.page.get_by_text("people before you")).to_be_visible()
    expect(second.page.get_by_role("status").filter(has_text="next")).to_have_count(1)
    second.look("queue-waiting")
    expect(first.page.get_by_text("You are in: choose your seats until")).to_be_visible()
    first.look("queue-inside")

    buy(first.page)
    deliver_outbox()
    expect(second.page).to_have_title(called)
    assert Booking.objects.get().is_confirmed
    assert store.look(queue.pk).finished == 1


def who_is_in(windows: list[Visit]) -> Visit | None:
    return next((window for window in windows if "/seats/" in window.page.url), None)


def buy(page: Page) -> None:
    map_of(page).get_by_role("checkbox", name=re.compile("seat 1,")).check()
    page.get_by_role("button", name="Keep these places").click()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    page.goto("/checkout/")
    page.get_by_label("First name").fill("Alice")
    page.get_by_label("Phone").fill("+43 660 1234567")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.get_by_role("button", name=re.compile("^Pay .*succeeds")).click()
    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()


def test_without_javascript_the_page_leads_to_the_seats_too(visit, queue):
    window = visit("plain", java_script_enabled=False)
    page = window.page
    page.goto(f"/sessions/{queue.pk}/seats/")
    page.get_by_role("button", name="Take my place").click()
    expect(page.get_by_role("heading", name="You are in the lobby")).to_be_visible()

    open_sale(queue)
    store.look(queue.pk)
    page.wait_for_timeout(1500)
    page.goto(f"/sessions/{queue.pk}/queue/")
    expect(page.get_by_role("heading", name="It is your turn")).to_be_visible()
    page.get_by_role("button", name="Choose seats").click()

    expect(page.get_by_role("heading", name="Choose your places")).to_be_visible()


def test_the_draw_is_sealed_before_and_shown_after_the_opening(visit, queue):
    window = visit()
    enter_lobby(window.page, queue)
    window.page.get_by_role("link", name=re.compile("How the draw works")).click()
    expect(window.page.get_by_text(queue.commitment)).to_be_visible()
    assert queue.seed not in window.page.content()
    window.look("queue-draw-sealed")

    open_sale(queue)
    wait_for(window.page, lambda: store.look(queue.pk).phase == Phase.OPEN, "the sale opens")
    window.page.reload()
    expect(window.page.get_by_text(queue.seed)).to_be_visible()
    window.page.get_by_role("button", name="Show its place").click()
    expect(window.page.get_by_text("Number 1 has place 1.")).to_be_visible()
    window.look("queue-draw-open")
    assert store.look(queue.pk).phase == Phase.OPEN


def test_who_slept_through_their_turn_takes_a_new_place_with_one_press(visit, queue):
    window = visit()
    enter_lobby(window.page, queue)
    other = visit("other")
    enter_lobby(other.page, queue)
    other.page.goto("about:blank")
    window.page.goto("about:blank")
    open_sale(queue)
    later = int(timezone.now().timestamp() * 1000) + 3_600_000
    for seconds in (0, 2, 700, 1400):
        store.look(queue.pk, now_ms=later + seconds * 1000)

    window.page.goto(f"/sessions/{queue.pk}/queue/")
    expect(window.page.get_by_role("heading", name="Your turn is over")).to_be_visible()
    window.look("queue-missed")
    window.page.get_by_role("button", name="Take a new place").click()
    # The slot is free by now, so the new place waits for the next call only.
    expect(window.page.get_by_role("heading", name="Choose your places")).to_be_visible()
