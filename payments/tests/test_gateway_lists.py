"""What each gateway says of a span of time, page by page; the same questions for all three."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from djmoney.money import Money

from payments.errors import GatewayUnavailableError
from payments.methods import Method
from tests.razorpay_stand_in import run_razorpay
from tests.sandbox import run_sandbox
from tests.stripe_stand_in import DECLINED, run_stripe

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def stripe():
    with run_stripe() as running:
        yield running


@pytest.fixture
def razorpay():
    with run_razorpay() as running:
        yield running


@pytest.fixture
def sandbox():
    with run_sandbox() as running:
        yield running


def open_page(gateway, reference, amount):
    page = gateway.create_payment(
        reference=reference,
        amount=amount,
        method=Method.CARD,
        description="Houselights, booking ABC",
        return_url="https://shop.test/payments/1/",
        cancel_url="https://shop.test/payments/1/?outcome=cancelled",
        expires_at=timezone.now() + timedelta(minutes=15),
    )
    return page.provider_id


def around_now():
    return timezone.now() - HOUR, timezone.now() + HOUR


def long_ago():
    return timezone.now() - 3 * HOUR, timezone.now() - 2 * HOUR


# --- The sandbox provider -------------------------------------------------------------------------
def test_the_sandbox_lists_every_payment_of_a_span_over_several_pages(sandbox):
    ids = [open_page(sandbox.gateway, f"page-{number}", Money("94.50", "EUR")) for number in range(103)]
    sandbox.pay(ids[0])

    states = list(sandbox.gateway.list_payments(*around_now()))

    assert [state.provider_id for state in states] == ids[::-1]
    assert (states[-1].status, states[-1].amount, states[-1].reference) == ("paid", Money("94.50", "EUR"), "page-0")
    assert not list(sandbox.gateway.list_payments(*long_ago()))


def test_the_sandbox_lists_refunds_also_those_made_at_its_desk(sandbox):
    payment_id = open_page(sandbox.gateway, "refunded", Money("94.50", "EUR"))
    sandbox.pay(payment_id)
    asked = sandbox.gateway.refund(provider_id=payment_id, reference="asked", amount=Money("10.00", "EUR"))
    by_hand = sandbox.give_back(payment_id, 500)
    sandbox.bounce(by_hand["id"])

    states = list(sandbox.gateway.list_refunds(*around_now()))

    assert [(state.provider_id, state.status, state.reference) for state in states] == [
        (by_hand["id"], "failed", "by hand"),
        (asked.provider_id, "succeeded", "asked"),
    ]
    assert {state.payment_id for state in states} == {payment_id}
    assert not list(sandbox.gateway.list_refunds(*long_ago()))


@pytest.mark.parametrize(
    ("status", "word", "has_money"),
    [("inquiry", "open", False), ("open", "open", True), ("won", "won", False), ("lost", "lost", True)],
)
def test_the_sandbox_lists_disputes_as_they_stand(sandbox, status, word, has_money):
    payment_id = open_page(sandbox.gateway, "disputed", Money("94.50", "EUR"))
    sandbox.pay(payment_id)
    sandbox.dispute(payment_id)
    sandbox.dispute(payment_id, status)

    [state] = sandbox.gateway.list_disputes(*around_now())

    assert (state.payment_id, state.status, state.has_money) == (payment_id, word, has_money)
    assert (state.amount, state.reason) == (Money("94.50", "EUR"), "fraudulent")
    assert sandbox.gateway.interpret(sandbox.events(payment_id)[-1]).dispute == state
    assert not list(sandbox.gateway.list_disputes(*long_ago()))


@pytest.mark.parametrize("call", ["list_payments", "list_refunds", "list_disputes"])
def test_a_list_that_the_sandbox_cannot_give_is_no_empty_list(sandbox, call):
    sandbox.set(unavailable=True)

    with pytest.raises(GatewayUnavailableError):
        list(getattr(sandbox.gateway, call)(*around_now()))


# --- Stripe ---------------------------------------------------------------------------------------
def test_stripe_lists_payments_over_several_pages_by_our_reference(stripe):
    stripe.page_size = 2
    pages = [open_page(stripe.gateway, f"listed-{number}", Money("94.50", "EUR")) for number in range(4)]
    for page in pages[:3]:
        stripe.pay(page)
    stripe.pay(pages[3], DECLINED)
    stripe.requests.clear()

    states = {state.reference: state for state in stripe.gateway.list_payments(*around_now())}

    assert [states[f"listed-{number}"].status for number in range(4)] == ["paid", "paid", "paid", "failed"]
    assert states["listed-0"].amount == Money("94.50", "EUR")
    assert stripe.gateway.get_payment(states["listed-0"].provider_id) == states["listed-0"]
    assert len(stripe.requests) == 3
    assert not list(stripe.gateway.list_payments(*long_ago()))


def test_stripe_lists_refunds_and_whose_payment_they_were(stripe):
    page = open_page(stripe.gateway, "listed-refund", Money("94.50", "EUR"))
    intent_id = stripe.pay(page)["payment_intent"]
    given = stripe.gateway.refund(provider_id=page, reference="back-1", amount=Money("10.00", "EUR"))

    [state] = [each for each in stripe.gateway.list_refunds(*around_now()) if each.reference == "back-1"]

    assert state == given
    assert state.payment_id == intent_id
    assert stripe.gateway.get_payment(state.payment_id).reference == "listed-refund"
    assert not list(stripe.gateway.list_refunds(*long_ago()))


@pytest.mark.parametrize(
    ("status", "word", "has_money"),
    [
        ("warning_needs_response", "open", False),
        ("warning_closed", "won", False),
        ("needs_response", "open", True),
        ("under_review", "open", True),
        ("won", "won", False),
        ("lost", "lost", True),
    ],
)
def test_stripe_lists_disputes_and_whether_the_bank_has_the_money(stripe, status, word, has_money):
    stripe.disputes.clear()
    stripe.dispute("pi_1", 9450, status)

    [state] = stripe.gateway.list_disputes(*around_now())

    assert (state.payment_id, state.status, state.has_money) == ("pi_1", word, has_money)
    assert state.amount == Money("94.50", "EUR")


def test_a_list_that_breaks_off_half_way_is_no_shorter_list(stripe):
    stripe.page_size = 1
    for number in range(2):
        stripe.pay(open_page(stripe.gateway, f"broken-{number}", Money("94.50", "EUR")))
    listing = stripe.gateway.list_payments(*around_now())
    next(listing)
    stripe.failures.append((500, "{}"))

    with pytest.raises(GatewayUnavailableError):
        list(listing)


# --- Razorpay -------------------------------------------------------------------------------------
def test_razorpay_lists_tries_under_their_links_over_several_pages(razorpay):
    link_id = open_page(razorpay.gateway, "paid-1", Money("945.00", "INR"))
    for _ in range(104):
        razorpay.attempt(link_id, "failed")
    razorpay.pay(link_id)
    for number, payment in enumerate(razorpay.payments.values()):
        payment["created_at"] = int(time.time()) - number % 7
    razorpay.requests.clear()

    states = list(razorpay.gateway.list_payments(*around_now()))

    assert {state.provider_id for state in states} == {link_id}
    assert [state.status for state in states].count("paid") == 1
    assert (len(states), len(razorpay.requests)) == (105, 2)
    assert not list(razorpay.gateway.list_payments(*long_ago()))


def test_razorpay_lists_money_that_came_without_a_link_and_gives_it_back(razorpay):
    link_id = open_page(razorpay.gateway, "link", Money("945.00", "INR"))
    stray = razorpay.pay(link_id)
    stray["description"] = "Someone else's shop"

    [state] = razorpay.gateway.list_payments(*around_now())

    assert (state.provider_id, state.status, state.amount) == (stray["id"], "paid", Money("945.00", "INR"))
    assert razorpay.gateway.get_payment(stray["id"]) == state
    razorpay.gateway.refund(provider_id=stray["id"], reference="stray-0001", amount=state.amount)
    [refund] = razorpay.gateway.list_refunds(*around_now())
    assert (refund.payment_id, refund.amount, refund.reference) == (stray["id"], state.amount, "stray-0001")


def test_razorpays_word_on_a_try_is_that_on_its_link(razorpay):
    link_id = open_page(razorpay.gateway, "by-try", Money("945.00", "INR"))
    paid_by = razorpay.pay(link_id)

    assert razorpay.gateway.get_payment(paid_by["id"]) == razorpay.gateway.get_payment(link_id)


@pytest.mark.parametrize(
    ("status", "changes", "word", "has_money"),
    [
        ("open", {}, "open", False),
        ("open", {"amount_deducted": 94500}, "open", True),
        ("under_review", {}, "open", False),
        ("lost", {"amount_deducted": 94500}, "lost", True),
        ("won", {}, "won", False),
        ("closed", {}, "won", False),
    ],
)
def test_razorpay_lists_disputes_and_whether_the_bank_has_the_money(razorpay, status, changes, word, has_money):
    paid_by = razorpay.pay(open_page(razorpay.gateway, "disputed", Money("945.00", "INR")))
    razorpay.dispute(paid_by["id"], status, **changes)

    [state] = razorpay.gateway.list_disputes(*around_now())

    assert (state.payment_id, state.status, state.has_money) == (paid_by["id"], word, has_money)
    assert (state.amount, state.reason) == (Money("945.00", "INR"), "chargeback")
