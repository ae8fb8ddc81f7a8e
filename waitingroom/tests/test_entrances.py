"""Every request that holds places or pays for them, tried without a pass and with passes that are not one's own.

`ENTRANCES` and `OPEN` together name every address of bookings and payments, so that a new one has to be
put into one of them before the tests pass.
"""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings import urls as bookings_urls
from bookings.models import Booking, Place
from events.models import EventSession
from payments import urls as payments_urls
from payments.models import Payment
from tests.factories import get_seat_ids, make_event_session, make_user
from ticketing.redis import redis_client
from waitingroom import store
from waitingroom.cookies import ADMISSION
from waitingroom.guard import forget_guarded
from waitingroom.models import Queue
from waitingroom.store import Verdict
from waitingroom.tests.queues import go_in, in_ms, make_queue
from waitingroom.tokens import Pass, Visitor

pytestmark = pytest.mark.django_db

CHECKOUT = {"name": "Alice", "phone": "+43 660 1234567", "email": "alice@example.com"}

# Each with how it is asked; `before` holds places first, while there is no queue yet.
ENTRANCES = {
    "bookings:seats": ("get", {}, False),
    "bookings:seat_map": ("get", {}, False),
    "bookings:hold": ("post", {"seat": None}, False),
    "bookings:best": ("post", {"count": 1, "category": None}, False),
    "bookings:renew": ("post", {}, True),
    "payments:checkout": ("get", {}, True),
    "payments:checkout (pay)": ("post", CHECKOUT, True),
}
# These hold nothing and lead nobody to pay: they only show, give back, or finish what was let in before.
OPEN = {
    *{"bookings:availability", "bookings:overview", "bookings:section"},  # What the map shows to everybody.
    *{"bookings:basket", "bookings:remove_item", "bookings:ticket_types", "bookings:release"},
    *{"bookings:mine", "bookings:booking", "bookings:tickets_pdf", "bookings:ticket_qr", "bookings:attendees"},
    *{"bookings:calendar", "bookings:wallet", "bookings:export_mine", "bookings:find"},
    *{"bookings:wallet_worker", "bookings:drop_promo_code"},
    # An offer's checkout needs no pass; its places were taken by us, not by the visitor.
    *{"bookings:waiting_list", "bookings:waiting_entry", "bookings:accept_offer", "bookings:leave_list"},
    "bookings:join_again",
    *{"bookings:access_code", "bookings:own_overview", "bookings:own_section"},  # Show what a code opens.
    "bookings:use_promo_code",  # Changes what is in the basket costs, and holds nothing.
    "payments:confirm_email",  # Takes a code, and goes on through the checkout's own door.
    # After the checkout: the provider's word, the way back, giving up, and what is left of a booking.
    *{"payments:webhook", "payments:return", "payments:give_up", "payments:cancel"},
    # A ticket goes to somebody else or back on sale, or a change begins: its places are chosen through the doors above.
    *{"bookings:accept", "bookings:pass_on", "bookings:pass_received_on", "bookings:received", "payments:resale"},
    *{"bookings:received_calendar", "bookings:received_pdf", "bookings:received_qr", "bookings:received_wallet"},
    *{"bookings:change", "bookings:open_change"},
    *{"payments:gift", "payments:balance", "payments:gift_pdf", "payments:give_back"},  # No places in it.
    *{"payments:receipts", "payments:receipt", "payments:credit", "payments:rescheduled"},
    *{"payments:saved_methods", "payments:add_method", "payments:method_saved", "payments:rename_method"},
    *{"payments:prefer_method", "payments:delete_method"},
}


def test_every_address_of_bookings_and_payments_is_guarded_or_known_to_need_no_guard():
    known = {
        f"{module.app_name}:{pattern.name}"
        for module in (bookings_urls, payments_urls)
        for pattern in module.urlpatterns
    }

    guarded = {name.partition(" ")[0] for name in ENTRANCES}
    assert guarded <= known
    assert known <= guarded | OPEN


@pytest.fixture
def event_session() -> EventSession:
    """Free of charge, so that its checkout leads to the tickets at once."""
    return make_event_session("A1 A2 A3 A4", now=timezone.now(), price="0.00")


@pytest.fixture
def queue(event_session) -> Queue:
    return make_queue(event_session, capacity=3)


def hold_without_queue(browser: Client, event_session: EventSession) -> None:
    """Places in the basket from a time when nobody had to wait."""
    Queue.objects.update(mode=Queue.Mode.OFF)
    forget_guarded()
    seats = {"seat": get_seat_ids(event_session, "A1")}
    assert browser.post(reverse("bookings:hold", args=[event_session.pk]), seats).status_code == 302
    Queue.objects.update(mode=Queue.Mode.ALWAYS)
    forget_guarded()


def knock(browser: Client, entrance: str, event_session: EventSession, **headers: str):
    method, fields, has_basket = ENTRANCES[entrance]
    if has_basket and "basket" not in browser.cookies:
        hold_without_queue(browser, event_session)
    name = entrance.partition(" ")[0]
    path = reverse(name, args=[] if has_basket else [event_session.pk])
    if "seat" in fields:
        fields = {"seat": get_seat_ids(event_session, "A2")}
    if "category" in fields:
        fields = fields | {"category": event_session.plan.categories.get().pk}
    return getattr(browser, method)(path, fields, headers=headers)


def is_refused(answer, entrance: str, queue: Queue) -> bool:
    """403 with the way to the queue; the seats' page leads there by itself."""
    if entrance == "bookings:seats":
        return answer.status_code == 302 and answer["Location"] == queue.get_absolute_url()
    return answer.status_code == 403 and queue.get_absolute_url() in answer.content.decode()


def put_pass(browser: Client, given: Pass) -> None:
    browser.cookies[ADMISSION.format(given.queue_id)] = given.seal()


def pass_in(browser: Client, queue: Queue) -> Pass:
    given = Pass.open(browser.cookies[ADMISSION.format(queue.pk)].value, queue_id=queue.pk)
    assert given
    return given


def without(browser: Client, queue: Queue) -> None:
    """Nothing at all."""


def forged(browser: Client, queue: Queue) -> None:
    browser.get(queue.get_absolute_url())
    sealed = Pass(queue.pk, "0", "u1", 2, in_ms(timezone.now() + timedelta(hours=1))).seal()
    browser.cookies[ADMISSION.format(queue.pk)] = sealed[:-1] + ("A" if sealed[-1] != "A" else "B")


def altered(browser: Client, queue: Queue) -> None:
    """A real pass with another end."""
    go_in(browser, queue)
    given = pass_in(browser, queue)
    _fields, _colon, signature = given.seal().rpartition(":")
    later = replace(given, until_ms=given.until_ms + 1).seal().rpartition(":")[0]
    browser.cookies[ADMISSION.format(queue.pk)] = f"{later}:{signature}"


def another_kind(browser: Client, queue: Queue) -> None:
    """A ticket in the place of a pass: ours and signed, but no pass."""
    go_in(browser, queue)
    browser.cookies[ADMISSION.format(queue.pk)] = browser.cookies[f"queue-{queue.pk}"].value


def never_given(browser: Client, queue: Queue) -> None:
    """Signed, as if the key were known to somebody, but Redis never gave it."""
    browser.get(queue.get_absolute_url())
    visitor = Visitor.open(browser.cookies["visitor"].value)
    generation = store.look(queue.pk).generation
    put_pass(browser, Pass(queue.pk, "77", visitor.holder, generation, in_ms(timezone.now() + timedelta(hours=1))))


def lapsed(browser: Client, queue: Queue) -> None:
    go_in(browser, queue)
    later = timezone.now() + timedelta(minutes=queue.pass_minutes, seconds=1)
    given = pass_in(browser, queue)
    known = {"holder": given.holder, "heir": given.holder, "generation": given.generation, "until_ms": given.until_ms}
    assert store.use(queue.pk, given.pass_id, **known, now_ms=in_ms(later))[0] == Verdict.NONE


def given_up(browser: Client, queue: Queue) -> None:
    go_in(browser, queue)
    given = pass_in(browser, queue)
    store.leave(queue.pk, given.pass_id, given.holder)


def of_another_session(browser: Client, queue: Queue) -> None:
    other = make_queue(make_event_session("B1", now=timezone.now()), capacity=3)
    go_in(browser, other)
    given = pass_in(browser, other)
    browser.cookies[ADMISSION.format(queue.pk)] = given.seal()


def of_another_account(browser: Client, queue: Queue) -> None:
    bob = Client()
    bob.force_login(make_user("bob"))
    go_in(bob, queue)
    browser.force_login(make_user("alice"))
    browser.get(queue.get_absolute_url())
    put_pass(browser, pass_in(bob, queue))


def of_another_account_on_the_same_device(browser: Client, queue: Queue) -> None:
    browser.force_login(make_user("bob"))
    go_in(browser, queue)
    given = pass_in(browser, queue)
    browser.force_login(make_user("alice"))
    put_pass(browser, given)


def of_another_device(browser: Client, queue: Queue) -> None:
    other = Client()
    go_in(other, queue)
    browser.get(queue.get_absolute_url())
    put_pass(browser, pass_in(other, queue))


def of_a_former_generation_and_over(browser: Client, queue: Queue) -> None:
    browser.get(queue.get_absolute_url())
    visitor = Visitor.open(browser.cookies["visitor"].value)
    put_pass(browser, Pass(queue.pk, "0", visitor.holder, 1, in_ms(timezone.now() - timedelta(seconds=1))))


WRONG = [
    *[without, forged, altered, another_kind, never_given, lapsed, given_up, of_another_session, of_another_account],
    *[of_another_account_on_the_same_device, of_another_device, of_a_former_generation_and_over],
]


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_nobody_enters_with(wrong, entrance, client, queue, event_session):
    wrong(client, queue)
    active = store.look(queue.pk).active

    answer = knock(client, entrance, event_session)

    assert is_refused(answer, entrance, queue)
    # Nothing was held beside what was in the basket before, nothing is paid, and nobody's pass is used up.
    had_basket = ENTRANCES[entrance][2]
    assert Place.objects.exclude(state=Place.State.FREE).count() == int(had_basket)
    assert not Payment.objects.exists()
    assert set(Booking.objects.values_list("status", flat=True)) <= {Booking.Status.HELD}
    assert store.look(queue.pk).active == active


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("is_signed_in", [False, True], ids=["guest", "account"])
def test_everybody_enters_with_their_own_pass(entrance, is_signed_in, client, queue, event_session):
    if is_signed_in:
        client.force_login(make_user())
    go_in(client, queue)

    answer = knock(client, entrance, event_session)

    assert answer.status_code in {200, 302}
    assert not is_refused(answer, entrance, queue)


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_a_session_without_a_queue_needs_no_pass(entrance, client, event_session):
    assert knock(client, entrance, event_session).status_code in {200, 302}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_while_the_queue_does_not_answer_nobody_enters_and_it_says_one_moment(entrance, client, queue, event_session):
    go_in(client, queue)
    if ENTRANCES[entrance][2]:
        hold_without_queue(client, event_session)
    queue.refresh_from_db()
    redis_client().delete(*store.keys_of(queue.pk))

    answer = knock(client, entrance, event_session)

    assert (answer.status_code, answer["Retry-After"]) == (503, "3")


@pytest.mark.parametrize("entrance", [name for name in ENTRANCES if name not in {"bookings:seats"}])
def test_a_fragment_says_the_way_to_the_queue_too(entrance, client, queue, event_session):
    answer = knock(client, entrance, event_session, HX_Request="true")

    assert (answer.status_code, answer["HX-Redirect"]) == (403, queue.get_absolute_url())


def test_a_guest_who_signs_in_goes_on_with_the_same_pass(client, queue, event_session):
    go_in(client, queue)
    client.force_login(make_user())

    assert knock(client, "bookings:hold", event_session).status_code == 302
    assert store.look(queue.pk).active == 1


def test_a_basket_from_before_an_automatic_queue_came_on_goes_on_to_pay(client, event_session):
    make_queue(event_session, mode=Queue.Mode.AUTOMATIC)
    hold_without_queue(client, event_session)
    Queue.objects.update(active_since=timezone.now() + timedelta(seconds=1))
    forget_guarded()

    assert client.get(reverse("payments:checkout")).status_code == 200
    assert client.post(reverse("bookings:renew")).status_code == 302


@pytest.mark.parametrize("what", ["join", "claim", "leave"])
def test_a_strange_page_cannot_ask_in_somebodys_name(what, client, queue):
    client.get(queue.get_absolute_url())
    path = reverse(f"waitingroom:{what}", args=[queue.pk])

    for headers in ({}, {"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert client.post(path, headers=headers).status_code == 403
    assert store.look(queue.pk).issued == 0


def test_a_forged_or_altered_ticket_is_no_ticket(client, queue):
    client.get(queue.get_absolute_url())
    path = reverse("waitingroom:claim", args=[queue.pk])
    ours = {"sec-fetch-site": "same-origin"}
    client.post(reverse("waitingroom:join", args=[queue.pk]), headers=ours)
    name = f"queue-{queue.pk}"
    sealed = client.cookies[name].value
    other = Client()
    other.get(queue.get_absolute_url())
    wrong = [sealed.replace("~0~", "~1~"), sealed[:-1] + "x", "~".join(["1"] * 3), "", "x" * 5000]

    for text in wrong:
        client.cookies[name] = text
        assert json.loads(client.post(path, headers=ours).content) == {"what": "reload"}
    # Somebody else's, as it was.
    other.cookies[name] = sealed
    assert other.post(path, headers=ours).status_code == 403
