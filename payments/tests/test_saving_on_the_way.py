"""Cards that are kept while paying, and cards whose owner never came back from the provider's page."""

import pytest

from payments import vault
from payments.models import Payment, SavedMethod
from payments.services.events import receive_event
from payments.services.saving import keep_typed_card
from tests.customer import Customer, hear_from, run_outbox
from tests.saved_cards import PAGE
from tests.stripe_stand_in import VISA

pytestmark = pytest.mark.django_db


def go_to_page(alice, event_session, **typed) -> Payment:
    alice.hold(event_session, "A1")
    alice.pay_button(method="card", **typed)
    return alice.booking.payments.first()


def type_card(provider, payment, number="4242 4242 4242 4242"):
    return provider.choose(payment.page_url, "card", number=number, expiry="12 / 40", cvc="123")


# --- While paying ---------------------------------------------------------------------------------
def test_who_is_signed_in_may_tick_to_keep_the_card_and_a_guest_may_not(alice, provider, client, event_session):
    alice.hold(event_session, "A1")
    assert 'name="keep_card"' in alice.client.get("/checkout/").content.decode()

    client.logout()
    guest = Customer(client)
    guest.hold(event_session, "A2")

    assert 'name="keep_card"' not in client.get("/checkout/").content.decode()
    guest.pay_button(method="card", keep_card="on")
    assert not guest.payment.saves_card


def test_without_a_key_nobody_is_asked(alice, provider, event_session, settings):
    settings.SAVED_METHOD_KEYS = []
    alice.hold(event_session, "A1")

    assert 'name="keep_card"' not in alice.client.get("/checkout/").content.decode()


def test_the_card_that_paid_is_kept_by_the_webhook_alone_and_once_by_return_and_webhook(
    alice, provider, user, event_session
):
    payment = go_to_page(alice, event_session, keep_card="on")
    assert "keeps the card you pay with" in provider.call("GET", f"/pay/{payment.provider_id}").text
    type_card(provider, payment)

    hear_from(provider, payment)
    run_outbox()

    kept = SavedMethod.objects.get()
    assert (kept.user, kept.last_four, kept.expiry_year, kept.is_default) == (user, "4242", 2040, True)
    alice.come_back(payment)
    run_outbox()
    keep_typed_card(payment.pk)
    assert SavedMethod.objects.count() == 1


def test_it_pays_the_next_time(alice, provider, event_session):
    type_card(provider, payment := go_to_page(alice, event_session, keep_card="on"), "4000 0027 6000 3184")
    provider.choose(f"{payment.page_url}/bank", "approve")
    alice.come_back(payment)
    run_outbox()
    alice.hold(event_session, "A2")

    alice.pay_button(method=f"saved-{SavedMethod.objects.get().pk}")

    assert alice.payment.page_url.endswith("/bank")


@pytest.mark.parametrize("how", ["not ticked", "declined", "another way"])
def test_nothing_is_kept_otherwise(alice, provider, event_session, how):
    alice.hold(event_session, "A1")
    ticked = {} if how == "not ticked" else {"keep_card": "on"}
    alice.pay_button(method="bank" if how == "another way" else "card", **ticked)
    payment = alice.payment
    if how == "declined":
        type_card(provider, payment, "4000 0000 0000 0002")
    else:
        provider.pay(payment.provider_id, "late" if how == "another way" else "paid")
    alice.come_back(payment)
    run_outbox()

    assert not SavedMethod.objects.exists()


def test_ticking_afterwards_leads_to_a_page_that_keeps_it(alice, provider, event_session):
    first = go_to_page(alice, event_session)
    alice.pay_button(method="card", keep_card="on")

    second = alice.booking.payments.first()

    assert (second != first, second.saves_card) == (True, True)
    first.refresh_from_db()
    assert first.status == Payment.Status.FAILED


def test_a_provider_that_is_away_keeps_it_later(alice, provider, event_session):
    payment = go_to_page(alice, event_session, keep_card="on")
    provider.pay(payment.provider_id)
    alice.come_back(payment)
    provider.set(unavailable=True)
    run_outbox()
    assert not SavedMethod.objects.exists()

    provider.set(unavailable=False)
    keep_typed_card(payment.pk)

    assert SavedMethod.objects.count() == 1
    payment.booking.refresh_from_db()
    assert payment.booking.is_confirmed


def test_stripe_keeps_it_under_a_customer_of_its_own(alice, stripe, user, event_session):
    payment = go_to_page(alice, event_session, keep_card="on")
    stripe.pay(payment.provider_id, VISA)

    alice.come_back(payment)
    run_outbox()

    kept = SavedMethod.objects.get()
    customer, _, _card = vault.take_out(kept.locked_token).partition("/")
    assert (kept.user, kept.last_four) == (user, "4242")
    assert customer.startswith("cus_")
    alice.hold(event_session, "A2")
    alice.pay_button(method=f"saved-{kept.pk}")
    assert alice.booking.is_confirmed


def test_stripe_keeps_nothing_unless_it_was_asked_to(alice, stripe, event_session):
    payment = go_to_page(alice, event_session)
    stripe.pay(payment.provider_id, VISA)
    alice.come_back(payment)

    assert stripe.gateway.finish_saving(payment.provider_id) is None


# --- On a page that charges nothing ---------------------------------------------------------------
def open_saving_page(alice) -> str:
    """The provider's id of the page."""
    return alice.client.post(f"{PAGE}add/").url.rpartition("/")[2].partition("#")[0]


def test_a_card_whose_owner_never_came_back_is_kept_by_the_webhook(alice, provider, user):
    page_id = open_saving_page(alice)
    type_card(provider, Payment(page_url=f"{provider.url}/save/{page_id}"))
    event = provider.gateway.interpret(provider.events(page_id)[-1])

    receive_event(event)
    run_outbox()

    assert SavedMethod.objects.get().user == user
    assert "token" not in str(event.payload)
    alice.client.get(f"{PAGE}saved/")
    assert SavedMethod.objects.count() == 1


def test_a_card_that_was_deleted_before_the_news_came_stays_deleted(alice, provider):
    page_id = open_saving_page(alice)
    type_card(provider, Payment(page_url=f"{provider.url}/save/{page_id}"))
    alice.client.get(f"{PAGE}saved/")
    alice.client.post(f"{PAGE}{SavedMethod.objects.get().pk}/delete/")

    receive_event(provider.gateway.interpret(provider.events(page_id)[-1]))
    run_outbox()

    assert not SavedMethod.objects.exists()


def test_stripes_news_of_a_saved_card_are_heard_too(alice, stripe, user):
    page_id = open_saving_page(alice)
    stripe.save_card(page_id)
    news = stripe.news("checkout.session.completed", stripe.sessions[page_id])

    receive_event(stripe.gateway.interpret(news))
    run_outbox()

    assert SavedMethod.objects.get().user == user


@pytest.mark.parametrize("reference", ["", "1/abc", "not ours", "1/abc:forged"])
def test_a_page_that_nobody_here_opened_is_passed_over(stripe, alice, reference):
    page_id = open_saving_page(alice)
    stripe.save_card(page_id)
    session = stripe.sessions[page_id] | {"client_reference_id": reference}

    receive_event(stripe.gateway.interpret(stripe.news("checkout.session.completed", session)))
    run_outbox()

    assert not SavedMethod.objects.exists()
