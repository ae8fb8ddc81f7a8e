"""Cards that customers keep: theirs alone and encrypted, under keys that can be changed."""

import logging
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.contrib import admin
from django.core.management import CommandError, call_command

from payments import vault
from payments.errors import SavedMethodLockedError
from payments.models import SavedMethod
from tests.factories import make_user
from tests.saved_cards import PAGE, add_card, pay_with, see

pytestmark = pytest.mark.django_db


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
