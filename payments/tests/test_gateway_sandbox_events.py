"""Reading signed events: what is believed, and what is not."""

import json
import time

import pytest
from djmoney.money import Money

from payments.errors import BadSignatureError
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.sandbox.courier import sign
from tests.sandbox import API_KEY, WEBHOOK_SECRET

GATEWAY = SandboxGateway(api_url="http://127.0.0.1:1", api_key=API_KEY, webhook_secret=WEBHOOK_SECRET)


def event_body(kind="payment.succeeded", **changes):
    payment = {"id": "pay_1", "status": "paid", "last_error": "", "amount": 9450, "currency": "EUR", "reference": "r"}
    return json.dumps({"id": "evt_1", "type": kind, "created": 1, "data": {"payment": payment | changes}}).encode()


def signed(body, *, age=0, secret=WEBHOOK_SECRET):
    return {"Sandbox-Signature": sign(secret, body, time.time() - age)}


def test_a_signed_event_is_read():
    body = event_body()

    event = GATEWAY.read_event(body, signed(body))

    assert (event.provider, event.event_id, event.kind) == ("sandbox", "evt_1", "payment.succeeded")
    assert event.payment.status == "paid"
    assert event.payment.amount == Money("94.50", "EUR")
    assert event.refund is None
    assert event.payload == json.loads(body)
    assert GATEWAY.interpret(event.payload) == event


def test_a_refund_event_carries_the_refund_and_no_payment():
    refund = {"id": "re_1", "status": "failed", "error": "No", "amount": 100, "currency": "EUR", "reference": "r"}
    body = json.dumps({"id": "evt_2", "type": "refund.failed", "data": {"refund": refund}}).encode()

    event = GATEWAY.read_event(body, signed(body))

    assert event.payment is None
    assert (event.refund.status, event.refund.error, event.refund.reference) == ("failed", "No", "r")


def test_an_event_of_a_kind_we_do_not_know_is_read_without_a_state():
    body = json.dumps({"id": "evt_3", "type": "payout.made", "data": {}}).encode()

    event = GATEWAY.read_event(body, signed(body))

    assert (event.kind, event.payment, event.refund) == ("payout.made", None, None)


@pytest.mark.parametrize(
    ("kind", "changes", "status", "failure"),
    [
        ("payment.failed", {"status": "open", "last_error": "card_declined"}, "failed", "declined"),
        ("payment.expired", {"status": "expired"}, "failed", "expired"),
    ],
)
def test_events_of_failure_say_which(kind, changes, status, failure):
    body = event_body(kind, **changes)

    payment = GATEWAY.read_event(body, signed(body)).payment

    assert (payment.status, payment.failure) == (status, failure)


def tag(body, **how):
    return signed(body, **how)["Sandbox-Signature"]


# Made when the test runs, so that age is never the reason by accident.
FORGERIES = {
    "no signature": lambda body: (body, ""),
    "another secret": lambda body: (body, tag(body, secret="guessed")),
    "truncated body": lambda body: (body[:-1], tag(body)),
    "changed body": lambda body: (body.replace(b"9450", b"0001"), tag(body)),
    "truncated signature": lambda body: (body, tag(body)[:-1]),
    "no time": lambda body: (body, tag(body).partition(",")[2]),
    "another time": lambda body: (body, f"t={int(time.time()) - 1},{tag(body).partition(',')[2]}"),
    "letters that are not ASCII": lambda body: (body, "t=\u0661,v1=ü"),
    "too old": lambda body: (body, tag(body, age=302)),
    "from the future": lambda body: (body, tag(body, age=-310)),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_truncated_or_replayed_event_is_refused(forgery):
    body, header = FORGERIES[forgery](event_body())

    with pytest.raises(BadSignatureError) as refusal:
        GATEWAY.read_event(body, {"Sandbox-Signature": header})
    assert refusal.value.status == 400


def test_four_minutes_of_clock_difference_are_forgiven():
    body = event_body()

    assert GATEWAY.read_event(body, signed(body, age=240)).event_id == "evt_1"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"\xff",
        b'{"id": "e", "type": 5, "data": {}}',
        b'{"type": "payment.succeeded"}',
        event_body(currency="???"),
    ],
)
def test_a_signed_body_that_makes_no_sense_is_refused(body):
    with pytest.raises(BadSignatureError):
        GATEWAY.read_event(body, signed(body))
