"""Signed news that fit badly: a page whose id we never kept, a refund that is not ours, a try after a decline."""

from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Ticket
from payments.gateways.base import GatewayEvent, PaymentState
from payments.gateways.registry import get_gateway
from payments.invariants import find_breaches
from payments.models import Payment, ProviderEvent, Refund
from payments.services import events
from payments.services.events import receive_event, take_over
from payments.services.outcome import apply_state
from tests.booking import go_to_payment, hold, paid, pay
from tests.concurrency import run_together
from tests.factories import NOON, make_event_session
from ticketing.outbox.models import Message
from ticketing.outbox.registry import HANDLERS
from ticketing.outbox.services import deliver_message
from ticketing.outbox.tasks import deliver_outbox

pytestmark = pytest.mark.django_db


def make_payload(kind: str, event_id: str = "evt_1", **facts: object) -> dict[str, object]:
    common = {"amount": 4500, "currency": "EUR", "last_error": "", "error": ""}
    return {"id": event_id, "type": kind, "data": {kind.split(".", maxsplit=1)[0]: common | facts}}


def make_news(kind: str, event_id: str = "evt_1", **facts: object) -> ProviderEvent:
    payload = make_payload(kind, event_id, **facts)
    return ProviderEvent.objects.create(provider="sandbox", event_id=event_id, kind=kind, payload=payload)


def test_money_of_a_page_whose_id_we_never_kept_becomes_tickets():
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))
    Payment.objects.filter(pk=payment.pk).update(provider_id=None)
    news = make_news("payment.succeeded", id="pay_lost", reference=str(payment.public_id), status="paid")

    take_over(news)

    payment.refresh_from_db()
    assert (payment.status, payment.provider_id) == (Payment.Status.PAID, "pay_lost")
    assert Ticket.objects.count() == 1


def test_money_for_nothing_of_ours_is_told_to_staff(caplog):
    news = make_news("payment.succeeded", id="pay_other", reference="a shop of someone else", status="paid")

    take_over(news)

    assert "not ours" in caplog.text


def test_a_refund_made_at_the_providers_own_desk_is_kept_and_ignored():
    news = make_news("refund.succeeded", id="re_1", reference="by hand", status="succeeded")

    take_over(news)

    assert not Refund.objects.exists()


def test_a_new_try_after_a_decline_is_no_longer_called_declined():
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))
    tries = [{"status": "failed", "failure": "declined", "can_still_be_paid": True}, {"status": "pending"}]

    for facts in tries:
        state = PaymentState(provider_id=payment.provider_id, amount=payment.amount, **facts)
        payment = apply_state(payment_id=payment.pk, state=state, now=NOON)

    assert (payment.status, payment.failure) == (Payment.Status.PENDING, Payment.Failure.NONE)


@pytest.mark.django_db(transaction=True)
def test_of_six_reports_of_one_payment_at_once_one_buys_and_none_is_paid_back():
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))
    facts = {"id": payment.provider_id, "reference": str(payment.public_id), "status": "paid"}
    reports = [make_news("payment.paid", f"evt_{number}", **facts) for number in range(6)]

    results = run_together(*(partial(take_over, news) for news in reports))

    assert results == [None] * 6
    assert Ticket.objects.count() == 1
    assert not Refund.objects.exists()
    assert not list(find_breaches())


def test_a_payment_that_changed_since_it_was_read_is_read_again():
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))
    as_read = Payment.objects.get(pk=payment.pk)
    pay(payment)

    again = apply_state(payment_id=payment.pk, state=paid(payment), now=NOON, as_read=as_read)

    assert again.status == Payment.Status.PAID
    assert Ticket.objects.count() == 1
    assert not Refund.objects.exists()


@pytest.mark.parametrize(("kind", "is_slow"), [("payment", False), ("refund", False), ("dispute", True)])
def test_news_that_may_send_us_to_the_provider_do_not_keep_its_message_waiting(monkeypatch, kind, is_slow):
    taken_over = []
    monkeypatch.setattr(events, "take_over", taken_over.append)

    receive_event(GatewayEvent(provider="sandbox", event_id="evt_1", kind=kind, payload={}, **{kind: object()}))

    message = Message.objects.get()
    assert bool(taken_over) is bool(message.sent_at) is not is_slow


def test_news_that_fail_while_they_come_are_a_workers_a_minute_later(monkeypatch, caplog):
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))
    facts = {"id": payment.provider_id, "reference": str(payment.public_id), "status": "paid"}
    event = get_gateway("sandbox").interpret(make_payload("payment.paid", **facts))
    with monkeypatch.context() as broken:
        broken.setattr(events, "apply_state", None)
        receive_event(event)
    assert "failed" in caplog.text
    deliver_outbox()
    assert not Ticket.objects.exists(), "the message is ours until its lease ends"

    Message.objects.update(due_at=timezone.now())
    deliver_outbox()

    assert Ticket.objects.count() == 1
    assert ProviderEvent.objects.get().message.sent_at is not None


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
