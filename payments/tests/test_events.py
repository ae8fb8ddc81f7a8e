"""Signed news that fit badly: a page whose id we never kept, a refund that is not ours, a try after a decline."""

import pytest

from bookings.models import Ticket
from payments.gateways.base import PaymentState
from payments.models import Payment, ProviderEvent
from payments.services.events import process_event
from payments.services.outcome import apply_state
from tests.booking import go_to_payment, hold, pay
from tests.factories import NOON, make_event_session
from ticketing.outbox.models import Message
from ticketing.outbox.registry import HANDLERS
from ticketing.outbox.services import deliver_message

pytestmark = pytest.mark.django_db


def make_news(kind: str, **facts: object) -> ProviderEvent:
    common = {"amount": 4500, "currency": "EUR", "last_error": "", "error": ""}
    payload = {"id": f"evt_{kind}", "type": kind, "data": {kind.split(".", maxsplit=1)[0]: common | facts}}
    return ProviderEvent.objects.create(provider="sandbox", event_id=payload["id"], kind=kind, payload=payload)


def test_money_of_a_page_whose_id_we_never_kept_becomes_tickets():
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))
    Payment.objects.filter(pk=payment.pk).update(provider_id=None)
    news = make_news("payment.succeeded", id="pay_lost", reference=str(payment.public_id), status="paid")

    process_event(news.pk)

    payment.refresh_from_db()
    assert (payment.status, payment.provider_id) == (Payment.Status.PAID, "pay_lost")
    assert Ticket.objects.count() == 1


def test_money_for_nothing_of_ours_is_told_to_staff(caplog):
    news = make_news("payment.succeeded", id="pay_other", reference="a shop of someone else", status="paid")

    process_event(news.pk)

    news.refresh_from_db()
    assert news.processed_at is not None
    assert "not ours" in caplog.text


def test_a_refund_made_at_the_providers_own_desk_is_kept_and_ignored():
    news = make_news("refund.succeeded", id="re_1", reference="by hand", status="succeeded")

    process_event(news.pk)

    news.refresh_from_db()
    assert news.processed_at is not None


def test_a_new_try_after_a_decline_is_no_longer_called_declined():
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))
    tries = [{"status": "failed", "failure": "declined", "can_still_be_paid": True}, {"status": "pending"}]

    for facts in tries:
        state = PaymentState(provider_id=payment.provider_id, amount=payment.amount, **facts)
        payment = apply_state(payment_id=payment.pk, state=state, now=NOON)

    assert (payment.status, payment.failure) == (Payment.Status.PENDING, Payment.Failure.NONE)


def test_a_mail_server_that_is_down_keeps_no_money_back(monkeypatch):
    heard = []

    def fail() -> None:
        raise OSError

    monkeypatch.setitem(HANDLERS, "test.happened", [fail, lambda: heard.append("refund")])
    message = Message.objects.create(topic="test.happened", due_at=NOON)

    deliver_message(message)

    assert heard == ["refund"]
    assert message.sent_at is None


def test_money_paid_twice_is_said_to_go_back_while_the_tickets_stay(client):
    booking = hold(make_event_session("A1"), "A1")
    first, second = go_to_payment(booking), go_to_payment(booking)
    pay(first)
    pay(second)

    html = client.get(second.get_absolute_url()).content.decode()

    assert "Your tickets stay valid" in html
    assert "gone to someone else" not in html
