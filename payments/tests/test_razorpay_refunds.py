"""Razorpay's news of refunds and disputes, and news that are forged or make no sense."""

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from bookings.models import Booking
from payments.models import Payment, ProviderEvent, Refund
from payments.services.cancelling import cancel_booking, cancel_tickets
from payments.services.refunds import retry_refund
from payments.services.settling import ask_about_open_refunds, settle_unpaid_bookings
from tests.customer import run_out_of_time, run_outbox
from tests.razorpay_news import alarms, hear, now_of, send, tell
from tests.razorpay_stand_in import WEBHOOK_SECRET, sign

pytestmark = pytest.mark.django_db


# --- Refunds --------------------------------------------------------------------------------------


def test_tickets_are_given_back_one_by_one_to_the_payment_that_paid(razorpay, paid_link):
    for ticket in paid_link.booking.tickets.order_by("pk"):
        cancel_tickets(booking_id=paid_link.booking_id, ticket_ids=[ticket.pk], now=timezone.now())
        run_outbox()

    assert [refund.status for refund in Refund.objects.all()] == ["succeeded", "succeeded"]
    assert sum(each["amount"] for each in razorpay.refunds.values()) == razorpay.links[paid_link.provider_id]["amount"]
    assert now_of(paid_link).status == Payment.Status.REFUNDED


def test_a_refund_under_way_is_settled_by_its_event_or_by_asking(client, razorpay, paid_link):
    razorpay.refund_status = "pending"
    first, second = paid_link.booking.tickets.order_by("pk")
    for ticket in (first, second):
        cancel_tickets(booking_id=paid_link.booking_id, ticket_ids=[ticket.pk], now=timezone.now())
    run_outbox()
    assert [refund.status for refund in Refund.objects.all()] == ["pending", "pending"]

    for each in razorpay.refunds.values():
        each["status"] = "processed"
    told = next(iter(razorpay.refunds.values()))
    for _ in range(2):
        hear(client, razorpay.news("refund.processed", refund=told))
    assert [refund.status for refund in Refund.objects.order_by("pk")] == ["succeeded", "pending"]
    ask_about_open_refunds(now=timezone.now() + timedelta(minutes=2))

    assert now_of(paid_link).status == Payment.Status.REFUNDED


def test_a_failed_refund_raises_an_alarm_and_its_next_try_has_another_key(client, razorpay, paid_link):
    razorpay.refund_status = "failed"
    cancel_booking(booking_id=paid_link.booking_id, now=timezone.now())
    run_outbox()
    refund = Refund.objects.get()
    assert (refund.status, refund.error) == ("failed", "Razorpay could not pay it back.")
    assert "A refund failed" in alarms()

    razorpay.refund_status = "processed"
    retry_refund(refund_id=refund.pk)
    run_outbox()

    assert now_of(refund).status == Refund.Status.SUCCEEDED
    assert [asked.key for asked in razorpay.requests if asked.path.endswith("/refund")] == [
        str(refund.public_id),
        f"{refund.public_id}_2",
    ]


def test_a_refund_made_at_razorpays_own_desk_is_kept_and_ignored(client, razorpay, paid_link):
    desk = {"id": "rfnd_1", "amount": 100, "currency": "INR", "notes": [], "receipt": None, "status": "processed"}

    hear(client, razorpay.news("refund.processed", refund=desk))

    assert not Refund.objects.exists()
    assert ProviderEvent.objects.filter(kind="refund.processed", processed_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("word", "alarm"),
    [
        ("created", "A customer's bank disputes a payment"),
        ("won", "A disputed payment stays ours"),
        ("lost", "A disputed payment is lost"),
    ],
)
def test_staff_are_told_of_disputes(client, razorpay, paid_link, word, alarm):
    dispute = {"id": "disp_1", "amount": 180_000, "currency": "INR", "reason_code": "chargeback"}
    dispute["status"] = "open" if word == "created" else word
    money = next(iter(razorpay.payments.values()))

    hear(client, razorpay.news(f"payment.dispute.{word}", dispute=dispute, payment=money))

    assert alarms() == [alarm]
    assert paid_link.booking.reference in mail.outbox[-1].body


# --- Bad input ------------------------------------------------------------------------------------

FORGERIES = {
    "no signature": lambda body, headers: (body, {}),
    "another secret": lambda body, headers: (body, sign(json.loads(body), secret="guessed")[1]),
    "truncated body": lambda body, headers: (body[:-1], headers),
    "no body": lambda body, headers: (b"", headers),
    "changed body": lambda body, headers: (body.replace(b'"paid"', b'"cancelled"'), headers),
    "truncated signature": lambda body, headers: (body, {"X-Razorpay-Signature": headers["X-Razorpay-Signature"][:-1]}),
    "letters that are not ASCII": lambda body, headers: (body, {"X-Razorpay-Signature": "ü"}),
    "bytes that are no text": lambda body, headers: (b"\xff" + body, headers),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_and_truncated_news_are_refused_and_logged_without_their_body(client, razorpay, link, forgery, caplog):
    event = razorpay.news("payment_link.paid", link.provider_id, payment=razorpay.pay(link.provider_id))
    body, headers = FORGERIES[forgery](*sign(event))

    assert send(client, body, headers).status_code == 400
    run_outbox()

    assert now_of(link).status == Payment.Status.PENDING
    assert not ProviderEvent.objects.exists()
    assert "webhook with a bad signature" in caplog.text
    assert "gaurav" not in caplog.text
    assert WEBHOOK_SECRET not in caplog.text


@pytest.mark.parametrize(
    "event",
    [
        [],
        {"event": 5, "payload": {}},
        {"event": "payment_link.paid", "payload": {}},
        {"event": "payment_link.paid", "payload": {"payment_link": {"entity": {"id": "plink_1"}}}},
        {"event": "refund.processed", "payload": {"refund": {"entity": {"id": "r", "status": "?"}}}},
        {"payload": {}},
    ],
)
def test_signed_news_that_make_no_sense_are_refused(client, razorpay, event):
    assert tell(client, event).status_code == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("event_id", ["", "e" * 101])
def test_news_without_a_usable_id_are_known_by_their_signed_body(client, razorpay, link, event_id):
    body, headers = sign(razorpay.news("settlement.processed"))

    for _ in range(2):
        assert send(client, body, headers | {"X-Razorpay-Event-Id": event_id}).status_code == 204

    assert len(ProviderEvent.objects.get().event_id) == 64


def test_without_keys_the_address_does_not_exist_and_open_payments_wait(client, razorpay, payer, link, settings):
    settings.RAZORPAY_KEY_SECRET = ""

    assert tell(client, razorpay.news("payment_link.paid", link.provider_id)).status_code == 404
    assert payer.come_back(link).status_code == 200
    run_out_of_time(link.booking)
    settle_unpaid_bookings(now=timezone.now() + timedelta(minutes=5))

    assert now_of(link).status == Payment.Status.PENDING
    assert now_of(link.booking).status == Booking.Status.EXPIRED
