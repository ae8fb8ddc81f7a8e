"""Six at once: whatever they ask for at the door, nobody gets more than one may have.

The scripts run one after the other in Redis; these tests are seen to fail when claim.lua's look at the pass, at
its holder or at the capacity is taken out.
"""

from functools import partial

import pytest

from tests.concurrency import run_together
from waitingroom import store
from waitingroom.store import Verdict
from waitingroom.tests.queues import Room, ask, go_in, make_queue, move_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room() -> Room:
    """Ten numbers, of which six are called."""
    room = Room(capacity=6)
    room.join(10)
    assert room.wait().serving == 6
    return room


def verdicts(answers):
    return sorted(answer.verdict for answer in answers)


def count_passes(room):
    return room.look().active


def test_of_six_claims_of_one_number_by_six_browsers_one_gets_the_pass(room):
    answers = run_together(*(partial(room.claim, 0, f"d{browser}") for browser in range(6)))

    assert verdicts(answers) == [Verdict.ADMITTED] + [Verdict.TAKEN] * 5
    assert count_passes(room) == 1


def test_six_claims_of_one_number_by_the_same_browser_are_one_pass(room):
    answers = run_together(*(partial(room.claim, 0, "d0") for _ in range(6)))

    assert len({(answer.verdict, answer.until_ms) for answer in answers}) == 1
    assert count_passes(room) == 1


def test_of_six_numbers_for_one_slot_one_gets_it_and_the_others_hear_one_moment(room):
    room.set(capacity=1)

    answers = run_together(*(partial(room.claim, place) for place in range(6)))

    assert verdicts(answers) == [Verdict.ADMITTED] + [Verdict.SOON] * 5
    assert count_passes(room) == 1
    # When it is free the next of them comes in, whose time to answer is long over.
    winner = next(place for place in range(6) if answers[place].verdict == Verdict.ADMITTED)
    room.leave(winner)
    room.wait(20)
    others = [place for place in range(6) if place != winner]
    again = run_together(*(partial(room.claim, place) for place in others))
    assert verdicts(again) == [Verdict.ADMITTED] + [Verdict.SOON] * 4


def test_one_account_with_six_numbers_gets_one_pass(room):
    answers = run_together(*(partial(room.claim, place, "u5") for place in range(6)))

    assert verdicts(answers) == [Verdict.ELSEWHERE] * 5 + [Verdict.ADMITTED]
    assert count_passes(room) == 1


def test_six_who_join_at_once_get_six_numbers(room):
    answers = run_together(*(partial(store.join, room.pk, now_ms=room.now) for _ in range(6)))

    assert {number for _verdict, number in answers} == set(range(10, 16))


def test_six_who_ask_first_in_a_second_advance_the_queue_once(room):
    for place in range(6):
        room.claim(place)
        room.leave(place)
    room.now += 1000

    run_together(*(room.look for _ in range(6)))

    assert room.look().serving == 10


def test_leaving_and_claiming_at_once_never_keeps_a_slot_twice(room):
    room.claim(0)

    run_together(*[partial(room.leave, 0), partial(room.claim, 0, "d0")] * 3)

    assert count_passes(room) <= 1
    room.leave(0)
    assert count_passes(room) == 0


def test_a_paid_booking_frees_its_slot_once(room):
    room.claim(0)
    assert store.bind(room.pk, "0", 99, 60_000, now_ms=room.now)

    freed = run_together(*(partial(store.finish, room.pk, 99, now_ms=room.now) for _ in range(6)))

    assert freed.count(True) == 1
    assert (count_passes(room), room.look().finished) == (0, 1)


def test_six_tabs_of_one_browser_share_one_pass(client):
    queue = make_queue(capacity=6)
    client.get(queue.get_absolute_url())
    ask(client, queue, "join")
    move_on(queue)

    answers = run_together(*(partial(ask, client, queue, "claim") for _ in range(6)))

    assert [answer.json() for answer in answers] == [{"what": "pass"}] * 6
    assert store.look(queue.pk).active == 1


def test_a_second_browser_of_the_same_account_waits_outside(client, django_user_model):
    queue = make_queue(capacity=6)
    alice = django_user_model.objects.create_user("alice@example.com", name="Alice")
    other = type(client)()
    for browser in (client, other):
        browser.force_login(alice)
    go_in(client, queue)
    other.get(queue.get_absolute_url())
    ask(other, queue, "join")
    move_on(queue)

    assert ask(other, queue, "claim").json() == {"what": "elsewhere"}
