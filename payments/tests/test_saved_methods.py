"""Cards that customers keep: theirs alone, encrypted, charged with one click and only once."""

import logging
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.utils import timezone

from bookings.models import Booking
from payments import vault
from payments.errors import SavedMethodLockedError
from payments.models import GatewayStatus, Payment, SavedMethod
from payments.services.settling import refresh_payment, settle_booking
from tests.customer import Customer, run_out_of_time
from tests.factories import make_event_session, make_user
from tests.stripe_stand_in import DECLINED, SECURE, VISA

pytestmark = pytest.mark.django_db
PAGE = "/account/payment-methods/"


@pytest.fixture
def user():
    return make_user("alice")


@pytest.fixture
def alice(client, user):
    client.force_login(user)
    return Customer(client)


@pytest.fixture
def event_session():
    return make_event_session("A1 A2", now=timezone.now())


def add_card(alice, stripe, card=VISA):
    page = alice.client.post(f"{PAGE}add/").url
    stripe.save_card(page.partition("/pay/")[2].partition("#")[0], card)
    alice.client.get(f"{PAGE}saved/", follow=True)
    return SavedMethod.objects.latest("pk")


def pay_with(alice, method):
    return alice.pay_button(method=f"saved-{method.pk}")


def see(alice, address):
    return alice.client.get(address).content.decode()


# --- Keeping them ---------------------------------------------------------------------------------
def test_a_card_typed_into_the_providers_page_is_saved_once_and_shown(alice, stripe, user):
    method = add_card(alice, stripe)
    alice.client.get(f"{PAGE}saved/")

    assert SavedMethod.objects.get() == method
    assert (method.user, method.brand, method.last_four, method.is_default) == (user, "visa", "4242", True)
    html = see(alice, PAGE)
    assert "Visa ···· 4242" in html
    assert "Valid until 12/2031" in html


def test_its_token_is_encrypted_and_neither_shown_nor_logged(alice, stripe, event_session, caplog):
    with caplog.at_level(logging.INFO):
        method = add_card(alice, stripe)
        alice.hold(event_session, "A1")
        pay_with(alice, method)

    customer, _, card = vault.take_out(method.locked_token).partition("/")
    shown = see(alice, PAGE) + see(alice, "/checkout/") + caplog.text + method.locked_token
    assert not [secret for secret in (customer, card) if secret in shown]
    assert SavedMethod not in admin.site._registry


def test_leaving_the_providers_page_saves_nothing(alice, stripe):
    alice.client.post(f"{PAGE}add/")

    assert "No card was saved." in alice.client.get(f"{PAGE}saved/", follow=True).content.decode()
    assert not SavedMethod.objects.exists()


def test_nobody_saves_a_page_that_they_did_not_open(alice, stripe, client):
    page = alice.client.post(f"{PAGE}add/").url
    stripe.save_card(page.partition("/pay/")[2].partition("#")[0])
    client.force_login(make_user("bob"))

    client.get(f"{PAGE}saved/")

    assert not SavedMethod.objects.exists()


def test_cards_are_named_and_one_is_proposed_first(alice, stripe):
    first, second = add_card(alice, stripe), add_card(alice, stripe)

    alice.client.post(f"{PAGE}{second.pk}/name/", {"name": "Work"})
    alice.client.post(f"{PAGE}{second.pk}/default/")

    second.refresh_from_db()
    assert str(second) == "Work (Visa ···· 4242)"
    assert list(SavedMethod.objects.values_list("pk", "is_default")) == [(second.pk, True), (first.pk, False)]
    refused = alice.client.post(f"{PAGE}{second.pk}/name/", {"name": "x" * 41}, follow=True)
    assert "at most 40 characters" in refused.content.decode()


@pytest.mark.parametrize("what", ["name", "default", "delete"])
def test_someone_elses_card_is_not_there(alice, stripe, client, what):
    method = add_card(alice, stripe)
    client.force_login(make_user("bob"))

    assert client.post(f"{PAGE}{method.pk}/{what}/", {"name": "Mine"}).status_code == 404
    assert "4242" not in client.get(PAGE).content.decode()
    method.refresh_from_db()
    assert method.name == ""


def test_a_guest_is_asked_to_sign_in(client):
    assert client.get(PAGE).url.startswith("/account/login/")
    assert client.post(f"{PAGE}add/").url.startswith("/account/login/")


def test_a_deleted_card_is_gone_here_and_at_the_provider(alice, stripe):
    method = add_card(alice, stripe)
    card = vault.take_out(method.locked_token).partition("/")[2]

    assert "is deleted" in alice.client.post(f"{PAGE}{method.pk}/delete/", follow=True).content.decode()

    assert not SavedMethod.objects.exists()
    assert stripe.asked(f"/v1/payment_methods/{card}/detach")


def test_while_the_provider_is_away_nothing_is_saved_or_deleted(alice, stripe):
    method = add_card(alice, stripe)
    for what in ("add", f"{method.pk}/delete"):
        stripe.failures.append((500, "{}"))
        answer = alice.client.post(f"{PAGE}{what}/", follow=True)
        assert "The payment service is not answering" in answer.content.decode()

    assert SavedMethod.objects.count() == 1


def test_without_a_key_or_a_gateway_that_keeps_cards_nothing_is_offered(alice, stripe, settings, event_session):
    method = add_card(alice, stripe)
    alice.hold(event_session, "A1")
    assert f"saved-{method.pk}" in see(alice, "/checkout/")
    settings.SAVED_METHOD_KEYS = []

    assert "Add a card" not in see(alice, PAGE)
    assert f"saved-{method.pk}" not in see(alice, "/checkout/")
    answer = alice.client.post(f"{PAGE}add/", follow=True)
    assert "not possible just now" in answer.content.decode()


# --- Paying with them -----------------------------------------------------------------------------
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


# --- Their keys -----------------------------------------------------------------------------------
def test_after_rotating_the_old_key_can_be_dropped(alice, stripe, settings):
    method = add_card(alice, stripe)
    token = vault.take_out(method.locked_token)
    old, new = settings.SAVED_METHOD_KEYS[0], Fernet.generate_key().decode()
    settings.SAVED_METHOD_KEYS = [new]
    with pytest.raises(SavedMethodLockedError):
        vault.take_out(method.locked_token)

    settings.SAVED_METHOD_KEYS = [new, old]
    said = StringIO()
    call_command("rotate_saved_method_keys", stdout=said)
    settings.SAVED_METHOD_KEYS = [new]

    method.refresh_from_db()
    assert vault.take_out(method.locked_token) == token
    assert "1 saved cards are encrypted by the first key." in said.getvalue()


def test_rotating_names_what_no_key_opens_and_refuses_without_keys(alice, stripe, settings):
    method = add_card(alice, stripe)
    settings.SAVED_METHOD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match=f"ids {method.pk}"):
        call_command("rotate_saved_method_keys", stdout=StringIO())

    settings.SAVED_METHOD_KEYS = []
    with pytest.raises(CommandError, match="SAVED_METHOD_KEYS is empty"):
        call_command("rotate_saved_method_keys")
