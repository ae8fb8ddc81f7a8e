"""Bypass codes: presales and accessibility lines come in beside the queue."""

from functools import partial

import pytest
from django.utils import timezone
from redis.exceptions import RedisError

from tests.concurrency import run_together
from tests.factories import make_event_session
from waitingroom import store
from waitingroom.errors import BypassCodeError
from waitingroom.models import BypassCode, Queue
from waitingroom.services.bypassing import redeem_code
from waitingroom.services.running import keep_queue
from waitingroom.tokens import Visitor


def make_code(**fields):
    event_session = make_event_session("A1 A2", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, capacity=1, is_paused=True)
    keep_queue(queue, timezone.now())
    return BypassCode.objects.create(queue=queue, label="Friends", code="FRIENDS", **fields)


@pytest.mark.django_db
def test_a_code_leads_to_the_seats_at_once(client):
    code = make_code()

    page = code.queue.get_absolute_url()
    client.get(page)
    response = client.post(page, {"action": "code", "code": " friends "})

    assert response["Location"] == code.queue.event_session.get_absolute_url()
    assert client.get(response["Location"]).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "FOES", "FRIENDS'"])
def test_a_wrong_code_says_so_beside_what_was_typed(client, typed):
    code = make_code()
    page = code.queue.get_absolute_url()
    client.get(page)

    response = client.post(page, {"action": "code", "code": typed})

    assert response.status_code == 422
    assert "This code does not let you in" in response.content.decode()


@pytest.mark.django_db
def test_an_old_code_lets_nobody_in():
    code = make_code(valid_until=timezone.now())

    with pytest.raises(BypassCodeError):
        redeem_code(queue_id=code.queue_id, text="FRIENDS", visitor=Visitor("a"))


@pytest.mark.django_db
def test_the_same_person_uses_a_code_once_however_often_they_type_it():
    code = make_code(most_uses=2)
    passes = [redeem_code(queue_id=code.queue_id, text="FRIENDS", visitor=Visitor("a")) for _ in range(3)]

    code.refresh_from_db()
    assert code.uses == 1
    assert len({given.pass_id for given in passes}) == 1


@pytest.mark.django_db(transaction=True)
def test_of_six_people_with_a_code_for_two_exactly_two_come_in():
    code = make_code(most_uses=2)
    redeem = partial(redeem_code, queue_id=code.queue_id, text="FRIENDS")

    results = run_together(*(partial(redeem, visitor=Visitor(f"{number}")) for number in range(6)))

    assert sum(isinstance(result, BypassCodeError) for result in results) == 4
    code.refresh_from_db()
    assert code.uses == 2
    assert store.look(code.queue_id).active == 2


@pytest.mark.django_db
def test_a_use_is_not_lost_when_redis_fails_in_between(monkeypatch):
    code = make_code()
    friend = Visitor("friend", 0)

    def fail(*args, **options):
        raise RedisError

    with monkeypatch.context() as patch:
        patch.setattr("waitingroom.store.admit", fail)
        with pytest.raises(RedisError):
            redeem_code(queue_id=code.queue_id, text="friends", visitor=friend)

    assert BypassCode.objects.get().uses == 0
    assert redeem_code(queue_id=code.queue_id, text="friends", visitor=friend)
    assert BypassCode.objects.get().uses == 1
