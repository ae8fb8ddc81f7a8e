"""The states of the waiting page that few people see, and the window that goes away while its owner is inside."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, wait_for
from tests.factories import make_event_session
from ticketing.redis import redis_client
from waitingroom import store
from waitingroom.cookies import ADMISSION, TICKET, VISITOR
from waitingroom.models import Queue
from waitingroom.services.running import keep_queue
from waitingroom.tests.queues import move_on
from waitingroom.tokens import Pass, Ticket, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GUEST = Visitor("guest", 0)
DARK = {"color_scheme": "dark"}
LOOKS = {"desk": {}, "desk-dark": DARK, "phone": PHONE, "phone-dark": PHONE | DARK}


@pytest.fixture
def queue():
    """On sale, with one slot, which number 0 was called for a moment ago."""
    event_session = make_event_session("A1 A2", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, capacity=1, claim_seconds=1800)
    keep_queue(queue, timezone.now())
    store.join(queue.pk)
    move_on(queue)
    return queue


def put_cookies(page, queue, site, *, admission=None):
    """A browser that has number 0, or a pass."""
    cookies = {VISITOR: GUEST.seal(), TICKET.format(queue.pk): Ticket(queue.pk, 0, GUEST.device).seal()}
    if admission:
        cookies[ADMISSION.format(queue.pk)] = admission.seal()
    page.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])


def fill(queue):
    store.admit(queue.pk, "b1-other", "dother")


def be_elsewhere(queue):
    store.admit(queue.pk, "b1-guest", GUEST.holder)


def let_lapse(queue):
    for seconds in (2, 2 + queue.claim_seconds + 1):
        move_on(queue, seconds)


STATES = {
    "soon": (fill, "One moment: you are next", "Try again"),
    "elsewhere": (be_elsewhere, "You are inside already", "Try again"),
    "missed": (let_lapse, "Your turn is over", "Take a new place"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_few_people_see_is_readable_by_all(visit, site, queue, state):
    bring_about, heading, button = STATES[state]
    bring_about(queue)
    for name, options in LOOKS.items():
        window = visit(name, **options)
        put_cookies(window.page, queue, site)

        window.page.goto(queue.get_absolute_url())

        expect(window.page.get_by_role("heading", name=heading)).to_be_visible()
        expect(window.page.get_by_role("button", name=button)).to_be_visible()
        window.look(f"queue-{state}")


def test_the_draw_is_sealed_until_the_sale_opens(visit, queue):
    Queue.objects.filter(pk=queue.pk).delete()
    redis_client().delete(*store.keys_of(queue.pk))
    event_session = queue.event_session
    event_session.booking_opens_at = timezone.now() + timedelta(minutes=5)
    event_session.save()
    sealed = Queue.objects.create(event_session=event_session)
    keep_queue(sealed, timezone.now())
    for name, options in LOOKS.items():
        window = visit(name, **options)

        window.page.goto(f"{sealed.get_absolute_url()}draw/")

        expect(window.page.get_by_text(sealed.commitment)).to_be_visible()
        expect(window.page.get_by_text(sealed.seed)).to_have_count(0)
        window.look("queue-draw-sealed")


def slot_seconds(queue) -> float:
    """How long the one pass still keeps its slot."""
    active = store.keys_of(queue.pk)[store.KEYS.index("active")]
    [(_name, until_ms)] = redis_client().zrange(active, 0, -1, withscores=True)
    return until_ms / 1000 - timezone.now().timestamp()


def go_inside(page, queue, site):
    admission = store.claim(queue.pk, 0, GUEST.holder)
    given = Pass(queue.pk, "0", GUEST.holder, admission.generation, admission.until_ms)
    put_cookies(page, queue, site, admission=given)
    page.goto(queue.event_session.get_absolute_url())
    expect(page.get_by_text("You are in: choose your seats until")).to_be_visible()


def test_who_goes_to_sign_in_keeps_the_slot(visit, site, queue):
    page = visit().page
    go_inside(page, queue, site)

    page.get_by_role("link", name="Sign in").first.click()
    expect(page.get_by_label("Email")).to_be_visible()
    page.wait_for_timeout(1000)

    assert slot_seconds(queue) > 60


def test_a_window_that_closes_gives_the_slot_to_the_next(visit, site, queue):
    page = visit().page
    go_inside(page, queue, site)
    assert slot_seconds(queue) > 60

    page.goto("about:blank")

    wait_for(page, lambda: slot_seconds(queue) <= 20, "the slot goes")
