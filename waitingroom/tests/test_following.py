"""What a queue does by itself: coming on with a crowd, going off after it, slowing down with the shop."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_event_session
from waitingroom import store
from waitingroom.health import TALLIES, note
from waitingroom.models import Queue
from waitingroom.services.following import CALM, follow_health
from waitingroom.services.running import keep_queue, tell_left
from waitingroom.store import Phase

pytestmark = pytest.mark.django_db


def make_queue(**fields):
    event_session = make_event_session("A1 A2", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, **fields)
    keep_queue(queue, timezone.now())
    return queue


def arrive(queue, times):
    for _ in range(times):
        store.use(queue.pk, "", holder="", heir="", generation=0, until_ms=0, is_arrival=True)


def phase_of(queue):
    return store.look(queue.pk).phase


@pytest.mark.parametrize(("arrivals", "phase"), [(9, Phase.IDLE), (12, Phase.OPEN)])
def test_an_automatic_queue_comes_on_when_many_come(arrivals, phase):
    queue = make_queue(mode=Queue.Mode.AUTOMATIC, busy_arrivals=10)

    arrive(queue, arrivals)
    keep_queue(queue, timezone.now())

    assert phase_of(queue) == phase


@pytest.mark.parametrize(("baskets", "phase"), [(5, Phase.IDLE), (6, Phase.OPEN)])
def test_an_automatic_queue_comes_on_when_many_hold_places(baskets, phase):
    queue = make_queue(mode=Queue.Mode.AUTOMATIC, busy_baskets=5)

    tell_left(queue.pk, left=10, baskets=baskets)
    keep_queue(queue, timezone.now())

    assert phase_of(queue) == phase


def test_it_goes_off_when_nobody_waited_for_a_while():
    queue = make_queue(mode=Queue.Mode.AUTOMATIC, busy_baskets=5)
    tell_left(queue.pk, left=10, baskets=6)
    keep_queue(queue, timezone.now())
    tell_left(queue.pk, left=10, baskets=0)

    keep_queue(queue, timezone.now() + CALM - timedelta(seconds=10))
    assert phase_of(queue) == Phase.OPEN
    keep_queue(queue, timezone.now() + CALM + timedelta(seconds=10))

    assert phase_of(queue) == Phase.IDLE


def test_a_queue_that_is_always_on_stays_on():
    queue = make_queue()
    store.look(queue.pk)

    keep_queue(queue, timezone.now() + 2 * CALM)

    assert phase_of(queue) == Phase.OPEN


@pytest.mark.parametrize(("holds", "ms", "faults"), [(10, 9000, 0), (10, 100, 2)])
def test_slow_and_failing_holds_let_fewer_in_and_good_ones_more_again(holds, ms, faults):
    queue = make_queue()
    store.tell_health(queue.pk, holds=holds, ms=ms, faults=faults)

    for _ in range(10):
        follow_health(store.look(queue.pk))
    slowed = store.look(queue.pk).factor
    store.tell_health(queue.pk, holds=1000, ms=10_000, faults=0)
    follow_health(store.look(queue.pk))

    assert 40 <= slowed <= 55
    assert store.look(queue.pk).factor == slowed + 1


def test_a_few_holds_say_nothing():
    queue = make_queue()
    store.tell_health(queue.pk, holds=2, ms=60_000, faults=2)

    follow_health(store.look(queue.pk))

    assert store.look(queue.pk).factor == 100


def test_a_process_tells_of_its_holds_every_other_second():
    queue = make_queue()
    TALLIES.clear()

    note(queue.pk, 0.3, 0)
    TALLIES[queue.pk].told_at -= 3
    note(queue.pk, 0.5, 1)

    standing = store.look(queue.pk)
    assert (round(standing.holds), round(standing.hold_ms), round(standing.hold_faults)) == (2, 800, 1)


def test_the_chart_has_one_row_a_minute():
    queue = make_queue()
    now = timezone.now().replace(second=1)

    for seconds in (0, 5, 20, 62):
        keep_queue(queue, now + timedelta(seconds=seconds))

    assert queue.minutes.count() in {2, 3}  # With the one of the moment the queue began.
