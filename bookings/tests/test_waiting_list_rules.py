"""A waiting list's offers beside other baskets, accounts on it, and lists beside each other."""

from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pytest

from bookings.invariants import find_breaches
from bookings.models import Place
from bookings.services import offering
from bookings.services.holds import renew_hold
from bookings.services.offering import serve_waiting_lists
from bookings.services.waiting_list import accept_offer, leave_list
from bookings.waiting_list_errors import AlreadyListedError, OfferFirstError
from payments.services.cancelling import cancel_booking
from tests.booking import go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.factories import NOON, make_event_session, make_user
from tests.waiting import sell_out, serve, states, wait
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
HALF_AN_HOUR = timedelta(minutes=30)


def offer_place(event_session, now=NOON):
    """Bob's basket with the only place of the session."""
    [sold] = sell_out(event_session, "A1")
    bob = wait(event_session, "bob", 1)
    cancel_booking(booking_id=sold.pk, now=now)
    serve(event_session, now)
    return accept_offer(entry_id=bob.pk, user=None, now=now)


def test_other_places_go_along_with_an_offer_that_ends_as_soon_as_any_basket_would():
    basket = offer_place(make_event_session("A1"))

    basket = hold(make_event_session("A1"), "A1", basket=basket)

    assert basket.held_until == NOON + HALF_AN_HOUR, "as was promised"
    assert basket.items.count() == 2


def test_nobody_keeps_other_places_for_days_beside_an_offer(settings):
    settings.WAITING_LIST_OFFER = timedelta(days=1)
    other = make_event_session("A1")
    basket = offer_place(make_event_session("A1"))

    with pytest.raises(OfferFirstError):
        hold(other, "A1", basket=basket)

    assert Place.objects.get(event_session=other).state == Place.State.FREE
    soon_over = basket.held_until - HALF_AN_HOUR
    assert hold(other, "A1", basket=basket, now=soon_over).items.count() == 2


def test_who_takes_an_offer_at_its_last_minute_has_as_long_to_pay_as_anybody(settings):
    event_session = make_event_session("A1")
    offer = offer_place(event_session)
    last_minute = offer.held_until - timedelta(minutes=1)

    payment = go_to_payment(offer, now=last_minute)
    serve(event_session, offer.held_until)

    assert states(event_session) == {"Bob": "offered"}
    assert payment.booking.held_until == last_minute + settings.PAYMENT_WINDOW
    assert pay(payment, payment.booking.held_until - timedelta(minutes=1)).booking.is_confirmed
    serve(event_session, payment.booking.held_until)
    assert states(event_session) == {"Bob": "booked"}
    assert not list(find_breaches())


def test_other_baskets_are_not_kept_beyond_the_cap_for_paying(settings):
    basket = hold(make_event_session("A1"), "A1")
    late = NOON + settings.HOLD_CAP - timedelta(minutes=1)
    for minute in (9, 18, 27):
        renew_hold(booking_id=basket.pk, now=NOON + timedelta(minutes=minute))

    assert go_to_payment(basket, now=late).booking.held_until == NOON + settings.HOLD_CAP


def test_an_account_has_one_place_on_the_list_whatever_address_it_types():
    event_session = make_event_session("A1 A2")
    sell_out(event_session, "A1 A2")
    alice = make_user("alice")
    first = wait(event_session, "alice", 1, user=alice)

    with pytest.raises(AlreadyListedError):
        wait(event_session, "alison", 2, user=alice)

    assert event_session.waiting_entries.get() == first
    assert Message.objects.get(topic="bookings.waiting_list_link_wanted").payload["entry_id"] == first.pk
    leave_list(entry_id=first.pk, now=NOON)
    wait(event_session, "alison", 2, user=alice)
    assert states(event_session) == {"Alice": "left", "Alison": "waiting"}


@pytest.mark.django_db(transaction=True)
def test_an_account_joins_once_from_six_windows_with_six_addresses():
    event_session = make_event_session("A1")
    sell_out(event_session, "A1")
    alice = make_user("alice")

    results = run_together(*[partial(wait, event_session, f"alice{number}", 1, user=alice) for number in range(6)])

    assert event_session.waiting_entries.count() == 1, results
    assert sum(isinstance(result, AlreadyListedError) for result in results) == 5


def test_a_list_that_cannot_be_served_holds_up_no_other(caplog):
    broken, other = make_event_session("A1"), make_event_session("A1")
    for event_session in (broken, other):
        [sold] = sell_out(event_session, "A1")
        wait(event_session, "bob", 1)
        cancel_booking(booking_id=sold.pk, now=NOON)

    def settle(*, event_session_id, now):
        if event_session_id == broken.pk:
            raise ZeroDivisionError

    with patch.object(offering, "settle_offers", settle):
        assert serve_waiting_lists(now=NOON) == 1

    assert states(broken) == {"Bob": "waiting"}
    assert states(other) == {"Bob": "offered"}
    assert "waiting list not served" in caplog.text
