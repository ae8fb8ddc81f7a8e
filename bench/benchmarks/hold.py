"""Guests who hold one seat each: a new visitor with every request, as on the first minute of a sale."""

from collections.abc import Iterator

from django.test import Client
from django.urls import reverse

from bench.data import free_seats, make_client, make_event, make_plan
from bench.load import Visitor
from bench.measure import CONNECTIONS, Plan, Report, compare
from bench.queries import count_queries
from bench.requests import get, post, read_token

SESSIONS = 40


def measure(plan: Plan) -> Report:
    seats = free_seats(make_event(SESSIONS, make_plan(36, 40)))
    queries = count_hold_queries(seats)
    visitors = [guest(seats) for _ in range(CONNECTIONS)]
    return compare("hold", plan, visitors, queries=queries, writes=True)


def guest(seats: Iterator[tuple[int, int]]) -> Visitor:
    """Opens the seat map once for its form's token, then posts as somebody new each time."""
    event_session, seat = next(seats)
    page = yield get(reverse("bookings:seats", args=[event_session]), ends_unit=False)
    token, cookies = read_token(page), page.cookies()
    while True:
        path = reverse("bookings:hold", args=[event_session])
        yield post(path, {"csrfmiddlewaretoken": token, "seat": seat}, cookies=cookies)
        event_session, seat = next(seats)


def count_hold_queries(seats: Iterator[tuple[int, int]]) -> int:
    event_session, seat = next(seats)
    client = make_client()
    client.get(reverse("bookings:seats", args=[event_session]))
    return count_queries(lambda: post_hold(client, event_session, seat), status=302)


def post_hold(client: Client, event_session: int, seat: int):
    fields = {"seat": seat, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    return client.post(reverse("bookings:hold", args=[event_session]), fields)
