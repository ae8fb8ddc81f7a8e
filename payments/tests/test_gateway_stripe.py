"""The adapter and the official SDK against localstripe, a process of its own; hosted pages against a stand-in."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from djmoney.money import Money

from payments.errors import GatewayMisconfiguredError, GatewayRefusedError, GatewayUnavailableError
from payments.gateways.registry import get_gateway
from payments.gateways.stripe.calls import without_secrets
from payments.gateways.stripe.gateway import StripeGateway
from payments.methods import Method
from tests.stripe_stand_in import API_KEY, DECLINED, SECURE, SECURE_DECLINED, UNATTACHABLE, VISA, run_stripe

PRICE = Money("94.50", "EUR")
UNTIL = timezone.now() + timedelta(minutes=15)


@pytest.fixture(scope="module")
def provider():
    with run_stripe() as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(provider):
    provider.requests.clear()
    provider.failures.clear()


def open_page(provider, reference, *, amount=PRICE, method=Method.CARD, until=UNTIL):
    return provider.gateway.create_payment(
        reference=reference,
        amount=amount,
        method=method,
        description="Houselights, booking ABC",
        return_url="https://shop.test/payments/1/",
        cancel_url="https://shop.test/payments/1/?outcome=cancelled",
        expires_at=until,
    )


def save(provider, reference, card=VISA):
    page = provider.gateway.start_saving(
        reference=reference,
        email="alice@example.com",
        return_url="https://shop.test/a",
        cancel_url="https://shop.test/b",
    )
    provider.save_card(page.provider_id, card)
    return provider.gateway.finish_saving(page.provider_id)


def charge(provider, reference, card=VISA, *, amount=PRICE):
    saved = save(provider, f"save-{reference}", card)
    intent_id = provider.gateway.prepare_charge(
        token=saved.token, reference=reference, amount=amount, description="Houselights, booking ABC"
    )
    return provider.gateway.charge(intent_id, reference=reference, return_url="https://shop.test/payments/1/")


# --- Hosted pages ---------------------------------------------------------------------------------
def test_a_page_is_asked_for_in_minor_units_with_the_reference_as_key(provider):
    page = open_page(provider, "asked")

    [asked] = provider.asked("/v1/checkout/sessions")
    assert page.url.startswith("https://checkout.stripe.com/")
    assert asked.key == "asked"
    assert asked.form["client_reference_id"] == asked.form["payment_intent_data[metadata][reference]"] == "asked"
    assert asked.form["line_items[0][price_data][unit_amount]"] == "9450"
    assert asked.form["line_items[0][price_data][currency]"] == "eur"
    assert asked.form["allowed_payment_method_types[0]"] == "card"
    assert "payment_method_types[0]" not in asked.form
    assert asked.form["adaptive_pricing[enabled]"] == "false"


def test_a_page_stays_open_for_the_providers_minimum_and_asks_for_the_same_time_again(provider):
    began_at = timezone.now()
    until = began_at + timedelta(minutes=15)
    first, again = (open_page(provider, "minimum", until=until) for _ in range(2))

    times = {int(asked.form["expires_at"]) for asked in provider.asked("/v1/checkout/sessions")}
    assert first == again
    assert len(times) == 1
    assert times.pop() >= (began_at + timedelta(minutes=30)).timestamp()


def test_another_amount_under_the_same_reference_is_refused(provider):
    open_page(provider, "one-amount")

    with pytest.raises(GatewayRefusedError):
        open_page(provider, "one-amount", amount=Money(1, "EUR"))


def test_wallets_are_on_the_page_where_they_were_chosen(provider):
    open_page(provider, "wallet", method=Method.WALLET)

    [asked] = provider.asked("/v1/checkout/sessions")
    kinds = {text for name, text in asked.form.items() if name.startswith("allowed_payment_method_types")}
    assert {"card", "link", "paypal"} <= kinds


def test_a_page_is_open_then_paid_in_exact_money(provider):
    page = open_page(provider, "paid")
    before = provider.gateway.get_payment(page.provider_id)
    provider.pay(page.provider_id)
    after = provider.gateway.get_payment(page.provider_id)

    assert (before.status, before.failure, before.can_still_be_paid) == ("pending", "", True)
    assert (after.status, after.can_still_be_paid, after.amount, after.reference) == ("paid", False, PRICE, "paid")


@pytest.mark.parametrize("amount", [Money("1200", "JPY"), Money("0.50", "USD"), Money("999.99", "INR")])
def test_minor_units_are_the_currencys_own(provider, amount):
    page = open_page(provider, f"minor-{amount.currency}", amount=amount)

    assert provider.gateway.get_payment(page.provider_id).amount == amount


def test_a_declined_page_can_still_be_paid(provider):
    page = open_page(provider, "declined")
    provider.pay(page.provider_id, DECLINED)
    declined = provider.gateway.get_payment(page.provider_id)
    provider.pay(page.provider_id, VISA)

    assert (declined.status, declined.failure, declined.can_still_be_paid) == ("failed", "declined", True)
    assert provider.gateway.get_payment(page.provider_id).status == "paid"


def test_a_closed_page_has_failed_and_closing_may_be_repeated(provider):
    page = open_page(provider, "closed")

    states = [provider.gateway.cancel_payment(page.provider_id) for _ in range(2)]

    assert {(state.status, state.failure, state.can_still_be_paid) for state in states} == {
        ("failed", "expired", False)
    }


def test_closing_what_is_paid_says_paid(provider):
    page = open_page(provider, "paid-first")
    provider.pay(page.provider_id)

    assert provider.gateway.cancel_payment(page.provider_id).status == "paid"


# --- Saved cards ----------------------------------------------------------------------------------
def test_a_saved_card_shows_brand_digits_and_expiry_and_never_its_token(provider):
    saved = save(provider, "saved")

    assert (saved.brand, saved.last_four, saved.expiry_month, saved.expiry_year) == ("visa", "4242", 12, 2031)
    assert saved.token.startswith("cus_")
    assert saved.token not in repr(saved)


def test_nothing_is_saved_before_the_customer_is_done(provider):
    page = provider.gateway.start_saving(
        reference="early", email="", return_url="https://a.test", cancel_url="https://b.test"
    )

    assert provider.gateway.finish_saving(page.provider_id) is None


def test_a_card_that_the_bank_refuses_to_keep_is_not_saved(provider):
    assert save(provider, "unattachable", UNATTACHABLE) is None


def test_a_saved_card_is_charged_once_however_often_it_is_asked(provider):
    charged = charge(provider, "charged")
    again = provider.gateway.charge(
        charged.state.provider_id, reference="charged", return_url="https://shop.test/payments/1/"
    )

    assert (charged.state.status, charged.state.amount, charged.state.reference) == ("paid", PRICE, "charged")
    assert charged.next_url == ""
    assert again == charged
    assert provider.gateway.get_payment(charged.state.provider_id) == charged.state
    [asked] = provider.asked("/v1/payment_intents")
    assert (asked.key, asked.form["amount"], asked.form["currency"]) == ("charged", "9450", "eur")


def test_a_declined_charge_is_over(provider):
    declined = charge(provider, "charge-declined", DECLINED).state

    assert (declined.status, declined.failure, declined.can_still_be_paid) == ("failed", "declined", False)
    assert provider.gateway.get_payment(declined.provider_id) == declined


@pytest.mark.parametrize(
    ("card", "success", "outcome"),
    [
        (SECURE, True, ("paid", "")),
        (SECURE, False, ("failed", "declined")),
        (SECURE_DECLINED, True, ("failed", "declined")),
    ],
)
def test_a_bank_that_asks_sees_the_customer_first(provider, card, success, outcome):
    asked = charge(provider, f"secure-{card}-{success}", card)
    intent_id = asked.state.provider_id
    provider.authenticate(intent_id, success)
    state = provider.gateway.get_payment(intent_id)

    assert (asked.state.status, asked.state.can_still_be_paid) == ("pending", True)
    assert asked.next_url == f"https://hooks.stripe.com/3d_secure/{intent_id}"
    [confirmed] = provider.asked(f"/v1/payment_intents/{intent_id}/confirm")
    assert confirmed.form["return_url"] == "https://shop.test/payments/1/"
    assert (state.status, state.failure) == outcome


def test_an_announced_charge_can_be_given_up_and_then_takes_no_money(provider):
    saved = save(provider, "save-given-up")
    intent_id = provider.gateway.prepare_charge(
        token=saved.token, reference="given-up", amount=PRICE, description="Houselights"
    )

    states = [provider.gateway.cancel_payment(intent_id) for _ in range(2)]

    assert {(state.status, state.failure) for state in states} == {("failed", "abandoned")}
    with pytest.raises(GatewayRefusedError):
        provider.gateway.charge(intent_id, reference="given-up", return_url="https://shop.test/")


def test_cancelling_a_paid_charge_says_paid(provider):
    assert provider.gateway.cancel_payment(charge(provider, "charged-first").state.provider_id).status == "paid"


def test_a_forgotten_card_may_be_forgotten_again(provider):
    saved = save(provider, "forgotten")

    for _ in range(2):
        provider.gateway.forget(saved.token)
    provider.gateway.forget("cus_1/pm_never_there")


# --- Refunds --------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["page", "charge"])
def test_refunds_are_partial_and_given_once_for_each_reference(provider, way):
    if way == "page":
        provider_id = open_page(provider, "refunded").provider_id
        provider.pay(provider_id)
    else:
        provider_id = charge(provider, "refunded-charge").state.provider_id

    def refund(reference, amount):
        return provider.gateway.refund(provider_id=provider_id, reference=reference, amount=Money(amount, "EUR"))

    first = refund(f"{way}-refund-1", "60.00")
    provider.answers.clear()  # Stripe forgets keys after a day.
    again = refund(f"{way}-refund-1", "60.00")
    rest = refund(f"{way}-refund-2", "34.50")

    assert first == again
    assert (first.status, first.amount, first.reference) == ("succeeded", Money("60.00", "EUR"), f"{way}-refund-1")
    assert rest.provider_id != first.provider_id
    assert provider.gateway.get_refund(first.provider_id) == first
    assert [asked.key for asked in provider.asked("/v1/refunds")] == [f"{way}-refund-1", f"{way}-refund-2"]


def test_an_unpaid_page_cannot_be_refunded(provider):
    page = open_page(provider, "unpaid")

    with pytest.raises(GatewayUnavailableError):
        provider.gateway.refund(provider_id=page.provider_id, reference="unpaid-1", amount=Money(1, "EUR"))


# --- What goes wrong ------------------------------------------------------------------------------
@pytest.mark.parametrize("provider_id", ["cs_nothing", "pi_nothing"])
def test_an_unknown_payment_is_refused(provider, provider_id):
    with pytest.raises(GatewayRefusedError):
        provider.gateway.get_payment(provider_id)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, "{}"),
        (503, "<html>"),
        (429, '{"error": {"message": "Too many requests"}}'),
        (409, '{"error": {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "busy"}}'),
        (200, "<html>"),
        (200, '{"id": "cs_1", "status": "new"}'),
    ],
)
def test_an_answer_that_is_none_is_unavailable(provider, status, text):
    page = open_page(provider, "no-answer")
    provider.failures.append((status, text))

    with pytest.raises(GatewayUnavailableError):
        provider.gateway.get_payment(page.provider_id)


def test_an_unreachable_provider_is_unavailable():
    gateway = StripeGateway(api_key=API_KEY, webhook_secret="whsec_1", api_url="http://127.0.0.1:1")

    with pytest.raises(GatewayUnavailableError):
        gateway.check()


def test_a_wrong_key_is_unavailable_to_the_customer_and_logged_for_us(provider, caplog):
    gateway = StripeGateway(api_key="sk_test_wrong", webhook_secret="whsec_1", api_url=provider.url)

    with pytest.raises(GatewayUnavailableError):
        gateway.check()
    assert "refused the key" in caplog.text
    assert "wrong" not in caplog.text + repr(gateway)
    provider.gateway.check()


def test_refusals_and_logs_name_no_token(provider, caplog):
    assert (
        without_secrets("No such PaymentMethod: 'pm_1abc'; customer cus_2") == "No such PaymentMethod: '…'; customer …"
    )
    with caplog.at_level(logging.INFO):
        saved = save(provider, "quiet")
        with pytest.raises(GatewayRefusedError) as refusal:
            provider.gateway.prepare_charge(
                token=f"{saved.token}x", reference="quiet", amount=PRICE, description="Houselights"
            )
        provider.gateway.forget(saved.token)

    for part in saved.token.split("/"):
        assert part not in caplog.text + str(refusal.value)


def test_currencies_that_the_provider_counts_otherwise_are_not_offered(provider):
    assert [str(method) for method in provider.gateway.methods_for("EUR")] == ["card", "wallet"]
    assert provider.gateway.methods_for("JPY")
    assert not any(provider.gateway.methods_for(currency) for currency in ("ISK", "UGX", "MGA", "KWD", "BHD"))


def test_without_its_keys_it_says_which_are_missing(provider, settings):
    provider.apply_to(settings)
    assert get_gateway("stripe") == provider.gateway
    settings.STRIPE_API_KEY = settings.STRIPE_WEBHOOK_SECRET = ""

    with pytest.raises(GatewayMisconfiguredError, match="STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET"):
        get_gateway("stripe")
