"""Six contenders each, on MariaDB.

Seen to fail: without the lock on the entry, and without looking at it again once it is locked; without the check of
listed categories, in chosen seats as in best available; without the unique key of a person; without the session's lock
in joining, and in looking what stays with the list; without the lock on those whose list closes; without the basket's
lock in giving an offer back, and in ending one.
"""

from datetime import timedelta
from functools import partial

import pytest

from bookings.errors import SeatsTakenError
from bookings.invariants import find_breaches
from bookings.models import Booking, BookingItem, Place, WaitingEntry
from bookings.services.lifecycle import start_checkout
from bookings.services.offering import close_if_over, settle_offer, update_listed
from bookings.services.waiting_list import leave_list
from bookings.waiting_list_errors import AlreadyListedError, ListedPlacesError, PlacesLeftError
from events.models import EventSession
from payments.invariants import find_wrong_payments
from payments.services.cancelling import cancel_tickets
from tests.booking import CONTACT, ask_best, hold
from tests.concurrency import run_together
from tests.factories import NOON, get_seat_ids, make_confirmed_booking, make_event_session
from tests.waiting import sell_out, serve, states, wait
from ticketing.outbox.models import Message
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)
CONTENDERS = 6
SIX = "A1 A2 A3 A4 A5 A6"


def give_up(booking):
    """All its tickets are cancelled; the places are free again."""
    ticket_ids = list(booking.tickets.values_list("pk", flat=True))
    return retry_on_conflict(partial(cancel_tickets, booking_id=booking.pk, ticket_ids=ticket_ids, now=NOON))


def check_everything():
    assert not list(find_breaches())
    assert not list(find_wrong_payments())
    assert BookingItem.objects.filter(booking__status=Booking.Status.HELD).count() == (
        Place.objects.filter(state=Place.State.HELD).count()
    ), "no place twice"


def test_workers_that_offer_at_once_offer_no_place_twice_and_nobody_two():
    event_session = make_event_session(SIX)
    sold = sell_out(event_session, "A1 A2 A3 A4", "A5 A6")
    for name in ("ann", "bob", "cid", "dora"):
        wait(event_session, name, 2)
    give_up(sold[0])

    results = run_together(*[partial(serve, event_session)] * CONTENDERS)

    assert not [result for result in results if isinstance(result, Exception)]
    assert states(event_session) == {"Ann": "offered", "Bob": "offered", "Cid": "waiting", "Dora": "waiting"}
    assert sum(results) >= 2
    assert Booking.objects.filter(status=Booking.Status.HELD).count() == 2
    assert Place.objects.filter(state=Place.State.HELD).count() == 4
    check_everything()


def test_a_place_that_comes_back_goes_to_the_list_and_not_to_direct_sale():
    event_session = make_event_session(SIX)
    sold = sell_out(event_session, "A1 A2", "A3 A4 A5 A6")
    wait(event_session, "bob", 2)
    give_up(sold[0])
    seat_ids = get_seat_ids(event_session, "A1")

    results = run_together(
        *[partial(serve, event_session)] * 2,
        *[partial(hold, event_session, seat_ids=seat_ids)] * 2,
        *[partial(ask_best, event_session, 1)] * 2,
    )

    assert [type(result) for result in results[2:]] == [ListedPlacesError] * 4
    assert states(event_session) == {"Bob": "offered"}
    check_everything()


def test_direct_sale_and_joining_at_once_leave_a_place_to_one_of_them():
    """The last place is on sale while people join: whoever is first, the place is sold once."""
    event_session = make_event_session("A1 A2")
    make_confirmed_booking(event_session, "A1")
    seat_ids = get_seat_ids(event_session, "A2")

    results = run_together(
        *[partial(retry_on_conflict, partial(hold, event_session, seat_ids=seat_ids))] * 3,
        *[partial(wait, event_session, f"guest{number}", 1) for number in range(3)],
    )

    assert all(isinstance(each, Booking | SeatsTakenError | ListedPlacesError) for each in results[:3])
    assert all(isinstance(each, WaitingEntry | PlacesLeftError) for each in results[3:])
    serve(event_session)
    assert Place.objects.exclude(state=Place.State.FREE).count() == 2
    assert sum(isinstance(each, Booking) for each in results[:3]) == 1
    check_everything()


def test_one_person_joins_once_from_six_windows():
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")

    results = run_together(*[partial(wait, event_session, "bob", 1)] * CONTENDERS)

    assert event_session.waiting_entries.count() == 1
    assert sum(isinstance(result, AlreadyListedError) for result in results) == 5


def test_six_who_join_at_once_all_stand_on_the_list():
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")

    results = run_together(*[partial(wait, event_session, f"guest{number}", 1) for number in range(CONTENDERS)])

    assert all(isinstance(result, WaitingEntry) for result in results)
    assert event_session.waiting_entries.count() == CONTENDERS
    assert len(EventSession.objects.get(pk=event_session.pk).listed_categories) == 1


def test_six_who_join_for_other_places_at_once_keep_all_of_them_for_the_list():
    floors = {f"Floor {number}": 1 for number in range(CONTENDERS)}
    for _turn in range(3):
        event_session = make_event_session("", floors)
        make_confirmed_booking(event_session, "", standing=floors)

        results = run_together(*[partial(wait, event_session, name, 1, categories=[name]) for name in floors])

        assert all(isinstance(result, WaitingEntry) for result in results)
        assert len(EventSession.objects.get(pk=event_session.pk).listed_categories) == CONTENDERS


def test_a_look_that_finds_nobody_waiting_does_not_undo_who_joins_meanwhile():
    for _turn in range(8):  # The window is narrow.
        event_session = make_event_session("A1")
        make_confirmed_booking(event_session, "A1")
        leave_list(entry_id=wait(event_session, "ann", 1).pk, now=NOON)
        look = partial(retry_on_conflict, partial(update_listed, event_session_id=event_session.pk, now=NOON))

        results = run_together(look, look, look, look, look, partial(wait, event_session, "bob", 1))

        assert not [result for result in results if isinstance(result, Exception)]
        assert EventSession.objects.get(pk=event_session.pk).listed_categories


def test_a_list_closes_once_for_everybody_who_has_not_left():
    for _turn in range(3):
        event_session = make_event_session("A1")
        make_confirmed_booking(event_session, "A1")
        bob, *_others = [wait(event_session, name, 1) for name in ("bob", "carol", "dave")]
        over = event_session.starts_at
        leave = partial(retry_on_conflict, partial(leave_list, entry_id=bob.pk, now=over))
        end = partial(retry_on_conflict, partial(close_if_over, event_session_id=event_session.pk, now=over))

        results = run_together(leave, end, end, leave, end, end)

        assert not [result for result in results if isinstance(result, Exception)]
        found = states(event_session)
        assert found == {"Bob": results[0].status, "Carol": "closed", "Dave": "closed"}
        closed = event_session.waiting_entries.filter(status="closed").values_list("pk", flat=True)
        told = Message.objects.filter(topic="bookings.waiting_list_closed").values_list("payload__entry_id", flat=True)
        assert sorted(set(told) & set(event_session.waiting_entries.values_list("pk", flat=True))) == sorted(closed)
        assert len(told) == len(set(told))


@pytest.mark.parametrize("who_ends_it", ["leaves", "time"])
def test_an_offer_that_is_just_being_paid_does_not_end(who_ends_it):
    for _turn in range(4):
        event_session = make_event_session("A1 A2")
        [sold] = sell_out(event_session, "A1 A2")
        bob = wait(event_session, "bob", 2)
        give_up(sold)
        serve(event_session)
        bob.refresh_from_db()
        pay = partial(start_checkout, booking_id=bob.booking_id, contact=CONTACT, buyer=None)
        if who_ends_it == "leaves":
            end = partial(leave_list, entry_id=bob.pk, now=NOON)
        else:
            end = partial(settle_offer, entry_id=bob.pk, now=bob.offered_until)

        just_before = bob.offered_until - timedelta(seconds=1)
        results = run_together(*[partial(retry_on_conflict, partial(pay, now=just_before)), end] * 3)

        went = [result for result in results[::2] if isinstance(result, Booking)]
        bob.refresh_from_db()
        held = Place.objects.filter(booking=bob.booking_id, state=Place.State.HELD).count()
        expected = ("offered", "awaiting_payment", 2) if went else (bob.status, bob.booking.status, 0)
        assert (bob.status, bob.booking.status, held) == expected
    assert not list(find_breaches())


def test_who_leaves_at_the_moment_of_the_offer_keeps_no_place():
    for _turn in range(6):  # The window is narrow.
        event_session = make_event_session("A1 A2")
        [sold] = sell_out(event_session, "A1 A2")
        bob = wait(event_session, "bob", 2)
        give_up(sold)
        leave = partial(retry_on_conflict, partial(leave_list, entry_id=bob.pk, now=NOON))

        results = run_together(*[leave, partial(serve, event_session)] * 3)

        assert not [result for result in results if isinstance(result, Exception)]
        assert states(event_session) == {"Bob": "left"}
        assert Place.objects.filter(event_session=event_session, state=Place.State.FREE).count() == 2
    check_everything()


def test_an_offer_that_ends_while_it_is_given_back_ends_once():
    event_session = make_event_session("A1 A2")
    [sold] = sell_out(event_session, "A1 A2")
    bob = wait(event_session, "bob", 2)
    wait(event_session, "carol", 2)
    give_up(sold)
    serve(event_session)
    bob.refresh_from_db()
    leave = partial(retry_on_conflict, partial(leave_list, entry_id=bob.pk, now=bob.offered_until))
    settle = partial(retry_on_conflict, partial(settle_offer, entry_id=bob.pk, now=bob.offered_until))

    results = run_together(*[leave, settle, partial(serve, event_session, bob.offered_until)] * 2)

    assert not [result for result in results if isinstance(result, Exception)]
    serve(event_session, bob.offered_until)
    assert states(event_session)["Bob"] in {"left", "missed"}
    assert states(event_session)["Carol"] == "offered"
    check_everything()


def test_a_storm_of_cancellations_serves_the_list_in_order():
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, 13)))
    sold = sell_out(event_session, *(f"A{number} A{number + 1}" for number in range(1, 13, 2)))
    names = ["ann", "bob", "cid", "dora", "eve", "fay", "gus", "hal"]
    for name in names:
        wait(event_session, name, 2)

    def cancel_and_serve(booking):
        give_up(booking)
        serve(event_session)

    results = run_together(*[partial(cancel_and_serve, booking) for booking in sold])

    assert not [result for result in results if isinstance(result, Exception)]
    serve(event_session)
    found = states(event_session)
    assert [found[name.title()] for name in names] == ["offered"] * 6 + ["waiting"] * 2
    assert not Place.objects.filter(state=Place.State.FREE).exists()
    check_everything()
