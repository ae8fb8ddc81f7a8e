"""The front page over 200 events: from the page cache, and made anew for every visitor."""

from django.core.cache import cache

from bench.data import make_client, make_event, make_plan
from bench.measure import CONNECTIONS, Plan, Report, compare
from bench.queries import count_queries
from bench.requests import reader

EVENTS = 200


def measure(plan: Plan) -> Report:
    seating = make_plan(8, 10)
    for _ in range(EVENTS):
        make_event(1, seating)
    cache.clear()
    queries = count_queries(lambda: make_client().get("/"))
    visitors = [reader("/") for _ in range(CONNECTIONS)]
    return compare("events", plan, visitors, queries=queries, uncached=[reader("/") for _ in range(CONNECTIONS)])
