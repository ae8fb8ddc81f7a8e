"""Messages that have to arrive: at least once, never before the commit, and not all at once."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from ticketing import worker_calls
from ticketing.outbox import registry
from ticketing.outbox.models import Message
from ticketing.outbox.services import CALL, LEASE, claim_message, publish
from ticketing.outbox.tasks import deliver_outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch):
    """What the handlers of the topic "test.happened" were told."""
    told: list[dict[str, object]] = []
    monkeypatch.setitem(registry.HANDLERS, "test.happened", [lambda **facts: told.append(facts)])
    return told


def test_a_message_reaches_its_handlers_once(heard):
    publish("test.happened", number=1)

    deliver_outbox()
    deliver_outbox()

    assert heard == [{"number": 1}]
    assert Message.objects.get().sent_at is not None


def test_messages_come_in_order(heard):
    for number in range(3):
        publish("test.happened", number=number)

    deliver_outbox()

    assert [facts["number"] for facts in heard] == [0, 1, 2]


def test_what_was_rolled_back_was_never_said(heard):
    with transaction.atomic():
        publish("test.happened")
        transaction.set_rollback(True)

    deliver_outbox()

    assert heard == []


def test_a_handler_that_fails_holds_nobody_up_and_is_asked_again_later(monkeypatch, heard):
    def fail(**facts: object) -> None:
        if not heard:
            raise RuntimeError("not now")
        heard.append(facts)

    monkeypatch.setitem(registry.HANDLERS, "test.failed", [fail])
    publish("test.failed")
    publish("test.happened")

    deliver_outbox()
    failed = Message.objects.get(topic="test.failed")
    assert len(heard) == 1
    assert failed.sent_at is None
    assert failed.due_at > timezone.now()

    Message.objects.update(due_at=timezone.now())
    deliver_outbox()
    failed.refresh_from_db()
    assert failed.sent_at is not None
    assert failed.attempts == 2


def test_a_message_nobody_wants_is_done(heard):
    publish("test.unheard")

    deliver_outbox()

    assert Message.objects.get().sent_at is not None


def test_a_claimed_message_is_left_to_its_worker_until_the_lease_ends(heard):
    publish("test.happened")
    now = timezone.now()

    assert claim_message(now=now) is not None
    assert claim_message(now=now) is None
    assert claim_message(now=now + LEASE + timedelta(seconds=1)) is not None


def test_a_lease_grows_with_the_attempts(heard):
    publish("test.happened")
    Message.objects.update(attempts=4)
    now = timezone.now()

    message = claim_message(now=now)

    assert message is not None
    assert message.due_at == now + 5 * LEASE


def test_subscribing_twice_is_hearing_once(monkeypatch):
    monkeypatch.setattr(registry, "HANDLERS", {})
    for _ in range(2):
        registry.subscribe("test.happened", print)

    assert {"test.happened": [print]} == registry.HANDLERS


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_message_waits_for_beat(monkeypatch, caplog, heard):
    def away(*_args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(worker_calls.current_app, "send_task", away)

    publish("test.happened")

    assert "broker away" in caplog.text
    deliver_outbox()
    assert heard == [{}]


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(worker_calls.current_app, "send_task", made.append)
    return made


@pytest.mark.django_db(transaction=True)
def test_many_messages_call_one_worker_until_it_begins(calls, heard):
    for _ in range(3):
        publish("test.happened")
    assert len(calls) == 1

    deliver_outbox()
    assert heard == [{}, {}, {}]
    calls.clear()

    CALL.begin()
    publish("test.happened")
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_finds_work_calls_a_colleague_and_one_that_finds_none_calls_nobody(calls, heard):
    publish("test.happened")
    calls.clear()

    deliver_outbox()
    assert len(calls) == 1
    calls.clear()

    deliver_outbox()
    assert not calls


@pytest.mark.django_db(transaction=True)
def test_a_worker_lets_others_have_their_turn_and_calls_the_next(calls, settings, heard):
    settings.WORK_STRETCH_SECONDS = 0
    for _ in range(2):
        publish("test.happened")
    calls.clear()

    deliver_outbox()

    assert len(heard) == 1
    assert calls
    deliver_outbox()
    assert len(heard) == 2


@pytest.mark.django_db(transaction=True)
def test_without_redis_every_message_calls_a_worker(calls, monkeypatch):
    def away(*_args: object, **_kwargs: object) -> None:
        raise RedisError

    monkeypatch.setattr(worker_calls, "redis_client", lambda: SimpleNamespace(set=away, delete=away))

    publish("test.happened")
    publish("test.happened")

    assert len(calls) == 2
