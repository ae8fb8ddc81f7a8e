"""A session moves while customers hold its places: six at once, on MariaDB; seen to fail without the locks."""

from functools import partial
from time import sleep

import pytest

from bookings.errors import PlanChangedError, SeatsMissingError, SeatsTakenError
from bookings.models import Booking, Place
from bookings.services import replanning
from bookings.services.holds import release_booking
from bookings.services.plan_matching import PlanMove
from bookings.services.replanning import move_to_plan
from tests.booking import hold
from tests.concurrency import run_together
from tests.factories import NOON, get_seat_ids, make_event_session, make_plan
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 10


def late(pause, call):
    sleep(max(0, pause))
    return retry_on_conflict(call)


def list_starts(winners):
    """Seconds by which the move comes later; long ones until both have won once, however busy the machine is."""
    yield from ((2 * number - ROUNDS) * 0.004 for number in range(ROUNDS))
    for start in (0.4, 1.6, 6.4):
        if Booking not in winners:
            yield start
        if PlanMove not in winners:
            yield -start


def test_a_seat_that_the_new_plan_lacks_is_held_or_gone_never_both():
    winners = set()
    for start in list_starts(winners):
        event_session = make_event_session("A1 A2 A3")
        plan = make_plan("A1 A2", hall=event_session.hall)
        seat_ids = get_seat_ids(event_session, "A3")
        move = partial(
            move_to_plan, event_session_id=event_session.pk, plan_id=plan.pk, prices=None, actor_id=None, now=NOON
        )
        holding = partial(late, -start, partial(hold, event_session, seat_ids=seat_ids))

        results = run_together(*[partial(late, start, move)] * 3, *[holding] * 3)

        won = {type(result) for result in results if not isinstance(result, Exception)}
        lost = [result for result in results if isinstance(result, Exception)]
        assert won in ({PlanMove}, {Booking}), results
        assert all(isinstance(result, SeatsMissingError | SeatsTakenError | PlanChangedError) for result in lost), lost
        winners |= won
    assert winners == {PlanMove, Booking}


def test_a_hold_of_a_seat_that_stays_is_never_lost_on_the_way():
    for number in range(ROUNDS):
        event_session = make_event_session("A1 A2 A3")
        plan = make_plan("A1 A2 A3 A4", hall=event_session.hall)
        seat_ids = get_seat_ids(event_session, "A1 A2 A3")
        move = partial(
            move_to_plan, event_session_id=event_session.pk, plan_id=plan.pk, prices=None, actor_id=None, now=NOON
        )
        holds = [
            partial(late, (ROUNDS - number) * 0.003, partial(hold, event_session, seat_ids=[seat_id]))
            for seat_id in seat_ids
        ]

        results = run_together(*[partial(late, number * 0.003, move)] * 3, *holds)

        held = [result for result in results if isinstance(result, Booking)]
        expected = Booking | PlanMove | SeatsTakenError | PlanChangedError
        assert all(isinstance(result, expected) for result in results), results
        places = Place.objects.filter(event_session=event_session)
        assert places.filter(state=Place.State.HELD, seat__section__plan=plan).count() == len(held)
        assert places.count() == places.filter(seat__section__plan=plan).count() == 4


def test_a_basket_given_back_on_the_way_is_given_back(monkeypatch):
    def dawdle(move):
        """Widens the window between what was read and what is written."""
        sleep(0.4)

    monkeypatch.setattr(replanning, "_refuse_if_impossible", dawdle)
    event_session = make_event_session("A1 A2 A3 A4")
    plan = make_plan("A1 A2 A3 A4", hall=event_session.hall)
    move = partial(
        move_to_plan, event_session_id=event_session.pk, plan_id=plan.pk, prices=None, actor_id=None, now=NOON
    )
    baskets = [hold(event_session, label) for label in ("A1", "A2", "A3", "A4")]
    give_back = [
        partial(late, 0.15 + at * 0.1, partial(release_booking, booking_id=basket.pk, now=NOON))
        for at, basket in enumerate(baskets)
    ]

    results = run_together(*[partial(retry_on_conflict, move)] * 2, *give_back)

    assert not [result for result in results if isinstance(result, Exception)], results
    places = Place.objects.filter(event_session=event_session, seat__section__plan=plan)
    assert places.filter(state=Place.State.FREE).count() == 4
