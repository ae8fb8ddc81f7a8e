"""Redis is killed in mid-sale: people keep their numbers and passes, and nothing is given twice."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from redis.exceptions import RedisError

from bookings.models import Booking
from deploy.processes import Child, Processes, answers_on, find_free_port
from deploy.services import find_redis_server
from tests.factories import get_seat_ids, make_event_session, make_user
from ticketing.kept import forget_everything
from ticketing.redis import redis_client
from waitingroom import store
from waitingroom.models import Queue
from waitingroom.services.checkpoints import LEAST_GAP, is_older, recover, write_checkpoint
from waitingroom.services.running import keep_queue, keep_running
from waitingroom.store import Phase, Verdict
from waitingroom.tests.queues import ask, go_in, in_ms, make_queue, move_on

pytestmark = pytest.mark.django_db


class RedisServer:
    """One that can be killed; `folder` is its disk."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self.processes = processes
        self.folder = folder
        self.port = find_free_port()
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        address = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        self.child = self.processes.start("redis", [find_redis_server(), *address])
        self.processes.wait_until(lambda: answers_on(self.port), what="Redis")

    def kill(self) -> None:
        assert self.child
        self.child.process.send_signal(signal.SIGKILL)
        self.processes.stop(self.child)
        forget_everything()


@pytest.fixture
def server(tmp_path, settings) -> Iterator[RedisServer]:
    forget_clients()
    with Processes(tmp_path / "log") as processes:
        server = RedisServer(processes, tmp_path)
        settings.REDIS_URL = server.url
        server.start()
        yield server
    forget_clients()


def forget_clients() -> None:
    redis_client.cache_clear()
    store.script.cache_clear()
    forget_everything()


def join(queue: Queue, people: int) -> list[int]:
    return [store.join(queue.pk)[1] for _ in range(people)]


def claim(queue: Queue, place: int) -> store.Admission:
    return store.claim(queue.pk, place, f"d{place}")


def use(queue: Queue, place: int, given: store.Admission) -> Verdict:
    holder = f"d{place}"
    until_ms, generation = given.until_ms, given.generation
    return store.use(queue.pk, str(place), holder=holder, heir=holder, generation=generation, until_ms=until_ms)[0]


def test_after_a_loss_people_keep_their_numbers_and_passes_and_nothing_is_given_twice(server):
    queue = make_queue(capacity=10)
    first = join(queue, 100)
    move_on(queue)
    passes = {place: claim(queue, place) for place in range(8)}
    write_checkpoint(queue, timezone.now())
    # Given after the checkpoint: the database does not know these.
    later = join(queue, 50)

    server.kill()
    with pytest.raises(RedisError):
        store.join(queue.pk)
    server.start()
    assert store.join(queue.pk) == (Verdict.LOST, 0)
    keep_running(now=timezone.now())

    assert set(join(queue, 50)).isdisjoint([*first, *later])
    assert [use(queue, place, given) for place, given in passes.items()] == [Verdict.ADMITTED] * 8
    again = [claim(queue, place) for place in passes]
    assert [(given.verdict, given.until_ms) for given in again] == [
        (Verdict.ADMITTED, given.until_ms) for given in passes.values()
    ]
    standing = move_on(queue, 4)
    assert standing.active == 8
    assert standing.serving >= 10


def test_a_second_loss_before_any_checkpoint_leaves_out_further_numbers(server):
    queue = make_queue()
    given = join(queue, 20)

    for _ in range(3):
        server.kill()
        server.start()
        recover(Queue.objects.get(pk=queue.pk), timezone.now())
        given += join(queue, 20)

    assert len(set(given)) == 80


def test_no_more_numbers_are_given_than_the_database_knows_of(server):
    queue = make_queue()

    verdicts = [store.join(queue.pk)[0] for _ in range(LEAST_GAP + 5)]
    assert verdicts.count(Verdict.NUMBER) == LEAST_GAP
    assert set(verdicts[LEAST_GAP:]) == {Verdict.LOST}

    keep_queue(queue, timezone.now())
    assert store.join(queue.pk) == (Verdict.NUMBER, LEAST_GAP)


def test_a_server_that_comes_back_with_an_older_state_is_not_believed(server):
    queue = make_queue(capacity=10)
    join(queue, 10)
    redis_client().save()
    given = join(queue, 5)
    move_on(queue)
    passes = {place: claim(queue, place) for place in (3, 4)}

    server.kill()
    server.start()

    assert redis_client().hget(store.keys_of(queue.pk)[0], "issued") == b"10"
    assert store.look(queue.pk) is None
    assert store.join(queue.pk) == (Verdict.LOST, 0)
    assert claim(queue, 3).verdict == Verdict.LOST
    keep_running(now=timezone.now())
    assert store.join(queue.pk)[1] > max(given)
    assert [use(queue, place, given) for place, given in passes.items()] == [Verdict.ADMITTED] * 2


def test_a_state_from_before_the_checkpoint_is_not_believed_on_the_same_server(server):
    queue = make_queue()
    join(queue, 5)
    redis = redis_client()
    key = store.keys_of(queue.pk)[0]
    old = redis.dump(key)
    join(queue, 5)
    write_checkpoint(queue, timezone.now())
    redis.restore(key, 0, old, replace=True)

    assert is_older(store.look(queue.pk), queue)
    keep_queue(queue, timezone.now())

    assert store.join(queue.pk)[1] >= 10


def test_of_two_processes_that_find_it_lost_one_restores(server):
    queue = make_queue()
    join(queue, 5)
    server.kill()
    server.start()
    one, other = Queue.objects.get(pk=queue.pk), Queue.objects.get(pk=queue.pk)

    recover(one, timezone.now())
    given = join(queue, 5)
    recover(other, timezone.now())

    assert one.generation == other.generation == queue.generation + 1
    assert join(queue, 1) == [given[-1] + 1]


def test_an_older_checkpoint_never_replaces_a_newer_one():
    queue = make_queue()
    late = Queue.objects.get(pk=queue.pk)
    join(queue, 5)
    write_checkpoint(queue, timezone.now())

    write_checkpoint(late, timezone.now())

    late.refresh_from_db()
    assert late.checkpoint == queue.checkpoint
    assert late.checkpoint["issued"] == 5


def test_numbers_left_out_after_the_opening_are_passed_in_one_step(server):
    queue = make_queue(capacity=5)
    join(queue, 10)
    write_checkpoint(queue, timezone.now())
    server.kill()
    server.start()
    keep_queue(queue, timezone.now())
    after = join(queue, 3)
    assert after[0] >= LEAST_GAP

    standing = store.look(queue.pk)
    for second in range(2, 60, 2):
        for place in range(standing.base, min(standing.serving, 10)):
            claim(queue, place)
            store.leave(queue.pk, place, f"d{place}")
        standing = move_on(queue, second)

    assert standing.serving > after[-1] - 1
    assert claim(queue, after[0]).verdict == Verdict.ADMITTED


def test_the_draw_stays_as_it_was_after_a_loss(server):
    queue = make_queue(event_session=make_event_session("A1", now=timezone.now() + timedelta(days=1, seconds=10)))
    assert store.look(queue.pk).phase == Phase.LOBBY
    join(queue, 40)
    opening = in_ms(queue.opens_at)
    drawn = store.look(queue.pk, now_ms=opening)
    places = [drawn.place_of(number) for number in range(40)]
    keep_queue(queue, timezone.now())

    server.kill()
    server.start()
    keep_queue(queue, timezone.now())

    standing = store.look(queue.pk)
    assert (standing.phase, standing.drawn) == (Phase.OPEN, 40)
    assert [standing.place_of(number) for number in range(40)] == places


def test_whoever_has_places_goes_on_to_the_checkout_after_a_loss(server, client):
    event_session = make_event_session("A1 A2", now=timezone.now())
    queue = make_queue(event_session=event_session)
    go_in(client, queue)
    seats = {"seat": get_seat_ids(event_session, "A1")}
    assert client.post(f"/sessions/{event_session.pk}/hold/", seats).status_code == 302
    del client.cookies[f"pass-{queue.pk}"]  # The pass itself may be over: the places last longer.

    server.kill()
    server.start()
    keep_running(now=timezone.now())
    forget_everything()

    assert client.post("/basket/renew/")["Location"] == "/basket/"
    assert Booking.objects.get().is_live(timezone.now())


def test_while_redis_is_away_people_hear_one_moment_and_keep_what_they_have(server, client):
    queue = make_queue()
    go_in(client, queue)
    held = {name: client.cookies[name].value for name in ("visitor", f"queue-{queue.pk}", f"pass-{queue.pk}")}
    server.kill()

    page = client.get(queue.get_absolute_url())
    assert (page.status_code, page["Retry-After"]) == (503, "3")
    assert ask(client, queue, "join").json()["what"] == "number"  # The one they have; that needs no Redis.
    claimed = ask(client, queue, "claim")
    assert (claimed.status_code, claimed["Retry-After"]) == (503, "3")
    assert ask(Client(), queue, "join").status_code == 403
    hold = client.post(f"/sessions/{queue.pk}/hold/", {"seat": 1})
    assert (hold.status_code, hold["Retry-After"]) == (503, "3")
    assert not Booking.objects.exists()
    assert {name: client.cookies[name].value for name in held} == held

    server.start()
    assert client.get(queue.get_absolute_url()).status_code in {200, 302}
    assert client.get(f"/sessions/{queue.pk}/seats/").status_code == 200


def test_a_page_restores_the_queue_where_no_worker_runs(server, client):
    queue = make_queue()
    client.force_login(make_user())
    server.kill()
    server.start()

    assert client.get(queue.get_absolute_url()).status_code in {200, 503}
    assert client.get(queue.get_absolute_url()).status_code == 200
    assert ask(client, queue, "join").json()["what"] == "number"


def test_a_queue_that_was_deleted_and_made_again_begins_empty(client):
    event_session = make_event_session("A1 A2", now=timezone.now())
    former = make_queue(event_session)
    Queue.objects.update(generation=5)
    recover(Queue.objects.get(), timezone.now())
    go_in(client, former)
    store.adjust(former.pk, {"full": 2, "paused": 1})
    Queue.objects.all().delete()

    queue = make_queue(event_session)

    standing = store.look(queue.pk)
    assert (standing.seed, standing.issued, standing.active) == (queue.seed, 0, 0)
    assert (standing.full, standing.paused, standing.generation) == (0, False, queue.generation)
    assert not is_older(standing, queue)
