"""What becomes of an offer of the waiting list: taken, declined, missed, or paid at the last moment."""

from datetime import timedelta

import pytest
from django.test import override_settings

from bookings.errors import PaymentUnderWayError, RenewalLimitError
from bookings.invariants import find_breaches
from bookings.models import Booking
from bookings.services.holds import release_booking, renew_hold
from bookings.services.lifecycle import expire_booking
from bookings.services.offering import settle_late
from bookings.services.waiting_list import accept_offer, leave_list
from bookings.waiting_list_errors import OfferGoneError
from tests.booking import confirm, go_to_payment, pay
from tests.factories import NOON, make_user
from tests.waiting import serve, states, take_back, wait
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
HALF_AN_HOUR = timedelta(minutes=30)


def test_an_offer_that_is_declined_goes_to_the_next_at_once(full):
    bob = wait(full, "bob", 2)
    wait(full, "carol", 2)
    take_back(full.sold[0])
    serve(full)

    leave_list(entry_id=bob.pk, now=NOON)
    leave_list(entry_id=bob.pk, now=NOON)
    assert Message.objects.filter(topic="bookings.waiting_list_moved").count() == 3, "two joined, one left"
    serve(full)

    assert states(full) == {"Bob": "left", "Carol": "offered"}
    bob.refresh_from_db()
    assert bob.booking.status == Booking.Status.CANCELLED
    assert not list(find_breaches())


def test_a_basket_given_back_by_its_owner_is_a_declined_offer(full):
    bob = wait(full, "bob", 2)
    wait(full, "carol", 2)
    take_back(full.sold[0])
    serve(full)
    bob.refresh_from_db()

    release_booking(booking_id=bob.booking_id, now=NOON)
    serve(full)

    assert states(full) == {"Bob": "left", "Carol": "offered"}


def test_an_offer_that_lapses_is_missed_and_goes_on(full):
    wait(full, "bob", 2)
    wait(full, "carol", 2)
    take_back(full.sold[0])
    serve(full)
    later = NOON + HALF_AN_HOUR

    serve(full, later - timedelta(seconds=1))
    assert states(full) == {"Bob": "offered", "Carol": "waiting"}
    serve(full, later)

    assert states(full) == {"Bob": "missed", "Carol": "offered"}
    assert Message.objects.filter(topic="bookings.waiting_list_missed").count() == 1
    assert not list(find_breaches())


def test_an_offer_at_payment_waits_for_the_provider(full):
    bob = wait(full, "bob", 2)
    take_back(full.sold[0])
    serve(full)
    bob.refresh_from_db()
    payment = go_to_payment(bob.booking)
    later = NOON + HALF_AN_HOUR

    serve(full, later)
    assert states(full) == {"Bob": "offered"}
    with pytest.raises(PaymentUnderWayError):
        leave_list(entry_id=bob.pk, now=later)

    pay(payment, later)
    serve(full, later)
    assert states(full) == {"Bob": "booked"}


def test_money_that_comes_after_the_offer_was_missed_makes_it_booked(full):
    bob = wait(full, "bob", 2)
    take_back(full.sold[0])
    serve(full)
    bob.refresh_from_db()
    payment = go_to_payment(bob.booking)
    later = NOON + timedelta(hours=1)
    expire_booking(booking_id=bob.booking_id, now=later)
    serve(full, later)
    assert states(full) == {"Bob": "missed"}

    pay(payment, later)
    settle_late(booking_id=bob.booking_id, outcome="same")

    assert states(full) == {"Bob": "booked"}


def test_an_offer_is_not_kept_longer(full):
    bob = wait(full, "bob", 2)
    take_back(full.sold[0])
    with override_settings(WAITING_LIST_OFFER=timedelta(minutes=5)):
        serve(full)
    bob.refresh_from_db()

    with pytest.raises(RenewalLimitError):
        renew_hold(booking_id=bob.booking_id, now=NOON + timedelta(minutes=4))


def test_the_link_opens_the_basket_for_whoever_has_it(full):
    alice = make_user("alice")
    bob = wait(full, "alice", 2, user=alice)
    take_back(full.sold[0])
    serve(full)

    booking = accept_offer(entry_id=bob.pk, user=None, now=NOON)
    assert booking.buyer is None
    booking = accept_offer(entry_id=bob.pk, user=alice, now=NOON)
    assert booking.buyer == alice

    confirm(booking)
    serve(full)
    assert states(full) == {"Alice": "booked"}
    with pytest.raises(OfferGoneError):
        accept_offer(entry_id=bob.pk, user=alice, now=NOON)
