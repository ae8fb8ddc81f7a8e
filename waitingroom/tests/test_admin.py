"""Organisers run a waiting room from its page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import ORGANISER, SUPPORT
from tests.factories import make_event_session
from tests.staff import sign_in
from waitingroom import store
from waitingroom.models import Queue
from waitingroom.services.running import keep_queue
from waitingroom.store import Phase

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser(client):
    sign_in(client, ORGANISER)
    return client


@pytest.fixture
def queue():
    event_session = make_event_session("A1 A2", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, capacity=5)
    keep_queue(queue, timezone.now())
    return queue


def press(client, queue, button):
    address = reverse(f"admin:waitingroom_queue_{button}", args=[queue.pk])
    return client.post(address, {"_form_submitted": "true"})


def fields(event_session, **changed):
    plain = {
        "event_session": event_session.pk,
        "mode": "always",
        "capacity": 50,
        "per_minute": "",
        "claim_seconds": 90,
        "pass_minutes": 8,
        "lobby_minutes": 30,
        "busy_arrivals": 600,
        "busy_baskets": 200,
        "codes-TOTAL_FORMS": 0,
        "codes-INITIAL_FORMS": 0,
    }
    return plain | changed


def test_a_new_waiting_room_is_in_force_as_soon_as_it_is_saved(organiser):
    event_session = make_event_session("A1", now=timezone.now())

    response = organiser.post(reverse("admin:waitingroom_queue_add"), fields(event_session))

    assert response.status_code == 302
    standing = store.look(event_session.pk)
    assert (standing.capacity, standing.claim_ms, standing.phase) == (50, 90_000, Phase.OPEN)
    assert organiser.get(event_session.get_absolute_url())["Location"] == f"/sessions/{event_session.pk}/queue/"


def test_changed_settings_are_in_force_at_once_and_keep_everybodys_place(organiser, queue):
    store.join(queue.pk)

    changed = fields(queue.event_session, capacity=70)
    organiser.post(reverse("admin:waitingroom_queue_change", args=[queue.pk]), changed)

    standing = store.look(queue.pk)
    assert (standing.capacity, standing.issued) == (70, 1)


def test_pausing_calls_nobody_and_resuming_goes_on(organiser, queue):
    press(organiser, queue, "pause")
    store.join(queue.pk)
    later = int((timezone.now() + timedelta(seconds=5)).timestamp() * 1000)
    assert store.look(queue.pk, now_ms=later).serving == 0

    press(organiser, queue, "resume")

    assert store.look(queue.pk, now_ms=later + 2000).serving == 1


def test_draining_takes_nobody_new_and_ends_when_the_last_one_was_called(organiser, queue):
    store.join(queue.pk)
    press(organiser, queue, "drain")

    assert store.join(queue.pk)[0] == "closed"
    later = int((timezone.now() + timedelta(seconds=5)).timestamp() * 1000)
    for step in range(4):
        standing = store.look(queue.pk, now_ms=later + step * 60_000)
    assert standing.phase == Phase.OVER

    press(organiser, queue, "reopen")
    assert store.join(queue.pk)[0] == "number"


def test_an_automatic_one_comes_on_by_hand(organiser):
    event_session = make_event_session("A1", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, mode=Queue.Mode.AUTOMATIC)
    keep_queue(queue, timezone.now())

    press(organiser, queue, "open_now")

    assert store.look(queue.pk).phase == Phase.OPEN


def test_the_page_shows_how_the_queue_stands_and_no_seed_before_the_draw(organiser, queue):
    queue.event_session.booking_opens_at = timezone.now() + timedelta(hours=1)
    queue.event_session.save()
    Queue.objects.filter(pk=queue.pk).update(checkpoint={"phase": int(Phase.LOBBY)})

    page = organiser.get(reverse("admin:waitingroom_queue_change", args=[queue.pk])).content.decode()
    live = organiser.get(reverse("admin:waitingroom_queue_live", args=[queue.pk])).content.decode()

    assert queue.commitment in page
    assert queue.seed not in page + live
    assert "Choosing seats" in live
    assert "<polyline" in live


def test_support_looks_and_changes_nothing(client, queue):
    sign_in(client, SUPPORT)

    assert client.get(reverse("admin:waitingroom_queue_live", args=[queue.pk])).status_code == 200
    press(client, queue, "pause")

    queue.refresh_from_db()
    assert not queue.is_paused
