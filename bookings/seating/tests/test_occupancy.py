"""What the process knows of a session: soon after the fact, from the maps' delta or from the database."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAwayError

from bookings import availability
from bookings.models import Place
from bookings.seating import occupancy
from bookings.seating.occupancy import taken_seats
from bookings.services.holds import release_booking
from tests.booking import hold
from tests.concurrency import run_together
from tests.factories import get_seat_ids, get_section, make_event_session, make_plan
from ticketing.redis import redis_client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 B1", {"Floor": 5}, now=timezone.now())


def keep(event_session, seats, **more):
    return hold(event_session, seats, now=timezone.now(), **more)


def test_holds_and_releases_arrive_without_asking_the_database(event_session, django_assert_num_queries):
    a1, a2, b1 = get_seat_ids(event_session, "A1 A2 B1")
    keep(event_session, "A2")
    before = taken_seats(event_session.pk)
    booking = keep(event_session, "A1 B1")

    with django_assert_num_queries(0):
        held = taken_seats(event_session.pk)
    release_booking(booking_id=booking.pk, now=timezone.now())
    with django_assert_num_queries(0):
        freed = taken_seats(event_session.pk)

    assert set(before) == {a2}, "a look is never changed afterwards"
    assert set(held) == {a1, a2, b1}
    assert len(held) == 3
    assert a1 in held
    assert "A1" not in held
    assert held.in_section(get_section(event_session, "Stalls").pk) == {a1, a2, b1}
    assert set(freed) == {a2}


def test_blocked_and_sold_seats_are_taken_and_lapsed_holds_are_free(event_session):
    a1, a2, a3, b1 = get_seat_ids(event_session, "A1 A2 A3 B1")
    held = keep(event_session, "A1 A2 B1")
    Place.objects.filter(seat=a1).update(held_until=timezone.now() - timedelta(seconds=1))
    Place.objects.filter(seat=b1).update(held_until=None, state=Place.State.SOLD)
    Place.objects.filter(seat=a3).update(state=Place.State.BLOCKED)

    assert set(taken_seats(event_session.pk)) == {a2, a3, b1}
    Place.objects.filter(booking=held).update(booking=None, state=Place.State.FREE, held_until=None)
    Place.objects.filter(seat=a3).update(state=Place.State.FREE)


def test_standing_places_and_seats_of_other_plans_are_not_seats_of_this_one(event_session):
    other = make_event_session("A1", now=timezone.now())
    keep(event_session, "", standing={get_section(event_session, "Floor").pk: 2})

    taken = taken_seats(event_session.pk)

    assert not set(taken)
    assert get_seat_ids(other, "A1")[0] not in taken


def test_a_lost_redis_means_reading_again(event_session):
    taken_seats(event_session.pk)
    keep(event_session, "A1")
    redis_client().flushdb()

    assert set(taken_seats(event_session.pk)) == set(get_seat_ids(event_session, "A1"))


def test_while_redis_is_away_the_database_answers_every_time(event_session, monkeypatch):
    def away(*_args: object, **_kwargs: object) -> None:
        raise RedisAwayError

    taken_seats(event_session.pk)
    monkeypatch.setattr(availability, "script", lambda source: away)

    for seats in ("A1", "A2"):
        keep(event_session, seats)
        assert get_seat_ids(event_session, seats)[0] in taken_seats(event_session.pk)


def test_what_was_never_announced_is_seen_after_half_a_minute(event_session, monkeypatch):
    (a1,) = get_seat_ids(event_session, "A1")
    taken_seats(event_session.pk)
    Place.objects.filter(seat=a1).update(state=Place.State.BLOCKED)

    assert a1 not in taken_seats(event_session.pk)
    assert a1 in taken_seats(event_session.pk, is_fresh=True)
    Place.objects.filter(seat=a1).update(state=Place.State.FREE)
    later = occupancy.monotonic() + occupancy.RELOAD_SECONDS + 1
    monkeypatch.setattr(occupancy, "monotonic", lambda: later)
    assert a1 not in taken_seats(event_session.pk)


def test_a_session_that_moved_to_another_plan_is_read_again(event_session):
    taken_seats(event_session.pk)
    plan = make_plan("A1 A2", hall=event_session.hall)

    assert taken_seats(event_session.pk, plan.pk).rows.plan_id == plan.pk
    assert taken_seats(event_session.pk, event_session.plan_id).rows.plan_id == event_session.plan_id


def test_sessions_beyond_the_bound_are_forgotten(monkeypatch):
    monkeypatch.setattr(occupancy._memories, "most", 2)
    for _ in range(3):
        taken_seats(make_event_session("A1 A2 A3 A4").pk)

    assert len(occupancy._memories.entries) == 2


def test_many_threads_see_every_hold_in_the_end(event_session):
    labels = ["A1", "A2", "A3", "B1"]
    look = partial(taken_seats, event_session.pk)
    holds = [partial(keep, event_session, "", seat_ids=get_seat_ids(event_session, label)) for label in labels]

    results = run_together(*holds, *[look] * 4)

    assert not [result for result in results if isinstance(result, Exception)]
    assert set(look()) == set(get_seat_ids(event_session, " ".join(labels)))
