"""From no pass to seats, over the site's own addresses."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_event_session
from waitingroom import store
from waitingroom.models import Queue
from waitingroom.services.running import keep_queue

pytestmark = pytest.mark.django_db


def test_a_guest_waits_is_called_and_reaches_the_seats(client):
    event_session = make_event_session("A1 A2", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, capacity=1)
    keep_queue(queue, timezone.now())
    seats, page = event_session.get_absolute_url(), queue.get_absolute_url()

    assert client.get(seats)["Location"] == page
    assert client.get(page).status_code == 200
    client.post(page, {"action": "join"})
    store.look(queue.pk, now_ms=int((timezone.now() + timedelta(seconds=2)).timestamp() * 1000))
    answer = client.post(
        reverse("waitingroom:claim", args=[queue.pk]), headers={"sec-fetch-site": "same-origin"}
    ).json()

    assert answer == {"what": "pass"}
    assert client.get(seats).status_code == 200
    hold = client.post(
        reverse("bookings:hold", args=[event_session.pk]), {"seat": event_session.places.first().seat_id}
    )
    assert hold.status_code == 302
