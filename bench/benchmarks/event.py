"""An event's page with ten sessions: from the page cache, and made anew for every visitor."""

from django.core.cache import cache

from bench.data import make_client, make_event, make_plan
from bench.measure import CONNECTIONS, Plan, Report, compare
from bench.queries import count_queries
from bench.requests import reader


def measure(plan: Plan) -> Report:
    path = make_event(10, make_plan(8, 10)).get_absolute_url()
    cache.clear()
    queries = count_queries(lambda: make_client().get(path))
    visitors = [reader(path) for _ in range(CONNECTIONS)]
    return compare("event", plan, visitors, queries=queries, uncached=[reader(path) for _ in range(CONNECTIONS)])
