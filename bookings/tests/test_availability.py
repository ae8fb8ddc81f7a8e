"""The delta that keeps maps fresh: small, the same for everyone, and never the last word."""

import pytest
from django.db import transaction
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAwayError

from bookings import availability
from bookings.services.holds import release_booking
from bookings.services.sweeping import refresh_free_places
from tests.customer import Customer
from tests.factories import get_seat_ids, get_section, make_event_session, make_plan
from ticketing.redis import redis_client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event_session():
    """One whose map somebody has open."""
    event_session = make_event_session("A1 A2", {"Floor": 5}, now=timezone.now())
    availability.current_version(event_session.pk)
    return event_session


def ask(client, event_session, since, **headers):
    return client.get(f"/live/sessions/{event_session.pk}/availability/", {"since": since}, headers=headers)


def test_a_hold_and_its_end_reach_every_map(client, event_session):
    version = ask(client, event_session, 0).json()["version"]
    (seat,) = get_seat_ids(event_session, "A1")
    alice = Customer()
    alice.hold(event_session, "A1")

    held = ask(client, event_session, version).json()
    release_booking(booking_id=alice.booking.pk, now=timezone.now())
    freed = ask(client, event_session, held["version"]).json()
    from_the_start = ask(client, event_session, version).json()

    assert (held["taken"], held["free"]) == ([seat], [])
    assert (freed["taken"], freed["free"]) == ([], [seat])
    assert (from_the_start["taken"], from_the_start["free"]) == ([], [seat]), "only how it ended"


def test_a_version_from_before_everything_known_is_stale(client, event_session):
    assert ask(client, event_session, 1).json()["stale"]
    assert ask(client, event_session, "nonsense").json()["stale"]


def test_nothing_new_is_answered_in_a_word(client, event_session):
    first = ask(client, event_session, 0)

    again = ask(client, event_session, first.json()["version"], If_None_Match=first.headers["ETag"])

    assert again.status_code == 304
    assert not again.content


def test_a_new_count_alone_is_news_too(client, event_session):
    first = ask(client, event_session, 0)
    availability.keep_left(event_session.pk, {1: 4})

    again = ask(client, event_session, 0, If_None_Match=first.headers["ETag"])

    assert again.status_code == 200
    assert again.json()["left"] == {"1": 4}


def test_everyone_is_told_to_load_again_once_the_plan_is_another_one(client, event_session):
    version = ask(client, event_session, 0).json()["version"]
    with transaction.atomic():
        availability.announce_reload(event_session.pk)
        assert not ask(client, event_session, version).json()["stale"], "not before it is so"

    told = ask(client, event_session, version).json()

    assert told["stale"]
    assert not ask(client, event_session, told["version"]).json()["stale"]


def test_a_map_is_drawn_anew_at_once_after_a_move_to_another_plan(client, event_session, settings):
    settings.PUBLIC_PAGE_SECONDS = 60
    path = f"/sessions/{event_session.pk}/seats/"
    before = client.get(path).content.decode()
    earlier, event_session.plan = event_session.plan, make_plan("Z1 Z2", hall=event_session.hall)
    event_session.save(update_fields=["plan"])

    assert client.get(path).content.decode().count('name="seat"') == before.count('name="seat"')
    availability.record_reload(event_session.pk)
    assert 'data-row="Z"' in client.get(path).content.decode()
    # Back again: the places did not move along.
    event_session.plan = earlier
    event_session.save(update_fields=["plan"])


def test_whoever_missed_very_much_loads_the_map_again(client, event_session, monkeypatch):
    monkeypatch.setattr(availability, "MOST_CHANGES", 2)
    version = ask(client, event_session, 0).json()["version"]

    availability.record(event_session.pk, taken=[1, 2], free=[])
    assert ask(client, event_session, version).json()["taken"] == [1, 2]
    availability.record(event_session.pk, taken=[3], free=[])
    assert ask(client, event_session, version).json() | {"version": 0} == {
        "version": 0,
        "stale": True,
        "taken": [],
        "free": [],
        "left": {},
    }


def test_all_viewers_of_one_second_go_on_from_the_same_version(client, event_session):
    """Otherwise each would ask for something else, and a shared cache had nothing to share."""
    began = availability.current_version(event_session.pk)
    redis_client().set(availability.keys_of(event_session.pk)[2], began - 5000)  # Someone has looked for a while.

    told = []
    for seat in (1, 2, 3):
        availability.record(event_session.pk, taken=[seat], free=[])
        told.append(ask(client, event_session, began).json()["version"])

    assert all(version % 1000 == 0 for version in told)
    again = ask(client, event_session, told[-1]).json()
    assert 3 in again["taken"], "the changes of that second come once more"
    assert not again["stale"]


def test_a_second_with_very_many_changes_is_not_told_again_and_again(client, event_session, monkeypatch):
    monkeypatch.setattr(availability, "MOST_CHANGES", 4)
    monkeypatch.setattr(availability, "MOST_REPEATED", 2)
    version = ask(client, event_session, 0).json()["version"]
    availability.record(event_session.pk, taken=[1, 2, 3, 4, 5], free=[])

    told = ask(client, event_session, version).json()
    again = ask(client, event_session, told["version"]).json()

    assert told["stale"]
    assert not again["stale"]
    assert again["taken"] == []


def test_it_asks_no_database(client, event_session, django_assert_num_queries):
    with django_assert_num_queries(0):
        ask(client, event_session, 0)


def test_a_shared_cache_may_keep_it_a_second_and_no_cookie_is_set(client, event_session):
    response = ask(client, event_session, 0)

    assert response.headers["Cache-Control"] == "public, max-age=1"
    assert not response.cookies


def test_the_places_of_every_section_are_counted_by_the_worker(client, event_session):
    Customer().hold(event_session, standing={"Floor": 2})
    refresh_free_places()

    left = ask(client, event_session, 0).json()["left"]

    floor, stalls = get_section(event_session, "Floor"), get_section(event_session, "Stalls")
    assert left == {str(floor.pk): 3, str(stalls.pk): 2}
    event_session.refresh_from_db()
    assert event_session.free_places == 5
    assert refresh_free_places() == 0


def test_a_lost_redis_makes_old_maps_reload(client, event_session):
    version = ask(client, event_session, 0).json()["version"]
    redis_client().flushdb()

    assert ask(client, event_session, version - 1).json()["stale"]


def test_without_redis_places_are_still_sold_and_the_delta_asks_for_patience(client, event_session, monkeypatch):
    def away(*_args: object, **_kwargs: object) -> None:
        raise RedisAwayError

    monkeypatch.setattr(availability, "script", lambda source: away)

    assert ask(client, event_session, 0).headers["Retry-After"] == "3"
    assert client.get(f"/sessions/{event_session.pk}/seats/").status_code == 200
    assert Customer(client).hold(event_session, "A1").status_code == 302


def test_asking_about_a_session_that_is_none_leaves_nothing_in_redis(client):
    for number in (987654321, 10**21):
        assert client.get(f"/live/sessions/{number}/availability/").json()["stale"]

    assert not redis_client().keys("availability:{987654321*")
    assert not redis_client().keys("availability:{1000000000000000000000*")
