"""Crowds that press “best available” at once, on MariaDB.

Seen to fail: without the lock on the customer; without both the lock on the seats and the
compare-and-set (either alone keeps seats apart); where seats are waited for instead of passed over;
and where everyone always asks for the very best block.
"""

from collections import Counter
from functools import partial

import pytest

from bookings.errors import CustomerLimitError, NotEnoughPlacesError, SeatsTakenError
from bookings.models import Booking, BookingItem, Place
from tests.booking import ask_best, hold
from tests.concurrency import run_together
from tests.drawn_halls import make_drawn_session, names_of
from tests.factories import get_seat_ids, make_event_session, make_user
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 50


def test_fifty_at_once_never_get_the_same_seats_and_nobody_is_refused_while_there_is_room():
    half_sold = ["....x....xxxxxxxxxxx", "xxxxxxxxxxx.........", "....................", "xxxxxxxxxxxxxxxxxxxx"] * 8
    event_session = make_drawn_session(*half_sold)

    results = run_together(*[partial(ask_best, event_session, 4)] * CROWD)

    assert not [result for result in results if not isinstance(result, Booking)], "no deadlock, no refusal"
    assert Place.objects.filter(state=Place.State.HELD, booking__in=results).count() == 4 * CROWD
    assert BookingItem.objects.values("place").distinct().count() == 4 * CROWD
    for booking in results:
        assert len({name[0] for name in names_of(booking).split()}) == 1, "together, in one row"


def test_more_than_there_is_room_for_share_what_there_is():
    event_session = make_drawn_session(*["....x....x"] * 5)

    results = run_together(*[partial(ask_best, event_session, 4)] * 20)

    kinds = Counter(type(result) for result in results)
    assert kinds[Booking] == 10
    assert all(isinstance(result, Booking | NotEnoughPlacesError) for result in results)
    assert Place.objects.filter(booking__items__isnull=False).distinct().count() == 40


def test_best_available_and_chosen_seats_never_share_one():
    event_session = make_drawn_session("........", "........")
    chosen = get_seat_ids(event_session, "A3 A4 A5 A6")
    calls = [partial(ask_best, event_session, 2), partial(hold, event_session, seat_ids=chosen)] * 6

    results = run_together(*[partial(retry_on_conflict, call) for call in calls])

    assert all(isinstance(result, Booking | SeatsTakenError | NotEnoughPlacesError) for result in results)
    held = [result for result in results if isinstance(result, Booking)]
    assert sum(booking.items.count() for booking in held) == Place.objects.filter(state=Place.State.HELD).count()
    assert BookingItem.objects.values("place").distinct().count() == BookingItem.objects.count()


def test_a_person_with_many_windows_stays_within_the_limit():
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, 13)), customer_limit=2)
    alice = make_user("alice")
    ids = get_seat_ids(event_session, " ".join(f"A{number}" for number in range(1, 13)))
    chosen = [partial(hold, event_session, seat_ids=ids[at : at + 2], buyer=alice) for at in range(0, 6, 2)]
    best = [partial(ask_best, event_session, 2, buyer=alice)] * 3

    results = run_together(*chosen, *best)

    assert sum(isinstance(result, CustomerLimitError) for result in results) == 5
    assert BookingItem.objects.count() == 2
