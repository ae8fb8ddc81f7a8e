"""Staff and customers at once, six of them, on MariaDB; each was seen to fail with its guard taken out."""

from functools import partial
from time import sleep

import pytest
from django.db import OperationalError

from bookings.errors import NotEnoughPlacesError, PlacesInUseError, SeatsTakenError
from bookings.models import Block, BlockedPlace, Booking, Place
from bookings.services.blocking import Blocking, block_places, release_block, release_blocked_places
from tests.booking import hold
from tests.concurrency import run_together
from tests.factories import NOON, get_seat_ids, get_section, make_event_session
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5
# Seconds by which the staff come later. Where somebody has not won by then, they get a long start.
PAUSES = [0, 0.003, 0.006, 0.009, 0.012, 0.025, 0.05, 0.1]
LONG = [0.4, 1.6, 6.4]


def blocking(event_session, **choice):
    facts = {"kind": Block.Kind.HOUSE, "reason": "Press", "actor_id": None, "now": NOON}
    return partial(retry_on_conflict, partial(block_places, event_session_id=event_session.pk, **(facts | choice)))


def releasing(event_session, **choice):
    return partial(
        retry_on_conflict, partial(release_blocked_places, event_session_id=event_session.pk, actor_id=None, **choice)
    )


def holding(event_session, **choice):
    return partial(retry_on_conflict, partial(hold, event_session, **choice))


def late(pause, call):
    """Blocking gets to the seats sooner than holding does; a short pause lets either win."""
    sleep(max(0, pause))
    return call()


def list_pauses(winners):
    """Starts for one and the other, until both have won once, however busy the machine is."""
    yield from PAUSES
    for start in LONG:
        if Booking not in winners:
            yield start
        if Blocking not in winners:
            yield -start


def test_a_seat_is_blocked_or_held_never_both():
    winners = set()
    for pause in list_pauses(winners):
        event_session = make_event_session("A1 A2 A3")
        seat_ids = get_seat_ids(event_session, "A1 A2 A3")
        block = partial(late, pause, blocking(event_session, seat_ids=seat_ids[:2]))
        hold_later = partial(late, -pause, holding(event_session, seat_ids=seat_ids[1:]))

        results = run_together(*[block] * 3, *[hold_later] * 3)

        won = {type(result) for result in results if not isinstance(result, Exception)}
        lost = [result for result in results if isinstance(result, Exception)]
        assert len(won) == 1
        assert all(isinstance(result, PlacesInUseError | SeatsTakenError) for result in lost)
        winners |= won
    assert winners == {Blocking, Booking}


def test_of_six_who_block_the_same_seats_one_does_and_five_hear_that_they_are_blocked():
    event_session = make_event_session("A1 A2 A3")
    seat_ids = get_seat_ids(event_session, "A1 A2 A3")

    results = run_together(*[blocking(event_session, seat_ids=seat_ids)] * 6)

    assert sorted(result.blocked for result in results) == [0, 0, 0, 0, 0, 3]
    assert Block.objects.count() == 1


def test_the_last_standing_place_is_blocked_or_held():
    for _ in range(ROUNDS):
        event_session = make_event_session("", {"Floor": 1})
        floor = get_section(event_session, "Floor")

        results = run_together(
            *[blocking(event_session, standing={floor.pk: 1})] * 3,
            *[holding(event_session, standing={floor.pk: 1})] * 3,
        )

        assert sum(isinstance(result, NotEnoughPlacesError) for result in results) == 5


def test_release_against_block_ends_with_every_place_in_one_state():
    for _ in range(ROUNDS):
        event_session = make_event_session("A1 A2 A3")
        seat_ids = get_seat_ids(event_session, "A1 A2 A3")
        blocking(event_session, seat_ids=seat_ids)()

        results = run_together(
            *[releasing(event_session, seat_ids=seat_ids), blocking(event_session, seat_ids=seat_ids)] * 3
        )

        assert not [result for result in results if isinstance(result, Exception)]
        blocked = Place.objects.filter(event_session=event_session, state=Place.State.BLOCKED)
        kept = BlockedPlace.objects.filter(place__event_session=event_session)
        assert blocked.count() == kept.count()
        assert sum(result.blocked for result in results[1::2]) + 3 - sum(results[::2]) == kept.count()


def test_a_release_never_takes_a_place_from_the_customer_who_was_faster():
    for _ in range(ROUNDS):
        event_session = make_event_session("A1 A2")
        seat_ids = get_seat_ids(event_session, "A1 A2")
        block = blocking(event_session, seat_ids=seat_ids)().block
        release = partial(retry_on_conflict, partial(release_block, block_id=block.pk, actor_id=None))

        results = run_together(*[release] * 4, *[holding(event_session, seat_ids=seat_ids)] * 2)

        assert not [result for result in results if isinstance(result, OperationalError)]
        assert sum(results[:4]) == 2
        held = Place.objects.filter(event_session=event_session, state=Place.State.HELD).count()
        assert held == 2 * sum(isinstance(result, Booking) for result in results)
