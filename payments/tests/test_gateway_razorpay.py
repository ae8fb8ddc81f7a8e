"""The adapter and the official SDK against a server that answers as Razorpay documents."""

import json
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from djmoney.money import Money

from payments.errors import GatewayMisconfiguredError, GatewayRefusedError, GatewayUnavailableError
from payments.gateways.razorpay.gateway import RazorpayGateway
from payments.gateways.registry import get_gateway
from payments.methods import Method
from tests.razorpay_stand_in import KEY_ID, KEY_SECRET, run_razorpay

PRICE = Money("945.00", "INR")


@pytest.fixture
def razorpay():
    with run_razorpay() as stand_in:
        yield stand_in


def open_page(razorpay, reference="ref-1", *, amount=PRICE, method=Method.UPI, seconds=1200):
    return razorpay.gateway.create_payment(
        reference=reference,
        amount=amount,
        method=method,
        description="Swan Lake, 2 tickets",
        return_url="https://shop.test/payments/1/",
        cancel_url="https://shop.test/payments/1/?outcome=cancelled",
        expires_at=timezone.now() + timedelta(seconds=seconds),
    )


def refund(razorpay, link_id, reference="refund-0001", amount="45.00"):
    return razorpay.gateway.refund(provider_id=link_id, reference=reference, amount=Money(amount, "INR"))


def state_of(razorpay, link_id):
    state = razorpay.gateway.get_payment(link_id)
    return state.status, state.failure, state.can_still_be_paid


def test_rupees_can_be_paid_in_four_ways_and_nothing_else_at_all(razorpay):
    assert list(razorpay.gateway.methods_for("INR")) == ["card", "upi", "netbanking", "wallet"]
    assert list(razorpay.gateway.methods_for("EUR")) == []


@pytest.mark.parametrize("method", [Method.CARD, Method.UPI, Method.NETBANKING, Method.WALLET])
def test_the_page_shows_the_chosen_way_to_pay_only(razorpay, method):
    page = open_page(razorpay, method=method)

    asked = razorpay.requests[0].body
    assert [name for name, shown in asked["options"]["checkout"]["method"].items() if shown == "1"] == [method]
    assert asked["amount"] == 94500
    assert asked["accept_partial"] is False
    assert (asked["callback_url"], asked["callback_method"]) == ("https://shop.test/payments/1/", "get")
    assert asked["notify"] == {"sms": False, "email": False}
    assert page.url == razorpay.links[page.provider_id]["short_url"]


@pytest.mark.parametrize("seconds", [-5, 60, 900, 3600])
def test_a_hold_shorter_than_razorpays_shortest_page_still_gets_one(razorpay, seconds):
    page = open_page(razorpay, seconds=seconds)

    wanted = max(seconds, 960)
    assert razorpay.links[page.provider_id]["expire_by"] == pytest.approx(timezone.now().timestamp() + wanted, abs=20)


@pytest.mark.parametrize("heeds_filter", [True, False])
def test_the_same_reference_returns_the_same_page_and_never_another_amount(razorpay, heeds_filter):
    razorpay.heeds_filter = heeds_filter
    first = open_page(razorpay, "twice")
    open_page(razorpay, "another")

    assert open_page(razorpay, "twice", seconds=2000) == first
    with pytest.raises(GatewayRefusedError, match="another payment"):
        open_page(razorpay, "twice", amount=Money("1.00", "INR"))
    assert len(razorpay.links) == 2


def test_what_razorpay_refuses_is_refused_with_its_reason(razorpay):
    with pytest.raises(GatewayRefusedError, match=r"minimum 1\.00"):
        open_page(razorpay, amount=Money("0.50", "INR"))


def test_a_payment_is_opened_paid_and_read_back_in_exact_money(razorpay):
    page = open_page(razorpay, "paid-1")
    before = state_of(razorpay, page.provider_id)
    razorpay.pay(page.provider_id)
    after = razorpay.gateway.get_payment(page.provider_id)

    assert before == ("pending", "", True)
    assert (after.status, after.amount, after.reference, after.can_still_be_paid) == ("paid", PRICE, "paid-1", False)


def test_a_declined_try_can_be_followed_by_a_better_one(razorpay):
    link_id = open_page(razorpay).provider_id
    razorpay.attempt(link_id, "failed")

    assert state_of(razorpay, link_id) == ("failed", "declined", True)
    razorpay.pay(link_id, method="card")
    assert state_of(razorpay, link_id) == ("paid", "", False)


def test_a_part_of_the_money_is_told_as_the_part_it_is(razorpay):
    link_id = open_page(razorpay).provider_id
    razorpay.pay(link_id, amount=100)

    assert razorpay.gateway.get_payment(link_id).amount == Money("1.00", "INR")


def test_a_cancelled_page_is_closed_and_cancelling_may_be_repeated(razorpay):
    link_id = open_page(razorpay).provider_id

    states = [razorpay.gateway.cancel_payment(link_id) for _ in range(2)]

    assert {(state.status, state.failure, state.can_still_be_paid) for state in states} == {
        ("failed", "abandoned", False)
    }


def test_cancelling_what_is_paid_says_paid(razorpay):
    link_id = open_page(razorpay).provider_id
    razorpay.pay(link_id)

    assert razorpay.gateway.cancel_payment(link_id).status == "paid"


def test_an_expired_page_has_failed(razorpay):
    link_id = open_page(razorpay).provider_id
    razorpay.expire(link_id)

    assert state_of(razorpay, link_id) == ("failed", "expired", False)
    assert razorpay.gateway.cancel_payment(link_id).failure == "expired"


def test_money_on_its_way_when_the_page_was_cancelled_is_waited_for_and_seen(razorpay):
    link_id = open_page(razorpay).provider_id
    on_its_way = razorpay.attempt(link_id, "authorized")

    state = razorpay.gateway.cancel_payment(link_id)
    assert (state.status, state.can_still_be_paid) == ("pending", True)
    razorpay.capture(on_its_way["id"])

    assert razorpay.links[link_id]["amount_paid"] == 0
    assert razorpay.gateway.get_payment(link_id).amount == PRICE
    assert state_of(razorpay, link_id) == ("paid", "", False)
    assert refund(razorpay, link_id).status == "succeeded"


def test_a_refusal_to_cancel_an_open_page_is_no_cancellation(razorpay):
    link_id = open_page(razorpay).provider_id
    razorpay.failures.append((400, '{"error": {"code": "BAD_REQUEST_ERROR", "description": "Not now"}}'))

    with pytest.raises(GatewayRefusedError, match="Not now"):
        razorpay.gateway.cancel_payment(link_id)


def test_refunds_are_partial_idempotent_and_never_more_than_was_paid(razorpay):
    link_id = open_page(razorpay).provider_id
    paid_by = razorpay.pay(link_id)["id"]

    first = refund(razorpay, link_id, amount="600.00")
    again = refund(razorpay, link_id, amount="600.00")
    with pytest.raises(GatewayRefusedError, match="greater"):
        refund(razorpay, link_id, "refund-0002", "345.01")
    rest = refund(razorpay, link_id, "refund-0003", "345.00")

    assert first == again
    assert (first.status, first.amount, first.reference) == ("succeeded", Money("600.00", "INR"), "refund-0001")
    assert [each["payment_id"] for each in razorpay.refunds.values()] == [paid_by, paid_by]
    assert razorpay.gateway.get_refund(rest.provider_id) == rest
    with pytest.raises(GatewayRefusedError, match="another refund"):
        refund(razorpay, link_id, amount="1.00")


def test_two_refunds_asked_for_in_the_same_moment_are_one_by_their_key(razorpay):
    link_id = open_page(razorpay).provider_id
    razorpay.pay(link_id)
    reference = "5d1c9a5e-1111-4c5e-9d5e-aaaaaaaaaaaa/2"
    first = refund(razorpay, link_id, reference)

    # The second looked before the first was made.
    razorpay.failures += [(200, json.dumps(razorpay.links[link_id])), (200, '{"items": []}')]
    again = refund(razorpay, link_id, reference)

    assert again == first
    assert len(razorpay.refunds) == 1
    assert first.reference == reference


@pytest.mark.parametrize(
    ("word", "status", "error"),
    [
        ("pending", "pending", ""),
        ("failed", "failed", "Razorpay could not pay it back."),
        ("processed", "succeeded", ""),
    ],
)
def test_refunds_say_how_far_they_are(razorpay, word, status, error):
    razorpay.refund_status = word
    link_id = open_page(razorpay).provider_id
    razorpay.pay(link_id)

    state = refund(razorpay, link_id)

    assert (state.status, state.error) == (status, error)


def test_an_unpaid_payment_cannot_be_refunded(razorpay):
    with pytest.raises(GatewayRefusedError, match="Only a paid"):
        refund(razorpay, open_page(razorpay).provider_id)


@pytest.mark.parametrize("provider_id", ["plink_nothing", "../payments", "a?b#c"])
def test_an_unknown_id_is_refused_and_never_another_address(razorpay, provider_id):
    with pytest.raises(GatewayRefusedError):
        razorpay.gateway.get_payment(provider_id)
    with pytest.raises(GatewayRefusedError):
        razorpay.gateway.get_refund(provider_id)
    assert {asked.path.count("/") for asked in razorpay.requests} == {3}


FAULTS = {
    "busy": (429, '{"error": {"code": "BAD_REQUEST_ERROR", "description": "Too many requests"}}'),
    "same key at work": (409, '{"error": {"code": "BAD_REQUEST_ERROR", "description": "Wait"}}'),
    "its own fault": (500, '{"error": {"code": "SERVER_ERROR", "description": "Oops"}}'),
    "the bank's fault": (400, '{"error": {"code": "GATEWAY_ERROR", "description": "Bank away"}}'),
    "a page in between": (502, "<html>"),
    "sent elsewhere": (302, ""),
    "no words": (400, "<html>"),
    "odd words": (400, "5"),
    "nothing": (200, ""),
    "a list": (200, "[]"),
    "something else": (200, "{}"),
    "an odd status": (200, '{"id": "plink_1", "status": 5, "amount": "x", "amount_paid": null}'),
    "no currency": (200, '{"id": "plink_1", "status": "paid", "amount": 1, "amount_paid": 1, "currency": "???"}'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_is_none_is_unavailable(razorpay, fault):
    razorpay.failures += [FAULTS[fault]]

    with pytest.raises(GatewayUnavailableError):
        razorpay.gateway.get_payment("plink_1")


@pytest.mark.parametrize("answer", ["{}", '{"items": 5}', '{"id": "rfnd_1", "status": "new"}'])
def test_an_odd_answer_about_a_refund_is_unavailable(razorpay, answer):
    link_id = open_page(razorpay).provider_id
    razorpay.pay(link_id)
    razorpay.failures += [(200, json.dumps(razorpay.links[link_id])), (200, answer)]

    with pytest.raises(GatewayUnavailableError):
        refund(razorpay, link_id)
    razorpay.failures[:] = [(200, answer)]
    with pytest.raises(GatewayUnavailableError):
        razorpay.gateway.get_refund("rfnd_1")


def test_an_unreachable_or_silent_provider_is_unavailable(monkeypatch, capsys):
    gateway = RazorpayGateway(api_url="http://127.0.0.1:1", key_id=KEY_ID, key_secret=KEY_SECRET, webhook_secret="w")

    with pytest.raises(GatewayUnavailableError):
        gateway.get_payment("plink_1")
    monkeypatch.setattr("payments.gateways.razorpay.calls.READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = replace(gateway, api_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(GatewayUnavailableError):
            slow.check()
    assert capsys.readouterr().out == ""


def test_a_wrong_key_is_unavailable_to_the_customer_and_named_to_staff(razorpay, caplog):
    gateway = replace(razorpay.gateway, key_secret="guessed")

    with pytest.raises(GatewayUnavailableError):
        gateway.get_payment("plink_1")
    with pytest.raises(GatewayRefusedError, match="refused the key"):
        gateway.check()
    assert "refused the key" in caplog.text
    assert "guessed" not in caplog.text


def test_a_working_key_passes_the_check(razorpay):
    razorpay.gateway.check()

    assert [(asked.method, asked.path) for asked in razorpay.requests] == [("GET", "/v1/payments")]


def test_without_keys_the_missing_ones_are_named(razorpay, settings):
    razorpay.apply_to(settings)
    assert get_gateway("razorpay") == razorpay.gateway
    settings.RAZORPAY_KEY_SECRET = settings.RAZORPAY_WEBHOOK_SECRET = ""

    with pytest.raises(GatewayMisconfiguredError, match="RAZORPAY_KEY_SECRET, RAZORPAY_WEBHOOK_SECRET"):
        get_gateway("razorpay")
