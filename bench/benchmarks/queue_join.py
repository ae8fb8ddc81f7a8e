"""Taking a number in the waiting room: every unit is a browser that has none yet."""

from itertools import cycle

from django.urls import reverse

from bench.data import kept_queue, make_waiting_room
from bench.load import Visitor
from bench.measure import CONNECTIONS, Plan, Report, compare
from bench.requests import post_json
from waitingroom.cookies import VISITOR, make_visitor

BROWSERS = 1000
# As browsers say of a page's own requests.
OURS = {"Sec-Fetch-Site": "same-origin"}


def measure(plan: Plan) -> Report:
    queue = make_waiting_room()
    path = reverse("waitingroom:join", args=[queue.pk])
    with kept_queue(queue):
        return compare("queue-join", plan, [joiner(path) for _ in range(CONNECTIONS)], queries=0)


def joiner(path: str) -> Visitor:
    """Somebody else each time; nobody keeps the number, so that each of them is a new one."""
    cookies = [f"{VISITOR}={make_visitor().seal()}" for _ in range(BROWSERS)]
    requests = [post_json(path, b"", headers={**OURS, "Cookie": cookie}) for cookie in cookies]
    for request in cycle(requests):
        _answer = yield request
