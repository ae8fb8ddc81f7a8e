"""Several windows, several ways to pay: the one chosen last stays open, and no other page can be paid on."""

from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Booking
from bookings.services.lifecycle import start_checkout
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.methods import Method
from payments.models import Payment
from payments.offers import Offer
from payments.services import settling
from payments.services.checkout import start_payment
from payments.services.outcome import fail_payment
from payments.services.settling import abandon_payment, close_attempt
from tests.booking import CONTACT, hold
from tests.concurrency import run_together
from tests.factories import make_event_session

CARD, BANK = (Offer(method=method, gateway="sandbox") for method in (Method.CARD, Method.BANK))


@pytest.fixture
def booking(db):
    now = timezone.now()
    basket = hold(make_event_session("A1", now=now), "A1", now=now)
    return start_checkout(booking_id=basket.pk, contact=CONTACT, buyer=None, now=now)


def choose(booking: Booking, offer: Offer) -> Payment:
    return start_payment(booking_id=booking.pk, offer=offer, now=timezone.now())


def pages_of(provider) -> list[tuple[str, str]]:
    """Every page at the provider, the newest first."""
    return [(page["method"], page["status"]) for page in provider.call("GET", "/v1/payments").json()["payments"]]


def during_the_call(monkeypatch, name, then):
    """Do something else after the provider acted and before its answer is used; once."""
    act = getattr(SandboxGateway, name)

    def act_slowly(*args, **kwargs):
        answer = act(*args, **kwargs)
        monkeypatch.setattr(SandboxGateway, name, act)
        then()
        return answer

    monkeypatch.setattr(SandboxGateway, name, act_slowly)


def test_the_page_before_is_closed(booking, provider):
    choose(booking, CARD)
    choose(booking, BANK)

    assert pages_of(provider) == [("bank", "open"), ("card", "cancelled")]


def test_of_two_choices_at_once_the_later_one_stays_open(booking, provider, monkeypatch):
    during_the_call(monkeypatch, "create_payment", partial(choose, booking, BANK))

    first = choose(booking, CARD)

    assert pages_of(provider) == [("bank", "open"), ("card", "cancelled")]
    assert not first.page_url
    assert booking.payments.get(status=Payment.Status.PENDING).method == Method.BANK
    booking.refresh_from_db()
    assert booking.status == Booking.Status.AWAITING_PAYMENT


def test_an_attempt_that_a_later_choice_is_closing_is_not_taken_up_again(booking, provider):
    first, second = choose(booking, CARD), choose(booking, BANK)
    # As if the window with the second choice had not come to closing yet.
    Payment.objects.filter(pk=first.pk).update(status=Payment.Status.PENDING)

    third = choose(booking, CARD)

    assert third.pk not in {first.pk, second.pk}
    assert booking.payments.get(status=Payment.Status.PENDING) == third


def test_giving_up_while_the_page_opens_closes_it(booking, provider, monkeypatch):
    def give_up():
        abandon_payment(payment_id=booking.payments.get().pk, now=timezone.now())

    during_the_call(monkeypatch, "create_payment", give_up)

    payment = choose(booking, CARD)

    assert pages_of(provider) == [("card", "cancelled")]
    payment.refresh_from_db()
    assert (payment.status, payment.failure) == (Payment.Status.FAILED, Payment.Failure.ABANDONED)


@pytest.mark.parametrize("close", ["abandon", "time_is_up"])
def test_a_page_that_opens_in_the_very_moment_of_giving_up_is_closed(booking, provider, monkeypatch, close):
    payment = choose(booking, CARD)
    id_at_provider, payment.provider_id = payment.provider_id, None
    Payment.objects.filter(pk=payment.pk).update(provider_id=None)

    def open_then_fail(**facts):
        Payment.objects.filter(pk=payment.pk).update(provider_id=id_at_provider)
        return fail_payment(**facts)

    monkeypatch.setattr(settling, "fail_payment", open_then_fail)
    if close == "abandon":
        abandon_payment(payment_id=payment.pk, now=timezone.now())
    else:
        close_attempt(payment, timezone.now())

    assert pages_of(provider) == [("card", "cancelled")]


@pytest.mark.django_db(transaction=True)
def test_of_six_choices_at_once_one_page_stays_open(provider):
    now = timezone.now()
    basket = hold(make_event_session("A1", now=now), "A1", now=now)
    booking = start_checkout(booking_id=basket.pk, contact=CONTACT, buyer=None, now=now)

    run_together(*(partial(choose, booking, offer) for offer in (CARD, BANK) * 3))

    newest = booking.payments.first()
    assert booking.payments.get(status=Payment.Status.PENDING) == newest
    assert [status for _, status in pages_of(provider)].count("open") == 1
    assert provider.gateway.get_payment(newest.provider_id).can_still_be_paid
