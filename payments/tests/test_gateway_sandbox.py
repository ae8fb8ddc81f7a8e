"""The adapter against the real provider over real HTTP."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.utils import timezone
from djmoney.money import Money

from payments.errors import GatewayRefusedError, GatewayUnavailableError, UnknownGatewayError
from payments.gateways.registry import get_gateway
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.methods import Method
from tests.sandbox import API_KEY, WEBHOOK_SECRET, run_sandbox, wait_until

GATEWAY = SandboxGateway(api_url="http://127.0.0.1:1", api_key=API_KEY, webhook_secret=WEBHOOK_SECRET)
PRICE = Money("94.50", "EUR")


@pytest.fixture(scope="module")
def sandbox():
    with run_sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def usual_settings(sandbox):
    sandbox.set(webhooks="normal", fail_refunds=0, unavailable=False, slow_seconds=1.0)


def open_page(sandbox, reference, *, amount=PRICE, seconds=900):
    return sandbox.gateway.create_payment(
        reference=reference,
        amount=amount,
        method=Method.CARD,
        description="Swan Lake, 2 tickets",
        return_url="https://shop.test/payments/1/",
        cancel_url="https://shop.test/payments/1/",
        expires_at=timezone.now() + timedelta(seconds=seconds),
    )


def test_a_payment_is_opened_paid_and_read_back_in_exact_money(sandbox):
    page = open_page(sandbox, "paid-1")
    before = sandbox.gateway.get_payment(page.provider_id)
    sandbox.pay(page.provider_id)
    after = sandbox.gateway.get_payment(page.provider_id)

    assert page.url == f"{sandbox.url}/pay/{page.provider_id}"
    assert (before.status, before.failure, before.can_still_be_paid) == ("pending", "", True)
    assert (after.status, after.failure, after.can_still_be_paid) == ("paid", "", False)
    assert after.amount == Money("94.50", "EUR")
    assert after.reference == "paid-1"


@pytest.mark.parametrize("amount", [Money("1200", "JPY"), Money("1.234", "BHD"), Money("0.01", "USD")])
def test_minor_units_are_the_currencys_own(sandbox, amount):
    page = open_page(sandbox, f"minor-{amount.currency}", amount=amount)

    assert sandbox.gateway.get_payment(page.provider_id).amount == amount


def test_the_same_reference_returns_the_same_page_and_never_another_amount(sandbox):
    first = open_page(sandbox, "twice")

    assert open_page(sandbox, "twice", seconds=800) == first
    with pytest.raises(GatewayRefusedError, match="another payment") as refusal:
        open_page(sandbox, "twice", amount=Money("1.00", "EUR"))
    assert refusal.value.facts["code"] == "idempotency_mismatch"


def test_a_declined_payment_has_failed_but_can_still_be_paid(sandbox):
    page = open_page(sandbox, "declined")
    sandbox.pay(page.provider_id, "declined")
    declined = sandbox.gateway.get_payment(page.provider_id)
    sandbox.pay(page.provider_id)

    assert (declined.status, declined.failure, declined.can_still_be_paid) == ("failed", "declined", True)
    assert sandbox.gateway.get_payment(page.provider_id).status == "paid"


def test_a_cancelled_page_cannot_be_paid_and_cancelling_may_be_repeated(sandbox):
    page = open_page(sandbox, "cancelled")
    states = [sandbox.gateway.cancel_payment(page.provider_id) for _ in range(2)]
    sandbox.choose(page.url, "pay")

    assert {(state.status, state.failure, state.can_still_be_paid) for state in states} == {
        ("failed", "abandoned", False)
    }
    assert sandbox.gateway.get_payment(page.provider_id).status == "failed"


def test_cancelling_what_is_paid_says_paid(sandbox):
    page = open_page(sandbox, "cancel-paid")
    sandbox.pay(page.provider_id)

    assert sandbox.gateway.cancel_payment(page.provider_id).status == "paid"


def test_a_slow_payment_is_pending_cannot_be_cancelled_and_arrives(sandbox):
    sandbox.set(slow_seconds=4)
    page = open_page(sandbox, "slow")
    sandbox.pay(page.provider_id, "slow")
    state = sandbox.gateway.cancel_payment(page.provider_id)

    assert (state.status, state.can_still_be_paid) == ("pending", True)
    wait_until(lambda: sandbox.gateway.get_payment(page.provider_id).status == "paid")


def test_an_expired_page_has_failed_and_late_money_still_counts(sandbox):
    page = open_page(sandbox, "expired", seconds=2)
    wait_until(lambda: sandbox.gateway.get_payment(page.provider_id).status == "failed")

    assert sandbox.gateway.get_payment(page.provider_id).failure == "expired"
    sandbox.pay(page.provider_id, "late")
    assert sandbox.gateway.get_payment(page.provider_id).status == "paid"


def test_refunds_are_partial_idempotent_and_never_more_than_was_paid(sandbox):
    page = open_page(sandbox, "refunded")
    sandbox.pay(page.provider_id)

    def refund(reference, amount):
        return sandbox.gateway.refund(provider_id=page.provider_id, reference=reference, amount=Money(amount, "EUR"))

    first = refund("refund-1", "60.00")
    again = refund("refund-1", "60.00")
    with pytest.raises(GatewayRefusedError, match="more than is left"):
        refund("refund-2", "34.51")
    rest = refund("refund-3", "34.50")

    assert first == again
    assert (first.status, first.amount, first.reference) == ("succeeded", Money("60.00", "EUR"), "refund-1")
    assert rest.status == "succeeded"
    with pytest.raises(GatewayRefusedError, match="another refund"):
        refund("refund-1", "1.00")


def test_a_failed_refund_says_why_and_succeeds_when_asked_again(sandbox):
    page = open_page(sandbox, "refund-fails")
    sandbox.pay(page.provider_id)
    sandbox.set(fail_refunds=1)

    failed, again, repeated = (
        sandbox.gateway.refund(provider_id=page.provider_id, reference="fails", amount=PRICE) for _ in range(3)
    )

    assert (failed.status, failed.error) == ("failed", "The customer's bank turned the refund down.")
    assert (again.status, again.error, again.provider_id) == ("succeeded", "", failed.provider_id)
    assert repeated == again


def test_a_failed_refund_does_not_come_back_when_the_money_went_another_way(sandbox):
    page = open_page(sandbox, "refund-other")
    sandbox.pay(page.provider_id)
    sandbox.set(fail_refunds=1)
    sandbox.gateway.refund(provider_id=page.provider_id, reference="other-1", amount=PRICE)
    sandbox.gateway.refund(provider_id=page.provider_id, reference="other-2", amount=PRICE)

    with pytest.raises(GatewayRefusedError, match="more than is left"):
        sandbox.gateway.refund(provider_id=page.provider_id, reference="other-1", amount=PRICE)


def test_an_unpaid_payment_cannot_be_refunded(sandbox):
    page = open_page(sandbox, "unpaid")

    with pytest.raises(GatewayRefusedError, match="Only a paid"):
        sandbox.gateway.refund(provider_id=page.provider_id, reference="unpaid-1", amount=Money(1, "EUR"))


def test_a_refund_in_another_currency_is_refused(sandbox):
    page = open_page(sandbox, "currency")
    sandbox.pay(page.provider_id)

    with pytest.raises(GatewayRefusedError, match="currency"):
        sandbox.gateway.refund(provider_id=page.provider_id, reference="currency-1", amount=Money(1, "USD"))


def test_a_page_that_would_close_in_the_past_is_refused(sandbox):
    with pytest.raises(GatewayRefusedError, match="a time to come"):
        open_page(sandbox, "past", seconds=-5)


@pytest.mark.parametrize("provider_id", ["pay_nothing", "../test/events", "a?b#c"])
def test_an_unknown_payment_is_refused(sandbox, provider_id):
    with pytest.raises(GatewayRefusedError):
        sandbox.gateway.get_payment(provider_id)


def test_an_unavailable_provider_is_not_a_refusal(sandbox):
    sandbox.set(unavailable=True)

    with pytest.raises(GatewayUnavailableError) as refusal:
        open_page(sandbox, "unavailable")
    assert refusal.value.status == 503
    assert "Nothing was lost" in str(refusal.value)


def test_an_unreachable_provider_is_unavailable():
    with pytest.raises(GatewayUnavailableError):
        GATEWAY.get_payment("pay_1")


def test_a_wrong_key_is_unavailable_to_the_customer_and_logged_for_us(sandbox, caplog):
    gateway = SandboxGateway(api_url=sandbox.url, api_key="wrong", webhook_secret="")

    with pytest.raises(GatewayUnavailableError):
        gateway.get_payment("pay_1")
    assert "refused the key" in caplog.text
    assert "wrong" not in caplog.text


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"id": "pay_1", "status": "new"}'])
def test_an_answer_that_makes_no_sense_is_unavailable(answer):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_): ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    gateway = SandboxGateway(api_url=f"http://127.0.0.1:{server.server_port}", api_key="", webhook_secret="")
    try:
        with pytest.raises(GatewayUnavailableError):
            gateway.get_payment("pay_1")
        with pytest.raises(GatewayUnavailableError):
            gateway.refund(provider_id="pay_1", reference="r", amount=Money(1, "EUR"))
    finally:
        server.shutdown()
        server.server_close()


def save_card(sandbox, reference, number="4242 4242 4242 4242"):
    page = sandbox.gateway.start_saving(
        reference=reference, email="", return_url="https://shop.test/saved/", cancel_url="https://shop.test/cards/"
    )
    assert sandbox.gateway.finish_saving(page.provider_id) is None
    back = sandbox.choose(page.url, "save", number=number, expiry="12 / 31", cvc="123")
    assert back.headers["Location"] == "https://shop.test/saved/"
    return sandbox.gateway.finish_saving(page.provider_id)


def charge(sandbox, reference, number="4242 4242 4242 4242"):
    token = save_card(sandbox, f"{reference}-card", number).token
    payment_id = sandbox.gateway.prepare_charge(token=token, reference=reference, amount=PRICE, description="Swan Lake")
    return sandbox.gateway.charge(payment_id, reference=reference, return_url="https://shop.test/payments/1/")


def test_a_saved_card_is_charged_once(sandbox):
    saved = save_card(sandbox, "saved")
    charged = charge(sandbox, "charged")
    again = sandbox.gateway.charge(charged.state.provider_id, reference="charged", return_url="https://shop.test/")

    assert (saved.brand, saved.last_four, saved.expiry_month, saved.expiry_year) == ("visa", "4242", 12, 2031)
    assert (charged.state.status, charged.state.amount, charged.state.reference) == ("paid", PRICE, "charged")
    assert again == charged


def test_a_declined_saved_card_takes_no_money(sandbox):
    declined = charge(sandbox, "charge-declined", "4000 0000 0000 0002").state

    assert (declined.status, declined.failure, declined.can_still_be_paid) == ("failed", "declined", False)
    assert sandbox.gateway.get_payment(declined.provider_id).status == "failed"


def test_a_saved_card_whose_bank_asks_leads_to_its_page(sandbox):
    asked = charge(sandbox, "charge-secure", "4000 0027 6000 3184")
    assert (asked.state.status, asked.next_url) == ("pending", f"{sandbox.url}/pay/{asked.state.provider_id}/bank")

    back = sandbox.choose(asked.next_url, "approve")

    assert back.headers["Location"] == "https://shop.test/payments/1/?outcome=paid"
    assert sandbox.gateway.get_payment(asked.state.provider_id).status == "paid"


def test_a_forgotten_card_is_charged_no_more(sandbox):
    token = save_card(sandbox, "forgotten").token
    for _ in range(2):
        sandbox.gateway.forget(token)

    with pytest.raises(GatewayRefusedError):
        sandbox.gateway.prepare_charge(token=token, reference="after", amount=PRICE, description="Swan Lake")
    with pytest.raises(GatewayRefusedError):
        sandbox.gateway.charge("pay_nothing", reference="after", return_url="https://shop.test/")


def test_a_card_page_shows_what_is_wrong_and_may_be_left(sandbox):
    page = sandbox.gateway.start_saving(
        reference="left", email="", return_url="https://shop.test/saved/", cancel_url="https://shop.test/cards/"
    )

    wrong = sandbox.choose(page.url, "save", number="4111 1111 1111 1111", expiry="1", cvc="x")
    left = sandbox.choose(page.url, "leave")

    assert wrong.status_code == 422
    assert "4111" not in wrong.text
    assert "Only the test numbers" in wrong.text
    assert left.headers["Location"] == "https://shop.test/cards/"
    assert sandbox.gateway.finish_saving(page.provider_id) is None


def test_gateways_are_known_by_name(sandbox, settings):
    sandbox.apply_to(settings)

    assert get_gateway("sandbox") == sandbox.gateway
    assert get_gateway("sandbox").name == "sandbox"
    with pytest.raises(UnknownGatewayError):
        get_gateway("piggybank")
