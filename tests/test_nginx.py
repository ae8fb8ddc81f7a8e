"""The delivered nginx in front of the site: it shares what is everybody's and passes on what is one visitor's."""

import shutil
from pathlib import Path

import pytest
import requests
from django.utils import timezone

from bench.nginx import start_nginx
from deploy.processes import Processes
from tests.factories import make_event_session
from waitingroom.models import Queue
from waitingroom.services.running import keep_queue

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin"), reason="needs nginx"),
]
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def proxy(live_server, tmp_path: Path):
    with Processes(tmp_path) as processes:
        yield start_nginx(processes, tmp_path, live_server.url)


def test_a_number_and_a_pass_reach_their_visitor_and_the_document_everybody(proxy):
    event_session = make_event_session("A1 A2", now=timezone.now())
    queue = Queue.objects.create(event_session=event_session, capacity=1)
    keep_queue(queue, timezone.now())
    visitor = requests.Session()
    live = f"{proxy}/live/queues/{queue.pk}/"

    visitor.get(f"{proxy}{queue.get_absolute_url()}", timeout=60)
    joined = visitor.post(f"{live}join/", headers=OURS, timeout=60)
    status = requests.get(live, timeout=60)

    assert joined.json() == {"what": "number", "number": 0}
    assert f"queue-{queue.pk}" in visitor.cookies
    assert status.json()["state"] == "open"
    assert "Set-Cookie" not in status.headers


def test_one_address_takes_no_thousand_numbers_at_once(proxy):
    event_session = make_event_session("A1 A2", now=timezone.now())
    keep_queue(Queue.objects.create(event_session=event_session), timezone.now())
    session = requests.Session()

    answers: list[int] = []
    # One more is allowed every second that the first 200 take, which on a busy machine are some.
    while 429 not in answers and len(answers) < 1000:
        answer = session.post(f"{proxy}/live/queues/{event_session.pk}/join/", headers=OURS, timeout=60)
        answers.append(answer.status_code)

    assert answers[0] == 403  # Without the page's cookie there is no number, but it counts.
    assert answers[-1] == 429
