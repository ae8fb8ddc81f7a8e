"""Unpaid bookings whose time is up: the gateway is asked first, and has the last word for a while."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.cache import caches
from django.utils import timezone

from bookings.models import Booking, Place
from payments.gateways.base import PaymentState
from payments.models import Payment
from payments.services.settling import (
    abandon_payment,
    ask_about_open_payments,
    refresh_payment,
    settle_unpaid_bookings,
)
from payments.services.turns import take_turn
from payments.tasks import settle_unpaid_bookings as settle_task
from tests.booking import go_to_payment, hold
from tests.customer import Customer, hear_from, run_out_of_time
from tests.factories import get_place, make_event_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def event_session():
    return make_event_session("A1 A2", now=timezone.now())


@pytest.fixture
def payment(client, provider, event_session):
    return Customer(client).go_to_provider(event_session)


def settle(payment: Payment) -> Booking:
    settle_unpaid_bookings(now=timezone.now())
    payment.refresh_from_db()
    payment.booking.refresh_from_db()
    return payment.booking


def test_a_booking_in_its_time_is_left_alone(payment):
    assert settle(payment).status == Booking.Status.AWAITING_PAYMENT


def test_an_open_page_is_closed_before_the_places_are_freed(payment, provider, event_session):
    run_out_of_time(payment.booking)

    assert settle(payment).status == Booking.Status.EXPIRED
    assert provider.gateway.get_payment(payment.provider_id).failure == "abandoned"
    assert get_place(event_session, "A1").state == Place.State.FREE


def test_a_declined_page_that_is_still_open_is_closed_too(payment, provider):
    provider.pay(payment.provider_id, "declined")
    run_out_of_time(payment.booking)

    assert settle(payment).status == Booking.Status.EXPIRED
    assert not provider.gateway.get_payment(payment.provider_id).can_still_be_paid
    assert payment.status == Payment.Status.FAILED


def test_money_nobody_told_us_about_becomes_tickets(payment, provider):
    provider.pay(payment.provider_id)
    run_out_of_time(payment.booking)

    booking = settle(payment)

    assert booking.is_confirmed
    assert booking.tickets.count() == 1


def test_while_the_gateway_is_away_the_places_stay_for_the_grace_only(payment, provider, event_session, settings):
    provider.set(unavailable=True)
    run_out_of_time(payment.booking)

    assert settle(payment).status == Booking.Status.AWAITING_PAYMENT
    assert get_place(event_session, "A1").state == Place.State.HELD

    run_out_of_time(payment.booking, ago=settings.RELEASE_GRACE + timedelta(seconds=1))
    assert settle(payment).status == Booking.Status.EXPIRED
    assert payment.status == Payment.Status.PENDING, "its money, if any, is still asked about"


def test_money_found_after_the_gateway_came_back_is_resolved_as_late(payment, provider, event_session, settings):
    provider.set(unavailable=True)
    run_out_of_time(payment.booking, ago=settings.RELEASE_GRACE + timedelta(seconds=1))
    settle(payment)
    Customer().hold(event_session, "A1")
    provider.set(unavailable=False)
    provider.pay(payment.provider_id)

    ask_about_open_payments(now=timezone.now() + timedelta(minutes=1))

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PAID
    booking = Booking.objects.get(pk=payment.booking_id)
    assert booking.is_confirmed, "moved to the equal seat beside it"
    assert get_place(event_session, "A2").booking == booking


def test_a_slow_payment_keeps_its_booking_open_to_late_resolution(payment, provider):
    provider.pay(payment.provider_id, "slow")
    run_out_of_time(payment.booking)

    assert settle(payment).status == Booking.Status.EXPIRED
    assert payment.status == Payment.Status.PENDING

    provider.pay(payment.provider_id, "late")
    hear_from(provider, payment)
    assert Booking.objects.get(pk=payment.booking_id).is_confirmed


def test_an_attempt_that_never_reached_the_provider_ends_with_the_booking(payment):
    Payment.objects.filter(pk=payment.pk).update(provider_id=None)
    run_out_of_time(payment.booking)

    assert settle(payment).status == Booking.Status.EXPIRED
    assert payment.failure == Payment.Failure.EXPIRED


def test_an_attempt_that_never_reached_the_provider_ends_when_another_one_paid(payment, provider):
    later = payment.created_at + timedelta(minutes=1)
    without_page = Payment(booking=payment.booking, gateway="sandbox", created_at=payment.created_at)
    without_page.amount = payment.amount
    without_page.save()

    ask_about_open_payments(now=later)
    without_page.refresh_from_db()
    assert without_page.status == Payment.Status.PENDING, "its page may just be opening"

    provider.pay(payment.provider_id)
    hear_from(provider, payment)
    ask_about_open_payments(now=later)

    without_page.refresh_from_db()
    assert without_page.status == Payment.Status.FAILED
    assert Booking.objects.get(pk=payment.booking_id).is_confirmed


def test_open_attempts_are_asked_about_after_a_moment_and_an_absent_gateway_is_no_fault(payment, provider):
    now = timezone.now()
    assert ask_about_open_payments(now=now) == 0

    provider.set(unavailable=True)
    assert ask_about_open_payments(now=now + timedelta(minutes=1)) == 1

    provider.set(unavailable=False)
    provider.pay(payment.provider_id)
    assert ask_about_open_payments(now=now + timedelta(minutes=1)) == 1
    payment.refresh_from_db()
    assert payment.status == Payment.Status.PAID
    assert ask_about_open_payments(now=now + timedelta(minutes=1)) == 0


def test_a_settled_attempt_is_not_asked_about_again(payment, provider):
    provider.pay(payment.provider_id)
    refresh_payment(payment_id=payment.pk, now=timezone.now())
    provider.set(unavailable=True)

    assert refresh_payment(payment_id=payment.pk, now=timezone.now()).status == Payment.Status.PAID
    assert abandon_payment(payment_id=payment.pk, now=timezone.now()).status == Payment.Status.PAID


def test_giving_up_an_attempt_without_a_page_needs_no_provider(payment, provider):
    Payment.objects.filter(pk=payment.pk).update(provider_id=None)
    provider.set(unavailable=True)

    assert abandon_payment(payment_id=payment.pk, now=timezone.now()).failure == Payment.Failure.ABANDONED


def test_beat_does_both(payment):
    run_out_of_time(payment.booking)
    settle_task()

    payment.booking.refresh_from_db()
    assert payment.booking.status == Booking.Status.EXPIRED


def test_one_booking_that_cannot_be_settled_keeps_no_other_waiting(payment, event_session, caplog):
    odd = go_to_payment(hold(event_session, "A2", now=timezone.now()), now=timezone.now())
    Payment.objects.filter(pk=odd.pk).update(gateway="gone")
    run_out_of_time(odd.booking)
    run_out_of_time(payment.booking)

    settle_unpaid_bookings(now=timezone.now())

    assert "booking not settled" in caplog.text
    assert Booking.objects.get(pk=payment.booking_id).status == Booking.Status.EXPIRED


def test_attempts_that_stay_open_keep_nobody_waiting(event_session, monkeypatch):
    """Six open attempts, two of which are asked about at a time: after three rounds all were."""
    monkeypatch.setattr("payments.services.settling.BATCH", 2)
    caches["process"].clear()
    now = timezone.now()
    pages = [f"page_{number}" for number in range(6)]
    for page in pages:
        payment = go_to_payment(hold(make_event_session("A1", now=now), "A1", now=now), now=now)
        Payment.objects.filter(pk=payment.pk).update(provider_id=page, created_at=now - timedelta(minutes=1))
    asked = []

    def get_payment(self, provider_id):
        asked.append(provider_id)
        return PaymentState(provider_id=provider_id, status="pending")

    monkeypatch.setattr("payments.gateways.sandbox.gateway.SandboxGateway.get_payment", get_payment)
    for _round in range(4):
        ask_about_open_payments(now=now)

    assert asked == [*pages, *pages[:2]]


def test_a_turn_goes_on_after_the_last_and_begins_anew():
    caches["process"].clear()
    take = partial(take_turn, "letters", most=2)

    turns = [take([1, 2, 3]), take([1, 2, 3]), take([1, 3, 4]), take([4, 5, 6]), take([9])]

    assert turns == [[1, 2], [3, 1], [3, 4], [5, 6], [9]]
