"""What browsers do to a queue: phones that sleep, two tabs, the back button, a page loaded twice."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from waitingroom import store
from waitingroom.tests.queues import OURS, ask, go_in, in_ms, make_queue, move_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(capacity=5)


def wait(queue, **time):
    """The queue moves on; requests afterwards still come now."""
    return store.look(queue.pk, now_ms=in_ms(timezone.now() + timedelta(**time)))


def number_in(answer):
    return answer.json()["number"]


def test_two_tabs_have_one_number_and_one_pass(client, queue):
    for _tab in range(2):
        client.get(queue.get_absolute_url())
    first, second = (ask(client, queue, "join") for _tab in range(2))

    assert number_in(first) == number_in(second) == 0
    move_on(queue)
    assert [ask(client, queue, "claim").json()["what"] for _tab in range(2)] == ["pass", "pass"]
    standing = store.look(queue.pk)
    assert (standing.issued, standing.active) == (1, 1)


def test_the_back_button_after_coming_in_leads_to_the_seats_again(client, queue):
    go_in(client, queue)

    assert client.get(queue.get_absolute_url())["Location"] == f"/sessions/{queue.pk}/seats/"
    assert client.post(queue.get_absolute_url(), {"action": "claim"})["Location"] == f"/sessions/{queue.pk}/seats/"
    assert store.look(queue.pk).active == 1


def test_a_phone_that_slept_for_an_hour_missed_its_call_and_takes_a_new_number_with_one_press(client, queue):
    client.get(queue.get_absolute_url())
    ask(client, queue, "join")
    wait(queue, seconds=2)
    wait(queue, hours=1)

    assert ask(client, queue, "claim").json() == {"what": "missed"}
    path = reverse("waitingroom:join", args=[queue.pk])
    assert client.post(f"{path}?again=1", headers=OURS).json() == {"what": "number", "number": 1}
    wait(queue, hours=1, seconds=2)
    assert ask(client, queue, "claim").json() == {"what": "pass"}


def test_without_javascript_the_same_press_is_a_button(client, queue):
    client.get(queue.get_absolute_url())
    client.post(queue.get_absolute_url(), {"action": "join"})
    wait(queue, seconds=2)
    wait(queue, hours=1)

    client.post(queue.get_absolute_url(), {"action": "again"})
    wait(queue, hours=1, seconds=2)

    assert client.post(queue.get_absolute_url(), {"action": "claim"})["Location"] == f"/sessions/{queue.pk}/seats/"


def test_a_phone_that_slept_before_its_call_still_has_its_place(client):
    queue = make_queue(capacity=1)
    other = Client()
    go_in(other, queue)
    client.get(queue.get_absolute_url())
    ask(client, queue, "join")
    wait(queue, minutes=5)

    assert ask(client, queue, "claim").json() == {"what": "waiting"}
    ask(other, queue, "leave")
    wait(queue, minutes=5, seconds=2)
    assert ask(client, queue, "claim").json() == {"what": "pass"}


def test_a_page_that_is_only_loaded_again_keeps_its_pass(client, queue):
    go_in(client, queue)
    client.post(reverse("waitingroom:leave", args=[queue.pk]) + "?closing=1", headers=OURS)

    assert client.get(f"/sessions/{queue.pk}/seats/").status_code == 200
    assert wait(queue, seconds=60).active == 1


def test_a_page_that_closed_frees_its_slot_and_leaving_does_at_once(client, queue):
    other = Client()
    go_in(client, queue)
    go_in(other, queue)
    other.post(reverse("waitingroom:leave", args=[queue.pk]) + "?closing=1", headers=OURS)
    assert ask(client, queue, "leave").status_code == 204

    assert store.look(queue.pk).active == 1
    assert wait(queue, seconds=25).active == 0
    assert client.get(f"/sessions/{queue.pk}/seats/")["Location"] == queue.get_absolute_url()


def test_a_page_that_closes_while_it_waits_keeps_its_place(client):
    queue = make_queue(capacity=1)
    go_in(Client(), queue)
    client.get(queue.get_absolute_url())
    ask(client, queue, "join")
    client.post(reverse("waitingroom:leave", args=[queue.pk]) + "?closing=1", headers=OURS)

    assert number_in(ask(client, queue, "join")) == 1
