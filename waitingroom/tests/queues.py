"""Queues for tests, and people in them."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import EventSession
from tests.factories import make_event_session
from waitingroom import store
from waitingroom.guard import forget_guarded
from waitingroom.models import Queue
from waitingroom.services.running import keep_queue
from waitingroom.store import Admission, Phase, Standing, Verdict

SEED = "5eed" * 16
# Noon of some day, in Redis' milliseconds; scripts that are told a time believe it.
NOON = 1_900_000_000_000
SECOND = 1000
MINUTE = 60 * SECOND
OURS = {"sec-fetch-site": "same-origin"}


class Room:
    """A queue in Redis alone, and its time: tests move the clock on."""

    def __init__(self, queue_id: int = 7, **values: Any) -> None:
        self.pk = queue_id
        self.now = NOON
        known = {"phase": int(Phase.OPEN), "opens_at": NOON, "capacity": 2, "seed": SEED}
        times = {"claim_ms": 2 * MINUTE, "pass_ms": 10 * MINUTE}
        # Everybody who is called comes, unless a test says otherwise.
        self.set(**{"show": 1, **known, **times, **values})

    def set(self, **values: Any) -> None:
        store.begin(self.pk, values, now_ms=self.now)

    def wait(self, seconds: float = 1) -> Standing:
        """Time passes, and somebody asks how things are."""
        self.now += int(seconds * SECOND)
        return self.look()

    def look(self) -> Standing:
        standing = store.look(self.pk, now_ms=self.now)
        assert standing
        return standing

    def join(self, people: int = 1) -> list[int]:
        answers = [store.join(self.pk, now_ms=self.now) for _ in range(people)]
        assert {verdict for verdict, _number in answers} == {Verdict.NUMBER}
        return [number for _verdict, number in answers]

    def claim(self, place: int, holder: str = "") -> Admission:
        return store.claim(self.pk, place, holder or f"d{place}", now_ms=self.now)

    def use(
        self, place: int | str, holder: str = "", *, heir: str = "", generation: int = 1, until_ms: int = 0
    ) -> Verdict:
        holder = holder or f"d{place}"
        used = store.use(
            self.pk,
            str(place),
            holder=holder,
            heir=heir or holder,
            generation=generation,
            until_ms=until_ms,
            now_ms=self.now,
        )
        return used[0]

    def leave(self, place: int, *, grace_ms: int = 0) -> bool:
        return store.leave(self.pk, place, f"d{place}", grace_ms=grace_ms, now_ms=self.now)


def make_queue(event_session: EventSession | None = None, **fields: Any) -> Queue:
    """In the database and in Redis, of a session on sale since yesterday."""
    event_session = event_session or make_event_session("A1 A2", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, **fields)
    keep_queue(queue, timezone.now())
    forget_guarded()
    return queue


def move_on(queue: Queue, seconds: float = 2) -> Standing:
    """Look at the queue as it will be in so long; requests afterwards see what that called."""
    later = timezone.now() + timedelta(seconds=seconds)
    standing = store.look(queue.pk, now_ms=in_ms(later))
    assert standing
    return standing


def in_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def ask(client: Client, queue: Queue, what: str) -> Any:
    """join, claim or leave, as the page's script does."""
    return client.post(reverse(f"waitingroom:{what}", args=[queue.pk]), headers=OURS)


def go_in(client: Client, queue: Queue) -> None:
    """All the way to a pass in this browser."""
    assert client.get(queue.get_absolute_url()).status_code == 200
    assert ask(client, queue, "join").json()["what"] == "number"
    move_on(queue)
    assert ask(client, queue, "claim").json() == {"what": "pass"}
