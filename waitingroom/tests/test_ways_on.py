"""From every state of the page something leads on, also without JavaScript and after something unusual."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from payments.services.calling_off import call_off_event, call_off_session
from tests.customer import run_outbox
from tests.factories import make_event_session, make_user
from waitingroom import document, store
from waitingroom.cookies import TICKET, VISITOR
from waitingroom.guard import forget_guarded
from waitingroom.models import Queue
from waitingroom.services.following import switch_off
from waitingroom.services.running import keep_queue, tell_left
from waitingroom.store import Full, Phase, Verdict
from waitingroom.tests.queues import MINUTE, Room, ask, go_in, make_queue, move_on
from waitingroom.tokens import Ticket, Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _document_is_new(monkeypatch):
    """Tests do not wait for the half second for which it is kept."""
    monkeypatch.setattr(document, "KEEP_SECONDS", 0)


def press(browser, queue, action):
    return browser.post(queue.get_absolute_url(), {"action": action}, follow=True)


def shown(response):
    """What the page says, without the parts that are hidden."""
    return re.search(r'data-state="(\w+)"', response.content.decode())[1]


def wait_called(browser, queue):
    """A number, and its call."""
    browser.get(queue.get_absolute_url())
    press(browser, queue, "join")
    move_on(queue)


def lapse(queue):
    """Nobody's call of before is open any more."""
    for seconds in (2, 2 + queue.claim_seconds + 1):
        move_on(queue, seconds)


def test_who_finds_all_slots_taken_is_told_so_and_keeps_their_turn(client):
    queue = make_queue(capacity=1, claim_seconds=15)
    wait_called(client, queue)
    store.admit(queue.pk, "b1-d2", "d2")

    answer = press(client, queue, "claim")
    lapse(queue)
    later = client.get(queue.get_absolute_url())

    assert (shown(answer), shown(later)) == ("soon", "soon")
    assert 'value="claim"' in visible_part(later, "soon")
    store.leave(queue.pk, "b1-d2", "d2")
    assert press(client, queue, "claim").redirect_chain[-1][0] == queue.event_session.get_absolute_url()


def visible_part(response, state):
    return re.search(rf'<section data-state-of="{state}".*?</section>', response.content.decode(), re.DOTALL)[0]


def test_a_number_that_was_used_offers_a_new_place_at_once(client):
    queue = make_queue()
    go_in(client, queue)
    ticket = client.cookies[TICKET.format(queue.pk)].value
    press(client, queue, "leave")
    client.cookies[TICKET.format(queue.pk)] = ticket

    answer = press(client, queue, "claim")

    assert shown(answer) == "missed"
    assert 'value="again"' in visible_part(answer, "missed")


def test_who_is_inside_elsewhere_is_told_so(client):
    queue = make_queue()
    alice = make_user("alice")
    client.force_login(alice)
    wait_called(client, queue)
    other = Client()
    other.force_login(alice)
    go_in(other, queue)

    answer = press(client, queue, "claim")

    assert shown(answer) == "elsewhere"
    assert 'value="claim"' in visible_part(answer, "elsewhere")


def test_the_plain_page_looks_again_well_within_the_time_to_come_in(client):
    queue = make_queue(claim_seconds=15, capacity=1)
    store.adjust(queue.pk, {"issued": 1_000_000, "serving": 10, "base": 10})
    client.get(queue.get_absolute_url())
    device = Visitor.open(client.cookies[VISITOR].value).device
    client.cookies[TICKET.format(queue.pk)] = Ticket(queue.pk, 12, device).seal()

    page = client.get(queue.get_absolute_url()).content.decode()

    assert int(re.search(r'http-equiv="refresh" content="(\d+)"', page)[1]) <= 5


def test_a_guest_who_signed_in_can_give_their_slot_back(client):
    queue = make_queue(capacity=1)
    go_in(client, queue)
    client.force_login(make_user("alice"))
    assert client.get(queue.event_session.get_absolute_url()).status_code == 200

    ask(client, queue, "leave")

    assert move_on(queue).active == 0


def test_leaving_gives_up_the_new_number_and_not_a_pass_that_is_over(client):
    queue = make_queue(capacity=1)
    go_in(client, queue)
    store.leave(queue.pk, "0", Visitor.open(client.cookies[VISITOR].value).holder)
    press(client, queue, "again")
    standing = move_on(queue)
    assert standing.serving - standing.base - standing.claimed == 1

    ask(client, queue, "leave")

    standing = move_on(queue)
    assert standing.serving - standing.base - standing.claimed == 0


def test_a_queue_that_was_automatic_and_shall_always_be_on_closes_the_door(client):
    queue = make_queue(mode=Queue.Mode.AUTOMATIC)
    seats = queue.event_session.get_absolute_url()
    assert client.get(seats).status_code == 200

    Queue.objects.update(mode=Queue.Mode.ALWAYS)
    queue.refresh_from_db()
    keep_queue(queue, timezone.now())
    forget_guarded()

    assert store.look(queue.pk).phase == Phase.OPEN
    assert client.get(seats)["Location"] == queue.get_absolute_url()


def test_a_second_rush_draws_nothing_again():
    queue = make_queue(mode=Queue.Mode.AUTOMATIC, busy_baskets=5, capacity=100)
    rush(queue)
    for _ in range(20):
        store.join(queue.pk)
    before = store.look(queue.pk)
    switch_off(queue)

    rush(queue)

    after = store.look(queue.pk)
    assert (after.phase, after.drawn) == (Phase.OPEN, 0)
    assert [after.place_of(number) for number in range(20)] == [before.place_of(number) for number in range(20)]


def rush(queue):
    tell_left(queue.pk, left=10, baskets=6)
    keep_queue(queue, timezone.now())


def test_a_seed_that_was_shown_draws_no_second_lobby():
    queue = make_queue(mode=Queue.Mode.AUTOMATIC, busy_baskets=5)
    rush(queue)
    store.join(queue.pk)
    shown_seed = store.look(queue.pk).seed
    switch_off(queue)
    tell_left(queue.pk, left=10, baskets=0)
    queue.event_session.booking_opens_at = timezone.now() + timedelta(minutes=30)
    queue.event_session.save()
    keep_queue(queue, timezone.now())

    rush(queue)

    standing = store.look(queue.pk)
    assert (standing.phase, standing.seed) == (Phase.OPEN, shown_seed)


def test_nobodys_turn_runs_out_while_the_sale_is_put_off_after_the_draw():
    room = Room(capacity=1)
    room.join(3)
    assert room.wait().serving == 1

    room.set(opens_at=room.now + 30 * MINUTE)
    for _ in range(29):
        standing = room.wait(60)

    assert (standing.base, standing.serving) == (0, 1)
    assert room.claim(0).verdict == Verdict.SOON
    room.wait(61)
    assert room.claim(0).verdict == Verdict.ADMITTED


def test_who_was_next_as_the_last_place_went_is_next_when_one_comes_back():
    room = Room(capacity=1, claim_ms=MINUTE)
    room.join(2)
    room.wait()
    store.admit(room.pk, "b1-d9", "d9", now_ms=room.now)
    for _ in range(4):
        assert room.claim(0).verdict == Verdict.SOON
        room.wait(20)
    assert room.look().base == 1

    room.set(full=int(Full.SOLD_OUT))
    for _ in range(10):
        assert room.claim(0).verdict == Verdict.SOLD_OUT
        room.wait(20)
    room.set(full=int(Full.NO))
    store.leave(room.pk, "b1-d9", "d9", now_ms=room.now)

    assert room.claim(0).verdict == Verdict.ADMITTED


def test_a_tab_in_the_background_is_woken_often_enough_to_keep_its_turn():
    """Browsers let its timers run once a minute."""
    room = Room(capacity=1, claim_ms=MINUTE)
    room.join(1)
    room.wait()
    store.admit(room.pk, "b1-d9", "d9", now_ms=room.now)
    assert room.claim(0).verdict == Verdict.SOON

    for _ in range(4):
        room.wait(61)
        assert room.claim(0).verdict == Verdict.SOON


@pytest.mark.parametrize("state", ["early", "lobby"])
def test_a_crowd_before_the_opening_asks_seldom(client, state):
    event_session = make_event_session("A1", now=timezone.now())
    event_session.booking_opens_at = timezone.now() + timedelta(minutes=90 if state == "early" else 30)
    event_session.save()
    queue = make_queue(event_session)
    if state == "lobby":
        store.adjust(queue.pk, {"issued": 1_000_000})

    news = client.get(reverse("waitingroom:status", args=[queue.pk])).json()

    assert (news["state"], news["poll_after"]) == (state, 15)


@pytest.mark.parametrize("what", ["date", "event"])
def test_whoever_waits_for_a_date_that_is_cancelled_is_led_to_what_happened(client, what):
    queue = make_queue(capacity=1, is_paused=True)
    event_session = queue.event_session
    wait_called(client, queue)
    if what == "date":
        call_off_session(event_session_id=queue.pk, reason="", actor=None, now=timezone.now())
    else:
        call_off_event(event_id=event_session.event_id, reason="", actor=None, now=timezone.now())
    run_outbox()

    answer = client.get(queue.get_absolute_url(), follow=True)
    document = client.get(reverse("waitingroom:status", args=[queue.pk])).json()

    assert answer.redirect_chain[-1][0] == event_session.event.get_absolute_url()
    assert "ancelled" in answer.content.decode()
    assert document["state"] == "free"
    assert Queue.objects.get().mode == Queue.Mode.OFF
