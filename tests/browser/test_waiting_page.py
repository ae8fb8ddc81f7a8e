"""What the waiting page's script asks for, and when; and that it draws as the server does."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_for
from tests.factories import make_event_session
from waitingroom import store
from waitingroom.draw import place_of
from waitingroom.models import Queue
from waitingroom.services import controls
from waitingroom.services.running import keep_queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEED = "5eed" * 16
SIZES = [1, 2, 3, 255, 256, 257, 1023, 1025, 65_536, 65_537, 100_003, 1_000_000, 2**24 + 1]


@pytest.fixture
def queue():
    """On sale; nobody is called who is not first."""
    event_session = make_event_session("A1 A2 A3 A4", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, capacity=1, claim_seconds=600)
    keep_queue(queue, timezone.now())
    store.join(queue.pk)
    return queue


def listen(page: Page, path: str) -> list[str]:
    """The requests for an address from now on."""
    seen: list[str] = []
    page.on("request", lambda request: path in request.url and seen.append(request.url))
    return seen


def wait_in(page: Page, queue: Queue) -> None:
    page.goto(queue.get_absolute_url())
    expect(page.get_by_text("people before you")).to_be_visible()
    expect(page.locator("[data-live]")).not_to_be_empty()


def test_browsers_and_the_server_draw_the_same_places(visit, queue):
    page = visit().page
    wait_in(page, queue)
    wanted = [[size, number] for size in SIZES for number in {0, 1, size // 3, size // 2, size - 1, size, size + 5}]

    drawn = page.evaluate(
        """async ([seed, wanted]) => {
          const { placeOf } = await import("/static/waitingroom/draw.js");
          return Promise.all(wanted.map(([size, number]) => placeOf(seed, size, number)));
        }""",
        [SEED, wanted],
    )

    assert drawn == [place_of(number, seed=SEED, drawn=size) for size, number in wanted]


def test_a_page_that_is_shown_again_and_again_asks_no_more_often(visit, queue):
    page = visit().page
    wait_in(page, queue)

    page.evaluate("for (let times = 0; times < 20; times += 1) dispatchEvent(new Event('online'))")
    page.wait_for_timeout(1000)
    asked = listen(page, f"/live/queues/{queue.pk}/")
    page.wait_for_timeout(8000)

    assert len(asked) <= 6
    wait_for(page, lambda: len(asked) >= 2, "it asks again")


def test_a_page_without_an_answer_asks_less_and_less_often(visit, queue):
    window = visit()
    page = window.page
    page.clock.install()
    wait_in(page, queue)
    page.route("**/live/queues/**", lambda route: route.fulfill(status=502, body="away"))
    asked = listen(page, f"/live/queues/{queue.pk}/")
    answered: list[str] = []
    page.on("requestfinished", lambda request: request.url in asked and answered.append(request.url))

    for _ in range(100):
        page.clock.run_for(1000)
        page.wait_for_timeout(20)
        wait_for(page, lambda: len(answered) == len(asked), "every question is answered")

    assert 3 <= len(asked) <= 8
    expect(page.get_by_text("the queue is not answering just now")).to_be_visible()
    window.forgive("502")


def test_a_pause_is_told_as_a_pause(visit, queue):
    page = visit().page
    wait_in(page, queue)

    controls.pause(queue)

    expect(page.locator("[data-live]")).to_have_text("The queue pauses")


def test_without_cookies_the_page_does_not_load_itself_all_the_time(visit, queue):
    window = visit()
    page = window.page
    page.route("**/queue/", lambda route: route.fulfill(response=without_cookies(route)))
    loaded = listen(page, queue.get_absolute_url())

    page.goto(queue.get_absolute_url())
    page.wait_for_timeout(6000)

    assert len(loaded) <= 2
    window.forgive("403")


def without_cookies(route):
    route.request.frame.page.context.clear_cookies()
    return route.fetch()


def test_a_closed_queue_is_not_asked_for_numbers(visit, queue):
    controls.drain(queue)
    page = visit().page
    joins = listen(page, "/join/")

    page.goto(queue.get_absolute_url())
    page.wait_for_timeout(6000)

    expect(page.get_by_role("heading", name="The queue takes nobody new")).to_be_visible()
    assert joins == []
