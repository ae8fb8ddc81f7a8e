"""The provider's webhooks, received by a real HTTP server and read by the adapter."""

import json
import time

import pytest

from payments.tests.test_sandbox_pages import open_payment
from tests.sandbox import Receiver, run_sandbox, wait_until


@pytest.fixture
def receiver():
    with Receiver().running() as running:
        yield running


@pytest.fixture
def sandbox(receiver):
    with run_sandbox(webhook_url=receiver.url) as running:
        yield running


def read_all(sandbox, receiver):
    return [sandbox.gateway.read_event(*message) for message in receiver.received]


def test_a_payment_is_told_once_and_signed(sandbox, receiver):
    payment = open_payment(sandbox, "told")
    sandbox.pay(payment["id"])
    wait_until(lambda: sandbox.events(payment["id"])[0]["deliveries"][0]["delivered"])

    (event,) = read_all(sandbox, receiver)

    assert event.kind == "payment.succeeded"
    assert event.payment == sandbox.gateway.get_payment(payment["id"])


def test_a_decline_a_success_and_a_refund_are_told_each_with_its_own_id(sandbox, receiver):
    payment = open_payment(sandbox, "story")
    sandbox.pay(payment["id"], "declined")
    sandbox.pay(payment["id"])
    sandbox.call(
        "POST", f"/v1/payments/{payment['id']}/refunds", {"amount": 50, "currency": "EUR"}, Idempotency_Key="r"
    ).raise_for_status()
    wait_until(lambda: len(receiver.received) == 3)

    events = read_all(sandbox, receiver)

    assert {event.kind for event in events} == {"payment.failed", "payment.succeeded", "refund.succeeded"}
    assert len({event.event_id for event in events}) == 3


def test_the_end_of_the_time_to_pay_is_told(sandbox, receiver):
    open_payment(sandbox, "later")
    open_payment(sandbox, "soon", expires_at=time.time() + 2)
    wait_until(lambda: receiver.received)

    (event,) = read_all(sandbox, receiver)

    assert (event.kind, event.payment.reference, event.payment.failure) == ("payment.expired", "soon", "expired")


def test_a_receiver_in_trouble_gets_the_same_event_again_signed_anew(sandbox, receiver):
    receiver.answers = [500, 404, 302]
    payment = open_payment(sandbox, "trouble")
    sandbox.pay(payment["id"])
    wait_until(lambda: len(receiver.received) == 4)

    events = read_all(sandbox, receiver)

    assert len({event.event_id for event in events}) == 1
    wait_until(lambda: sandbox.events()[0]["deliveries"] == [{"attempts": 4, "answer": 204, "delivered": True}])


def test_an_unreachable_receiver_is_tried_until_it_is_there(receiver):
    with run_sandbox(webhook_url="http://127.0.0.1:1/") as sandbox:
        sandbox.pay(open_payment(sandbox, "away")["id"])
        wait_until(lambda: sandbox.events()[0]["deliveries"][0]["answer"] == 0)
        sandbox.set(webhook_url=receiver.url)
        wait_until(lambda: sandbox.events()[0]["deliveries"][0]["delivered"])

    assert len(receiver.received) == 1


def test_duplicates_carry_the_same_id(sandbox, receiver):
    sandbox.set(webhooks="duplicate")
    sandbox.pay(open_payment(sandbox, "double")["id"])
    wait_until(lambda: len(receiver.received) == 2)

    assert len({event.event_id for event in read_all(sandbox, receiver)}) == 1


def test_held_webhooks_go_out_when_and_in_the_order_they_are_told_to(sandbox, receiver):
    sandbox.set(webhooks="hold")
    payment = open_payment(sandbox, "held")
    sandbox.pay(payment["id"], "declined")
    sandbox.pay(payment["id"])
    first, second = (event["id"] for event in sandbox.events(payment["id"]))
    assert not receiver.received

    answers = sandbox.deliver([second, first, second, "evt_none"])

    assert [answer["status"] for answer in answers] == [204, 204, 204, None]
    assert [event.event_id for event in read_all(sandbox, receiver)] == [second, first, second]
    assert sandbox.deliver() == []


def test_all_held_webhooks_go_out_oldest_first_and_stay_held_when_refused(sandbox, receiver):
    sandbox.set(webhooks="hold")
    payment = open_payment(sandbox, "all")
    sandbox.pay(payment["id"], "declined")
    sandbox.pay(payment["id"])
    receiver.answers = [204, 500]

    assert [answer["status"] for answer in sandbox.deliver()] == [204, 500]
    assert [answer["status"] for answer in sandbox.deliver()] == [204]
    assert [json.loads(body)["type"] for body, _ in receiver.received] == [
        "payment.failed",
        "payment.succeeded",
        "payment.succeeded",
    ]


def test_dropped_webhooks_never_come_but_the_event_is_known(sandbox, receiver):
    sandbox.set(webhooks="drop")
    payment = open_payment(sandbox, "dropped")
    sandbox.pay(payment["id"])

    (event,) = sandbox.events(payment["id"])

    assert event["deliveries"] == []
    assert sandbox.deliver() == []
    assert sandbox.deliver([event["id"]]) == [{"event": event["id"], "status": 204}]
