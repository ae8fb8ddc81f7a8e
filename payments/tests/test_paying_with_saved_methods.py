"""One click pays with a card that was kept, and charges it only once."""

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from bookings.models import Booking
from payments.models import GatewayStatus, Payment, SavedMethod
from payments.services.settling import refresh_payment, settle_booking
from tests.customer import run_out_of_time
from tests.factories import make_user
from tests.saved_cards import PAGE, add_card, pay_with, see
from tests.stripe_stand_in import DECLINED, SECURE

pytestmark = pytest.mark.django_db


def test_one_click_pays_and_leads_to_the_tickets(alice, stripe, event_session):
    method = add_card(alice, stripe)
    alice.hold(event_session, "A1")
    assert f'value="saved-{method.pk}"' in see(alice, "/checkout/")

    response = pay_with(alice, method)

    assert (alice.payment.status, alice.payment.saved_method) == (Payment.Status.PAID, method)
    booking = alice.booking
    assert booking.is_confirmed
    assert alice.client.get(response.url).url == booking.get_absolute_url()


def test_two_clicks_charge_once(alice, stripe, event_session):
    method = add_card(alice, stripe, SECURE)
    alice.hold(event_session, "A1")

    first, second = pay_with(alice, method), pay_with(alice, method)

    assert first.url == second.url
    assert len(stripe.asked("/v1/payment_intents")) == 1


def test_a_declined_card_is_said_kindly_and_another_one_pays(alice, stripe, event_session):
    bad, good = add_card(alice, stripe, DECLINED), add_card(alice, stripe)
    alice.hold(event_session, "A1")

    declined = pay_with(alice, bad)

    assert "Your payment was declined" in see(alice, declined.url)
    assert alice.booking.status == Booking.Status.HELD
    pay_with(alice, good)
    assert alice.booking.is_confirmed
    assert sorted(alice.booking.payments.values_list("status", flat=True)) == ["failed", "paid"]


@pytest.mark.parametrize(("success", "words"), [(True, ""), (False, "Your payment was declined")])
def test_a_bank_that_asks_is_one_link_away(alice, stripe, event_session, success, words):
    method = add_card(alice, stripe, SECURE)
    alice.hold(event_session, "A1")

    step = pay_with(alice, method).url
    html = see(alice, step)

    assert "Your bank wants to be sure it is you" in html
    assert f'href="https://hooks.stripe.com/3d_secure/{alice.payment.provider_id}"' in html
    payment = alice.payment
    stripe.authenticate(payment.provider_id, success)
    response = alice.come_back(payment)
    payment.refresh_from_db()
    assert payment.booking.is_confirmed == success
    assert words in response.content.decode()


def test_another_way_to_pay_gives_up_the_question_of_the_bank(alice, stripe, event_session):
    method = add_card(alice, stripe, SECURE)
    alice.hold(event_session, "A1")
    pay_with(alice, method)

    page = alice.pay_button(method="card")

    assert page.url.startswith("https://checkout.stripe.com/")
    assert sorted(alice.booking.payments.values_list("status", "failure")) == [("failed", "abandoned"), ("pending", "")]


def test_an_unanswered_bank_is_given_up_when_the_time_is_over(alice, stripe, event_session):
    method = add_card(alice, stripe, SECURE)
    alice.hold(event_session, "A1")
    pay_with(alice, method)
    run_out_of_time(alice.booking)

    settle_booking(booking_id=alice.booking.pk, now=timezone.now())

    assert alice.payment.status == Payment.Status.FAILED
    assert stripe.gateway.get_payment(alice.payment.provider_id).failure == "abandoned"


def test_a_charge_that_nobody_heard_of_is_asked_about_and_not_made_twice(alice, stripe, event_session):
    method = add_card(alice, stripe)
    alice.hold(event_session, "A1")
    stripe.failing["/confirm"] = (500, "{}")

    response = pay_with(alice, method)

    assert alice.payment.status == Payment.Status.PENDING
    refresh_payment(payment_id=alice.payment.pk, now=timezone.now())
    booking = alice.booking
    assert alice.payment.status == Payment.Status.PAID
    assert alice.client.get(response.url).url == booking.get_absolute_url()


def test_while_the_provider_is_away_the_basket_stays_the_customers(alice, stripe, event_session):
    method = add_card(alice, stripe)
    alice.hold(event_session, "A1")
    stripe.failing["/payment_intents"] = (500, "{}")

    refused = pay_with(alice, method)

    assert refused.status_code == 503
    assert alice.booking.status == Booking.Status.HELD
    assert alice.payment.failure == Payment.Failure.UNREACHABLE


def test_a_card_that_no_key_opens_is_refused_kindly(alice, stripe, event_session, settings):
    method = add_card(alice, stripe)
    settings.SAVED_METHOD_KEYS = [Fernet.generate_key().decode()]
    alice.hold(event_session, "A1")

    refused = pay_with(alice, method)

    assert "This saved card cannot be used any more." in refused.content.decode()
    assert alice.booking.status == Booking.Status.HELD
    alice.client.post(f"{PAGE}{method.pk}/delete/")
    assert not SavedMethod.objects.exists()


@pytest.mark.parametrize("why", ["expired", "switched off", "not theirs"])
def test_cards_that_cannot_be_used_are_not_offered(alice, stripe, event_session, why):
    method = add_card(alice, stripe)
    if why == "expired":
        SavedMethod.objects.update(expiry_year=2020)
    elif why == "switched off":
        GatewayStatus.objects.update_or_create(name="stripe", defaults={"is_enabled": False})
    else:
        SavedMethod.objects.update(user=make_user("bob"))
    alice.hold(event_session, "A1")

    assert "4242" not in see(alice, "/checkout/")
    assert pay_with(alice, method).status_code in {422, 503}
    assert not Payment.objects.exists()
