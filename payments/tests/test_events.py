"""Signed news that fit badly: a page whose id we never kept, a refund that is not ours, a try after a decline."""

from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.utils import timezone
from redis.exceptions import RedisError

from bookings.models import Ticket
from payments.gateways.base import GatewayEvent, PaymentState
from payments.gateways.registry import get_gateway
from payments.invariants import find_breaches
from payments.models import Payment, ProviderEvent, Refund
from payments.services import events
from payments.services.events import (
    LEFT,
    PATIENCE,
    leave_forgotten_to_outbox,
    receive_event,
    take_over,
    take_over_at_once,
)
from payments.services.outcome import apply_state
from payments.tasks import take_over_events
from tests.booking import go_to_payment, hold, paid, pay
from tests.concurrency import run_together
from tests.factories import NOON, make_event_session
from ticketing import worker_calls
from ticketing.outbox.models import Message
from ticketing.outbox.registry import HANDLERS
from ticketing.outbox.services import deliver_message
from ticketing.outbox.tasks import deliver_outbox
from ticketing.redis import redis_client

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


@pytest.fixture
def calls(monkeypatch):
    """Celery tasks that were asked for. Nothing is left of what tests before kept."""
    made = []
    monkeypatch.setattr(worker_calls.current_app, "send_task", made.append)
    redis_client().delete(events.KEPT, events.CALL.key)
    return made


def paid_event(booking):
    payment = go_to_payment(booking)
    facts = {"id": payment.provider_id, "reference": str(payment.public_id), "status": "paid"}
    return get_gateway("sandbox").interpret(make_payload("payment.paid", **facts))


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_called_once_an_event_is_kept(calls):
    event = paid_event(hold(make_event_session("A1"), "A1"))

    receive_event(event)
    receive_event(event)

    assert calls == ["payments.tasks.take_over_events"]
    assert ProviderEvent.objects.get().processed_at is None
    assert not Ticket.objects.exists(), "the provider has its answer before"

    take_over_events()
    take_over_events()

    assert ProviderEvent.objects.get().processed_at is not None
    assert Ticket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_call_is_enough_for_many_events_and_each_goes_to_one_worker(calls, monkeypatch):
    taken = []
    monkeypatch.setattr(events, "take_over_at_once", taken.append)
    for number in range(20):
        receive_event(GatewayEvent(provider="sandbox", event_id=f"evt_{number}", kind="payment.paid", payload={}))
    assert len(calls) == 1

    run_together(*[take_over_events] * 6)

    assert sorted(taken) == sorted(ProviderEvent.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "is_slow"), [("payment", False), ("refund", False), ("dispute", True)])
def test_news_that_may_send_us_to_the_provider_keep_no_tickets_waiting(calls, kind, is_slow):
    receive_event(GatewayEvent(provider="sandbox", event_id="evt_1", kind=kind, payload={}, **{kind: object()}))

    assert Message.objects.filter(topic=LEFT).exists() is is_slow
    assert ("payments.tasks.take_over_events" in calls) is not is_slow


def test_tickets_have_a_queue_that_mails_never_fill_and_any_worker_looks_after_both():
    app = take_over_events.app

    assert app.amqp.router.route({}, take_over_events.name)["queue"].name == "tickets"
    assert app.amqp.router.route({}, deliver_outbox.name)["queue"].name == "celery"
    assert set(app.amqp.queues.consume_from) == {"tickets", "celery"}


def test_an_event_that_fails_is_tried_again_by_the_outbox(monkeypatch, caplog):
    receive_event(paid_event(hold(make_event_session("A1"), "A1")))
    with monkeypatch.context() as broken:
        broken.setattr(events, "apply_state", None)
        take_over_at_once(ProviderEvent.objects.get().pk)
    assert "failed" in caplog.text
    assert not Ticket.objects.exists()

    deliver_outbox()

    assert Ticket.objects.count() == 1
    assert ProviderEvent.objects.get().processed_at is not None


def test_an_event_whose_call_was_lost_is_left_to_the_outbox_after_a_minute_and_once():
    receive_event(paid_event(hold(make_event_session("A1"), "A1")))
    now = timezone.now()

    assert leave_forgotten_to_outbox(now=now) == 0
    assert leave_forgotten_to_outbox(now=now + PATIENCE) == 1
    assert leave_forgotten_to_outbox(now=now + 2 * PATIENCE) == 0
    deliver_outbox()

    assert Ticket.objects.count() == 1
    assert leave_forgotten_to_outbox(now=now + timedelta(hours=1)) == 0


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_provider_is_answered_all_the_same(monkeypatch, caplog):
    def away(*_args: object) -> None:
        raise RedisError

    event = paid_event(hold(make_event_session("A1"), "A1"))
    with monkeypatch.context() as broken:
        broken.setattr(events, "redis_client", lambda: SimpleNamespace(rpush=away))
        receive_event(event)

    assert "redis away" in caplog.text
    assert ProviderEvent.objects.get().processed_at is None


@pytest.mark.django_db(transaction=True)
def test_six_sweeps_at_once_leave_a_forgotten_event_to_the_outbox_once():
    receive_event(paid_event(hold(make_event_session("A1"), "A1")))
    later = timezone.now() + PATIENCE

    results = run_together(*[partial(leave_forgotten_to_outbox, now=later)] * 6)

    assert sorted(results) == [0] * 5 + [1]
    assert Message.objects.filter(topic=LEFT).count() == 1


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
