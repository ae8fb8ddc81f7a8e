"""The provider's hosted page, as a browser without JavaScript meets it."""

import re
import time
from datetime import date

import pytest
import requests

from payments.sandbox.cards import read_card
from payments.sandbox.money import format_amount
from tests.sandbox import run_sandbox, wait_until

RETURN_URL, CANCEL_URL = "https://shop.test/payments/7/?from=page", "https://shop.test/basket/"


@pytest.fixture(scope="module")
def sandbox():
    with run_sandbox() as running:
        yield running


@pytest.fixture
def payment(sandbox, request):
    return open_payment(sandbox, request.node.name)


def open_payment(sandbox, key, **changes):
    facts = {
        "reference": key,
        "amount": 9450,
        "currency": "EUR",
        "description": "Swan Lake",
        "return_url": RETURN_URL,
        "cancel_url": CANCEL_URL,
        "expires_at": time.time() + 900,
    }
    answer = sandbox.call("POST", "/v1/payments", facts | changes, Idempotency_Key=key)
    assert answer.status_code == 201
    return answer.json()


def get(url):
    return requests.get(url, timeout=60, allow_redirects=False, proxies={"http": ""})


def status_of(sandbox, payment):
    return sandbox.call("GET", f"/v1/payments/{payment['id']}").json()["status"]


def test_the_page_says_what_how_much_and_that_no_money_moves(sandbox, payment):
    page = get(payment["url"])

    assert page.status_code == 200
    for words in ("€94.50", "Swan Lake", "Houselights", "No money moves here", "4242 4242 4242 4242"):
        assert words in page.text
    for choice in ("pay", "decline", "secure", "slow", "leave", "card"):
        assert f'name="choice" value="{choice}"' in page.text


def test_the_page_is_locked_down_and_may_post_to_itself_and_the_merchant_only(sandbox, payment):
    page = get(payment["url"])
    policy = page.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert policy.endswith("form-action 'self' https://shop.test")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text)


@pytest.mark.parametrize("field", ["description", "merchant"])
def test_everything_the_merchant_sends_is_escaped(field):
    attack = "<script>alert(1)</script>\"'&$amount ${card}"
    merchant = attack if field == "merchant" else "Shop"
    with run_sandbox(merchant=merchant) as sandbox:
        payment = open_payment(sandbox, "escape", description=attack)
        sandbox.choose(payment["url"], "decline")
        pages = [get(payment["url"]).text, get(payment["url"] + "/bank").text]
        sandbox.pay(payment["id"])
        pages.append(get(payment["url"]).text)

    for page in pages:
        assert "<script" not in page
        assert "&quot;" in page or field == "description"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;$amount ${card}" in pages[0]


def test_an_address_with_markup_is_escaped_in_the_link_back(sandbox):
    payment = open_payment(sandbox, "link", return_url='https://shop.test/?a="><b>')
    sandbox.pay(payment["id"])

    assert '"><b>' not in get(payment["url"]).text


def test_paying_returns_to_the_merchant(sandbox, payment):
    answer = sandbox.choose(payment["url"], "pay")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "https://shop.test/payments/7/?from=page&outcome=paid"
    assert status_of(sandbox, payment) == "paid"


def test_a_decline_stays_on_the_page_and_may_be_tried_again(sandbox, payment):
    answer = sandbox.choose(payment["url"], "decline")
    page = get(payment["url"]).text
    again = sandbox.choose(payment["url"], "pay")

    assert answer.headers["Location"] == f"/pay/{payment['id']}"
    assert "Your bank declined the card." in page
    assert "No money was taken" in page
    assert again.headers["Location"].endswith("outcome=paid")


def test_a_declined_customer_may_return_to_the_shop(sandbox, payment):
    sandbox.choose(payment["url"], "decline")

    assert sandbox.choose(payment["url"], "return").headers["Location"].endswith("outcome=declined")


def test_leaving_goes_back_and_the_payment_stays_open(sandbox, payment):
    answer = sandbox.choose(payment["url"], "leave")

    assert answer.headers["Location"] == "https://shop.test/basket/?outcome=cancelled"
    assert status_of(sandbox, payment) == "open"


def test_a_slow_payment_returns_at_once_and_settles_later(sandbox, payment):
    sandbox.set(slow_seconds=4)
    answer = sandbox.choose(payment["url"], "slow")

    assert answer.headers["Location"].endswith("outcome=pending")
    assert status_of(sandbox, payment) == "processing"
    assert "on its way" in get(payment["url"]).text
    wait_until(lambda: status_of(sandbox, payment) == "paid")


@pytest.mark.parametrize(
    ("choice", "status", "where"), [("approve", "paid", "outcome=paid"), ("fail", "open", "/pay/")]
)
def test_three_d_secure_asks_the_bank_first(sandbox, choice, status, where):
    payment = open_payment(sandbox, f"bank-{choice}")
    to_bank = sandbox.choose(payment["url"], "secure").headers["Location"]
    assert status_of(sandbox, payment) == "open"
    assert "Is this you?" in get(sandbox.url + to_bank).text

    answer = sandbox.choose(sandbox.url + to_bank, choice)

    assert where in answer.headers["Location"]
    assert status_of(sandbox, payment) == status
    if choice == "fail":
        assert "could not confirm" in get(payment["url"]).text


@pytest.mark.parametrize(
    ("number", "where"),
    [
        ("4242 4242 4242 4242", "outcome=paid"),
        ("4000000000000002", "/pay/"),
        ("4000-0027-6000-3184", "/bank"),
    ],
)
def test_the_card_number_decides(sandbox, number, where):
    payment = open_payment(sandbox, f"card-{number}")

    answer = sandbox.choose(payment["url"], "card", number=number, expiry="12/99", cvc="123")

    assert answer.status_code == 303
    assert where in answer.headers["Location"]


def test_a_real_card_is_turned_away_and_never_shown_again(sandbox, payment):
    answer = sandbox.choose(payment["url"], "card", number="5555 5555 5555 4444", expiry="01 / 20", cvc="12x")

    assert answer.status_code == 422
    assert "Please never type a real card." in answer.text
    assert "Write a month and year to come" in answer.text
    assert "Write three or four digits." in answer.text
    assert "5555" not in answer.text
    assert "12x" not in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    assert answer.text.count("autofocus") == 1
    assert status_of(sandbox, payment) == "open"


@pytest.mark.parametrize(
    ("method", "words", "confirming"),
    [
        ("upi", ["UPI ID", "alice@sandbox", "Pay €94.50 by UPI", "UPI request"], "UPI PIN"),
        ("netbanking", ["Practice Bank", "Pay €94.50 by net banking"], "name and password"),
        ("wallet", ["Full wallet", "Pay €94.50 by wallet"], "to your phone"),
        ("bank", ["Where to send it", "Account", "I have sent the money"], "ask for a code"),
    ],
)
def test_each_way_to_pay_has_its_own_page(sandbox, method, words, confirming):
    payment = open_payment(sandbox, f"ways-{method}", method=method)
    page = get(payment["url"]).text

    assert payment["method"] == method
    assert [word for word in words if word not in page] == []
    assert "Card number" not in page
    assert confirming in get(payment["url"] + "/bank").text


@pytest.mark.parametrize(
    ("method", "account", "where", "status"),
    [
        ("upi", "alice@sandbox", "outcome=paid", "paid"),
        ("upi", "asha@sandbox", "/bank", "open"),
        ("upi", "anil@sandbox", "/pay/", "open"),
        ("upi", "amit@sandbox", "outcome=pending", "processing"),
        ("upi", "somebody@real", "/pay/", "open"),
        ("netbanking", "Quick Bank", "outcome=paid", "paid"),
        ("wallet", "Empty wallet", "/pay/", "open"),
        ("bank", "", "/pay/", "open"),
    ],
)
def test_the_account_decides(sandbox, method, account, where, status):
    payment = open_payment(sandbox, f"account-{method}-{account}", method=method)

    answer = sandbox.choose(payment["url"], "account", account=account)

    assert where in answer.headers["Location"]
    assert status_of(sandbox, payment) == status
    page = get(payment["url"]).text
    assert ("The payment was declined." in page) is (account in {"anil@sandbox", "Empty wallet"})


def test_a_transfer_arrives_later_and_never_while_the_customer_waits(sandbox):
    payment = open_payment(sandbox, "transfer", method="bank")
    assert 'value="pay"' not in get(payment["url"]).text

    answer = sandbox.choose(payment["url"], "slow")

    assert answer.headers["Location"].endswith("outcome=pending")
    wait_until(lambda: status_of(sandbox, payment) == "paid")


@pytest.mark.parametrize(
    ("expiry", "is_fine"),
    [("11 / 26", True), ("10/26", False), ("1/2030", True), ("13/30", False), ("0/30", False), ("1230", False)],
)
def test_a_card_is_good_to_the_end_of_its_month(expiry, is_fine):
    card = read_card({"number": "4242424242424242", "expiry": expiry, "cvc": "1234"}, date(2026, 11, 30))

    assert ("expiry" not in card.errors) is is_fine


@pytest.mark.parametrize(
    ("close", "words", "outcome"),
    [("pay", "Payment received", "paid"), ("cancel", "This payment page is closed", "cancelled")],
)
def test_a_closed_page_takes_no_more_and_shows_the_way_back(sandbox, close, words, outcome):
    payment = open_payment(sandbox, f"closed-{close}")
    if close == "pay":
        sandbox.pay(payment["id"])
    else:
        sandbox.call("POST", f"/v1/payments/{payment['id']}/cancel")

    for choice in ("pay", "decline", "slow"):
        assert sandbox.choose(payment["url"], choice).headers["Location"] == f"/pay/{payment['id']}"
    assert get(payment["url"] + "/bank").headers["Location"] == f"/pay/{payment['id']}"
    assert sandbox.choose(payment["url"] + "/bank", "approve").headers["Location"] == f"/pay/{payment['id']}"
    page = get(payment["url"]).text
    assert words in page
    assert f"outcome={outcome}" in page


def test_an_expired_page_says_so(sandbox):
    ending = open_payment(sandbox, "ending", expires_at=time.time() + 58)
    payment = open_payment(sandbox, "expired", expires_at=time.time() + 2)

    assert "less than a minute" in get(ending["url"]).text
    wait_until(lambda: "The time to pay has run out" in get(payment["url"]).text)


def test_an_unknown_button_changes_nothing(sandbox, payment):
    assert sandbox.choose(payment["url"], "win").headers["Location"] == f"/pay/{payment['id']}"
    assert status_of(sandbox, payment) == "open"


def test_an_unknown_page_is_a_kind_404(sandbox):
    for path in ("/pay/pay_none", "/pay/../../etc/passwd", "/"):
        answer = get(sandbox.url + path)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text


def test_the_style_and_the_icon_are_files(sandbox):
    assert get(sandbox.url + "/sandbox.css").headers["Content-Type"] == "text/css; charset=utf-8"
    assert get(sandbox.url + "/icon.svg").headers["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("units", "currency", "text"),
    [(4500, "EUR", "€45.00"), (1234567, "INR", "₹12,345.67"), (1200, "JPY", "¥1,200"), (1005, "KWD", "KWD\u00a01.005")],
)
def test_amounts_read_naturally(units, currency, text):
    assert format_amount(units, currency) == text
