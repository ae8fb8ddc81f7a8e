"""A guest's way into the basket: event page, hold of one seat, basket page. One flow is three requests."""

from collections.abc import Iterator

from django.core.cache import cache
from django.urls import reverse

from bench.benchmarks.hold import post_hold
from bench.data import free_seats, make_client, make_event, make_plan
from bench.load import Visitor
from bench.measure import CONNECTIONS, Plan, Report, compare
from bench.queries import count_queries
from bench.requests import get, post, read_token

SESSIONS = 20


def measure(plan: Plan) -> Report:
    event = make_event(SESSIONS, make_plan(36, 40))
    seats = free_seats(event)
    queries = count_flow_queries(event.get_absolute_url(), seats)
    visitors = [guest(event.get_absolute_url(), seats) for _ in range(CONNECTIONS)]
    return compare("flow", plan, visitors, queries=queries, writes=True)


def guest(event_path: str, seats: Iterator[tuple[int, int]]) -> Visitor:
    event_session, _seat = next(seats)
    page = yield get(reverse("bookings:seats", args=[event_session]), ends_unit=False)
    token, cookies = read_token(page), page.cookies()
    for event_session, seat in seats:
        yield get(event_path, ends_unit=False)
        path = reverse("bookings:hold", args=[event_session])
        held = yield post(path, {"csrfmiddlewaretoken": token, "seat": seat}, cookies=cookies, ends_unit=False)
        yield get(reverse("bookings:basket"), cookies=cookies | held.cookies())


def count_flow_queries(event_path: str, seats: Iterator[tuple[int, int]]) -> int:
    event_session, seat = next(seats)
    client = make_client()
    client.get(reverse("bookings:seats", args=[event_session]))
    cache.clear()
    return (
        count_queries(lambda: client.get(event_path))
        + count_queries(lambda: post_hold(client, event_session, seat), status=302)
        + count_queries(lambda: client.get(reverse("bookings:basket")))
    )
