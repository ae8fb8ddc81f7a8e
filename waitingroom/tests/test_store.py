"""How a queue moves on: the lobby, calls, passes, and what happens when people do not come."""

from itertools import pairwise

import pytest

from ticketing.redis import redis_client
from waitingroom import store
from waitingroom.store import Full, Phase, Verdict
from waitingroom.tests.queues import MINUTE, NOON, SECOND, Room


@pytest.fixture
def lobby() -> Room:
    """Opens in a minute."""
    return Room(phase=int(Phase.LOBBY), lobby_at=NOON, opens_at=NOON + MINUTE, capacity=2)


def test_numbers_are_given_one_after_the_other_and_nobody_is_called_before_the_opening(lobby):
    assert lobby.join(3) == [0, 1, 2]

    standing = lobby.wait(59)

    assert (standing.phase, standing.serving, standing.place_of(0)) == (Phase.LOBBY, 0, None)
    assert lobby.claim(0).verdict == Verdict.WAITING


def test_who_comes_before_the_lobby_is_told_so():
    room = Room(phase=int(Phase.LOBBY), lobby_at=NOON + MINUTE, opens_at=NOON + 2 * MINUTE)

    assert store.join(room.pk, now_ms=room.now) == (Verdict.EARLY, 0)


def test_at_the_opening_the_lobby_is_drawn_and_later_ones_come_behind_it(lobby):
    lobby.join(50)

    standing = lobby.wait(60)
    later = lobby.join(3)

    assert (standing.phase, standing.drawn) == (Phase.OPEN, 50)
    assert {standing.place_of(number) for number in range(50)} == set(range(50))
    assert [standing.place_of(number) for number in later] == [50, 51, 52]


def test_as_many_are_called_as_may_come_in():
    room = Room(capacity=3)
    room.join(10)

    assert room.wait().serving == 3
    assert room.claim(3).verdict == Verdict.WAITING
    assert [room.claim(place).verdict for place in range(3)] == [Verdict.ADMITTED] * 3
    assert room.wait(30).serving == 3


@pytest.mark.parametrize("way", ["leave", "pay", "lapse"])
def test_a_slot_that_becomes_free_is_the_next_ones(way):
    room = Room(capacity=1)
    room.join(3)
    room.wait()
    room.claim(0)

    if way == "leave":
        room.leave(0)
    elif way == "pay":
        store.bind(room.pk, "0", 5, MINUTE, now_ms=room.now)
        store.finish(room.pk, 5, now_ms=room.now)
    standing = room.wait(10 * 60 if way == "lapse" else 1)

    assert standing.serving == 2
    assert room.claim(1).verdict == Verdict.ADMITTED
    assert room.use(0) == Verdict.NONE


def test_a_call_that_nobody_answers_lapses_and_the_next_is_called():
    room = Room(capacity=1, claim_ms=MINUTE)
    room.join(3)
    room.wait()

    assert room.wait(59).serving == 1
    standing = room.wait(1)

    assert (standing.base, standing.unanswered) == (1, 1)
    assert standing.serving >= 2
    assert room.claim(0).verdict == Verdict.MISSED


def test_more_are_called_than_there_are_slots_once_it_is_known_how_many_come():
    room = Room(capacity=50, claim_ms=MINUTE, show=0.8)
    room.join(2500)
    before = 0
    for _second in range(150):
        standing = room.wait()
        for place in range(before, standing.serving):
            if place % 2 and room.claim(place).verdict == Verdict.ADMITTED:
                room.leave(place)
        before = standing.serving

    assert standing.show == pytest.approx(0.5, abs=0.07)
    assert standing.active <= 50


def test_who_pays_keeps_the_pass_as_long_as_the_places():
    room = Room(capacity=1, pass_ms=MINUTE)
    room.join(2)
    room.wait()
    room.claim(0)
    store.bind(room.pk, "0", 5, 5 * MINUTE, now_ms=room.now)

    assert room.wait(4 * 60).active == 1
    assert room.use(0) == Verdict.ADMITTED
    assert room.wait(60).active == 0


def test_a_pass_of_a_page_that_closed_is_free_soon_unless_the_page_comes_back():
    room = Room(capacity=2)
    room.join(2)
    room.wait()
    for place in (0, 1):
        room.claim(place)
        room.leave(place, grace_ms=20 * SECOND)

    room.wait(10)
    assert room.use(1) == Verdict.ADMITTED

    assert room.wait(15).active == 1
    assert room.use(0) == Verdict.NONE


def test_a_guest_who_signs_in_keeps_the_pass_and_an_account_has_one():
    room = Room(capacity=2)
    room.join(2)
    room.wait()
    room.claim(0, "dA")
    room.claim(1, "dB")

    assert room.use(0, "dA", heir="u5") == Verdict.ADMITTED
    assert room.use(1, "dB", heir="u5") == Verdict.ELSEWHERE
    assert room.use(0, "dA", heir="u6") == Verdict.NONE
    assert room.use(0, "u5") == Verdict.ADMITTED


def test_called_people_who_leave_make_room_at_once():
    room = Room(capacity=1)
    room.join(2)
    room.wait()

    room.leave(0)

    assert room.wait().serving == 2
    assert room.claim(0).verdict == Verdict.USED


def test_nobody_is_called_while_paused_and_those_inside_stay():
    room = Room(capacity=2)
    room.join(4)
    room.wait()
    room.claim(0)
    room.claim(1)
    room.set(paused=1)
    room.leave(0)

    assert room.wait(30).serving == 2
    assert room.use(1) == Verdict.ADMITTED
    room.set(paused=0)
    assert room.wait().serving == 3


def test_a_draining_queue_takes_nobody_more_and_opens_the_doors_when_it_is_empty():
    room = Room(capacity=2)
    room.join(2)
    room.set(draining=1)

    assert store.join(room.pk, now_ms=room.now) == (Verdict.CLOSED, 0)
    room.wait()
    assert [room.claim(place).verdict for place in (0, 1)] == [Verdict.ADMITTED] * 2
    assert room.wait(120).phase == Phase.OVER
    assert store.join(room.pk, now_ms=room.now) == (Verdict.FREE, 0)
    assert room.use("", "d9") == Verdict.FREE


def test_when_all_is_sold_nobody_is_called_and_nobodys_time_runs():
    room = Room(capacity=1, claim_ms=MINUTE)
    room.join(3)
    room.wait()
    room.set(full=int(Full.SOLD_OUT))

    assert room.claim(0).verdict == Verdict.SOLD_OUT
    assert room.wait(600).serving == 1

    room.set(full=int(Full.NO))
    room.wait(30)
    assert room.claim(0).verdict == Verdict.ADMITTED


def test_while_all_places_are_in_baskets_the_called_hear_one_moment():
    room = Room(capacity=1)
    room.join(1)
    room.wait()
    room.set(full=int(Full.IN_BASKETS))

    assert room.claim(0).verdict == Verdict.SOON
    room.set(full=int(Full.NO))
    assert room.claim(0).verdict == Verdict.ADMITTED


def test_no_more_a_minute_than_staff_allow():
    room = Room(capacity=1000, per_minute=60)
    room.join(500)

    called = [room.wait().serving for _ in range(60)]

    assert 55 <= called[-1] <= 65
    assert max(later - before for before, later in pairwise(called)) <= 3


@pytest.mark.parametrize("seconds", [-3600, -1, 3600])
def test_a_clock_that_jumps_takes_no_pass_and_no_number(seconds):
    """Redis' own clock counts; a server that takes over may have another one."""
    room = Room(capacity=2)
    room.join(5)
    room.wait()
    room.claim(0)

    room.now += min(seconds, 9 * 60) * SECOND
    standing = room.wait()
    if seconds < 0:
        assert room.use(0) == Verdict.ADMITTED
    assert standing.issued == 5
    for _second in range(5):
        standing = room.wait()
    assert standing.serving >= 2
    assert room.join() == [5]


def test_servers_send_no_time_so_that_their_clocks_do_not_matter(monkeypatch):
    room = Room(capacity=1, opens_at=0)
    store.join(room.pk)
    monkeypatch.setattr("time.time", lambda: 0.0)

    assert abs(store.look(room.pk).now - int(redis_client().time()[0]) * 1000) < 5000


def test_memory_does_not_grow_with_the_number_of_people_who_wait():
    room = Room(capacity=20)
    room.join(50)
    for place in range(room.wait().serving):
        room.claim(place)
    few = memory_of(room)

    with redis_client().pipeline(transaction=False) as pipe:
        for _ in range(20_000):
            store.script("join")(keys=store.keys_of(room.pk), args=[room.now], client=pipe)
        pipe.execute()
    for _minute in range(30):
        room.wait(60)

    assert room.look().issued == 20_050
    assert set(redis_client().scan_iter()) <= {key.encode() for key in store.keys_of(room.pk)}
    assert memory_of(room) <= few + 2000


def test_what_is_over_leaves_nothing_behind():
    room = Room(capacity=20, claim_ms=30 * SECOND)
    room.join(500)
    before = 0
    for _second in range(100):
        standing = room.wait()
        for place in range(before, standing.serving):
            if room.claim(place).verdict == Verdict.ADMITTED:
                store.bind(room.pk, str(place), place, MINUTE, now_ms=room.now)
                store.finish(room.pk, place, now_ms=room.now)
        before = standing.serving

    assert room.wait(60).serving == 500
    assert {key.rpartition(b":")[2] for key in redis_client().scan_iter()} == {b"state"}


def memory_of(room: Room) -> int:
    return sum(redis_client().memory_usage(key) or 0 for key in store.keys_of(room.pk))
