"""Stripe's news, true or not, and what becomes of them here."""

import json
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from bookings.models import Ticket
from payments.models import Payment, ProviderEvent, Refund
from payments.services.cancelling import cancel_booking
from tests.customer import Customer, run_outbox
from tests.factories import make_event_session, make_user
from tests.sandbox import Receiver, wait_until
from tests.stripe_stand_in import DECLINED, run_stripe, sign
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
ADDRESS = "/payments/webhooks/stripe/"


@pytest.fixture(scope="module")
def running():
    with run_stripe() as stand_in:
        yield stand_in


@pytest.fixture
def provider(running, settings):
    settings.ADMINS = [("Olga", "olga@example.com")]
    running.apply_to(settings)
    running.failures.clear()
    return running


@pytest.fixture
def payment(client, provider):
    return Customer(client).go_to_provider(make_event_session("A1", now=timezone.now()))


@pytest.fixture
def paid_session(provider, payment):
    """As Stripe tells it."""
    session = provider.pay(payment.provider_id)
    return {name: value for name, value in session.items() if name != "form"}


def tell(client, event, **changes):
    body, signature = sign(event, **changes)
    return send(client, body, signature)


def send(client, body, signature):
    return client.post(ADDRESS, body, content_type="application/json", headers={"Stripe-Signature": signature})


def now_of(row):
    row.refresh_from_db()
    return row


def test_a_paid_page_becomes_tickets_once_however_often_it_is_told(client, provider, payment, paid_session):
    event = provider.news("checkout.session.completed", paid_session)

    for _ in range(3):
        assert tell(client, event).status_code == 204
    run_outbox()

    assert now_of(payment).status == Payment.Status.PAID
    assert payment.booking.tickets.count() == 1
    assert ProviderEvent.objects.filter(processed_at__isnull=False).count() == 1


def test_localstripes_own_signed_news_of_a_charge_become_tickets(client, provider, payment):
    Payment.objects.filter(pk=payment.pk).update(provider_id=None)
    method = provider.make_card("4242424242424242")
    wanted = {"amount": "4500", "currency": "eur", "payment_method": method}
    with Receiver().running() as receiver:
        provider.send_webhooks_to(receiver.url)
        intent = provider.localstripe(
            "POST", "/v1/payment_intents", wanted | {"metadata[reference]": str(payment.public_id)}
        )[1]
        provider.confirm(intent["id"])
        # Of this charge: news of an earlier test's may still be on their way.
        told = (b"payment_intent.succeeded", intent["id"].encode())
        wait_until(lambda: any(all(word in body for word in told) for body, _ in receiver.received))
    for body, headers in receiver.received:
        assert send(client, body, headers["Stripe-Signature"]).status_code == 204
    run_outbox()

    assert (now_of(payment).status, payment.provider_id) == (Payment.Status.PAID, intent["id"])
    assert Ticket.objects.count() == 1


def test_the_intent_of_a_page_says_nothing_that_the_page_does_not(client, provider, payment, paid_session, caplog):
    intent = provider.localstripe("GET", f"/v1/payment_intents/{paid_session['payment_intent']}")[1]

    tell(client, provider.news("payment_intent.succeeded", intent))
    run_outbox()

    assert now_of(payment).status == Payment.Status.PENDING
    assert "not ours" not in caplog.text
    tell(client, provider.news("checkout.session.completed", paid_session))
    run_outbox()
    assert now_of(payment).status == Payment.Status.PAID


def test_a_decline_that_arrives_after_the_money_changes_nothing(client, provider, payment, paid_session):
    late = dict(paid_session, status="expired", payment_status="unpaid")
    tell(client, provider.news("checkout.session.completed", paid_session))
    tell(client, provider.news("checkout.session.expired", late))
    run_outbox()

    assert now_of(payment).status == Payment.Status.PAID
    assert Ticket.objects.count() == 1


def test_money_that_arrives_after_the_page_was_closed_is_resolved(client, provider, payment, paid_session):
    closed = dict(paid_session, status="expired", payment_status="unpaid")
    tell(client, provider.news("checkout.session.expired", closed))
    run_outbox()
    assert now_of(payment).status == Payment.Status.FAILED

    tell(client, provider.news("checkout.session.async_payment_succeeded", paid_session))
    run_outbox()

    assert now_of(payment).status == Payment.Status.PAID
    assert payment.booking.tickets.count() + payment.refunds.count() == 1


def test_the_return_page_asks_and_shows_the_tickets(client, provider, payment, paid_session):
    response = Customer(client).come_back(payment)

    assert response.status_code == 302
    assert now_of(payment).status == Payment.Status.PAID


def test_a_declined_card_is_said_kindly_and_the_page_stays_open(client, provider, payment):
    provider.pay(payment.provider_id, DECLINED)

    html = Customer(client).come_back(payment).content.decode()

    assert "Your payment was declined" in html
    assert now_of(payment).status == Payment.Status.PENDING


@pytest.mark.parametrize("difference", [{"amount_total": 4499}, {"currency": "usd"}])
def test_another_amount_or_currency_never_confirms_and_staff_are_told(
    client, provider, payment, paid_session, difference
):
    tell(client, provider.news("checkout.session.completed", paid_session | difference))
    run_outbox()
    run_outbox()

    assert (now_of(payment).status, payment.failure) == (Payment.Status.PENDING, Payment.Failure.MISMATCH)
    assert not Ticket.objects.exists()
    assert any("another amount" in message.subject for message in mail.outbox)


def test_a_wrong_or_missing_signature_is_refused_and_logged_without_the_body(
    client, provider, payment, paid_session, caplog
):
    event = provider.news("checkout.session.completed", paid_session | {"note": "alice@example.com"})
    body, signature = sign(event)
    changed = body.replace(b"4500", b"4501")

    answers = [
        tell(client, event, secret="whsec_other"),
        send(client, changed, signature),
        send(client, body[:-20], signature),
        send(client, body, ""),
        send(client, body, "t=never,v1=never"),
        send(client, b"\xff\xfe", signature),
    ]

    assert [answer.status_code for answer in answers] == [400] * 6
    assert "webhook with a bad signature" in caplog.text
    assert "alice" not in caplog.text
    assert not ProviderEvent.objects.exists()


def test_a_signature_of_yesterday_is_refused_and_an_event_of_yesterday_is_not(client, provider, payment, paid_session):
    yesterday = int(time.time() - timedelta(days=1).total_seconds())
    event = provider.news("checkout.session.completed", paid_session) | {"created": yesterday}

    assert tell(client, event, stamp=yesterday).status_code == 400
    assert tell(client, event).status_code == 204
    run_outbox()

    assert now_of(payment).status == Payment.Status.PAID


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": "evt_1", "type": "payment_intent.succeeded"}'])
def test_signed_nonsense_is_refused(client, provider, body):
    assert send(client, *sign(body)).status_code == 400


@pytest.mark.parametrize("kind", ["customer.created", "invoice.paid", "checkout.session.completed"])
def test_news_that_are_not_about_payments_are_kept_and_change_nothing(client, provider, payment, kind):
    thing = {"id": "thing_1", "object": kind.rpartition(".")[0], "mode": "setup"}

    assert tell(client, provider.news(kind, thing)).status_code == 204
    run_outbox()

    assert ProviderEvent.objects.get().processed_at is not None
    assert now_of(payment).status == Payment.Status.PENDING


def test_of_what_is_told_only_what_we_need_is_kept(client, provider, payment, paid_session):
    intent = {"id": "pi_1", "object": "payment_intent", "status": "processing", "amount": 1, "currency": "eur"}
    secret = {"payment_method": "pm_secret", "client_secret": "pi_1_secret_2", "receipt_email": "alice@example.com"}
    error = {"last_payment_error": {"code": "card_declined", "payment_method": {"id": "pm_secret"}}}

    tell(client, provider.news("payment_intent.processing", intent | secret | error))
    tell(client, provider.news("checkout.session.completed", paid_session))

    kept = json.dumps(list(ProviderEvent.objects.values_list("payload", flat=True)))
    assert "card_declined" in kept
    assert not [word for word in ("pm_secret", "_secret_2", "alice") if word in kept]


def test_a_refund_is_sent_and_what_its_news_say_is_taken_over(client, provider, payment, paid_session):
    Customer(client).come_back(payment)
    cancel_booking(booking_id=payment.booking_id, now=timezone.now(), actor=make_user("olga"))
    run_outbox()
    refund = Refund.objects.get()
    assert (refund.status, now_of(payment).status) == (Refund.Status.SUCCEEDED, Payment.Status.REFUNDED)

    told = provider.localstripe("GET", f"/v1/refunds/{refund.provider_id}")[1]
    charge = {"id": "ch_1", "object": "charge", "amount": 4500, "currency": "eur", "refunds": {"data": [told]}}
    for kind, thing in (("refund.updated", told), ("charge.refunded", charge), ("refund.failed", told)):
        assert tell(client, provider.news(kind, thing)).status_code == 204
    run_outbox()

    assert now_of(refund).status == Refund.Status.SUCCEEDED
    assert not ProviderEvent.objects.filter(processed_at=None).exists()


def test_news_of_a_refund_that_waits_settle_it(client, provider, payment, paid_session):
    Customer(client).come_back(payment)
    cancel_booking(booking_id=payment.booking_id, now=timezone.now(), actor=make_user("olga"))
    refund = Refund.objects.get()
    Message.objects.filter(topic="payments.refund_requested").delete()  # It was sent, and Stripe takes its time.
    told = {"id": "re_1", "object": "refund", "amount": 4500, "currency": "eur", "payment_intent": "pi_1"}
    told |= {"metadata": {"reference": str(refund.public_id)}, "status": "failed", "failure_reason": "declined"}

    tell(client, provider.news("refund.failed", told))
    run_outbox()

    assert (now_of(refund).status, refund.error) == (Refund.Status.FAILED, "declined")


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("charge.dispute.created", "needs_response", "disputes a payment"),
        ("charge.dispute.closed", "won", "stays ours"),
        ("charge.dispute.closed", "lost", "is lost"),
    ],
)
def test_a_chargeback_is_told_to_staff_with_the_booking(client, provider, payment, paid_session, kind, status, words):
    dispute = {"id": "dp_1", "object": "dispute", "status": status, "amount": 4500, "currency": "eur"}
    dispute |= {"payment_intent": paid_session["payment_intent"], "reason": "fraudulent"}

    tell(client, provider.news(kind, dispute))
    run_outbox()
    run_outbox()

    [message] = mail.outbox
    assert words in message.subject
    assert payment.booking.reference in message.body


def test_a_chargeback_of_something_else_is_told_too(client, provider):
    dispute = {"id": "dp_2", "object": "dispute", "status": "needs_response", "amount": 1, "currency": "eur"}

    tell(client, provider.news("charge.dispute.created", dispute | {"payment_intent": "pi_other"}))
    tell(client, provider.news("charge.dispute.updated", dispute | {"payment_intent": "pi_other"}))
    run_outbox()
    run_outbox()

    [message] = mail.outbox
    assert "unknown" in message.body
