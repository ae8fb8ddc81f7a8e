"""A gate that presents one signed QR code after the other, as the scanner's page does."""

from collections.abc import Iterator

from django.test import Client
from django.urls import reverse

from bench.data import make_client, make_event, make_gate_user, make_plan, sell_all, session_cookie
from bench.load import UnexpectedAnswerError, Visitor
from bench.measure import CONNECTIONS, Plan, Report, compare
from bench.queries import count_queries
from bench.requests import get, post, read_token
from bookings.models import Ticket
from bookings.tickets.codes import sign_ticket
from scanner.forms import make_nonce

SESSIONS = 16


def measure(plan: Plan) -> Report:
    event = make_event(SESSIONS, make_plan(50, 40), customer_limit=500)
    tickets = iter([ticket for event_session in event.sessions.all() for ticket in sell_all(event_session)])
    client = make_client(make_gate_user())
    queries = count_check_in_queries(client, next(tickets))
    cookies = session_cookie(client)
    visitors = [gate(tickets, cookies) for _ in range(CONNECTIONS)]
    return compare("checkin", plan, visitors, queries=queries, writes=True)


def gate(tickets: Iterator[Ticket], cookies: dict[str, str]) -> Visitor:
    ticket = next(tickets)
    page = yield get(reverse("scanner:gate", args=[ticket.event_session_id]), cookies=cookies, ends_unit=False)
    token, cookies = read_token(page), cookies | page.cookies()
    path = reverse("scanner:validate")
    for ticket in tickets:
        answer = yield post(path, presentation(ticket, token), cookies=cookies, expect=(200,), is_htmx=True)
        if b"ENTRY GRANTED" not in answer.body:
            raise UnexpectedAnswerError("a valid ticket was rejected")


def presentation(ticket: Ticket, token: str) -> dict[str, object]:
    return {
        "csrfmiddlewaretoken": token,
        "code": sign_ticket(ticket.pk, ticket.revision),
        "event_session": ticket.event_session_id,
        "nonce": make_nonce(),
    }


def count_check_in_queries(client: Client, ticket: Ticket) -> int:
    client.get(reverse("scanner:gate", args=[ticket.event_session_id]))
    fields = presentation(ticket, client.cookies["csrftoken"].value)
    return count_queries(lambda: client.post(reverse("scanner:validate"), fields, headers={"HX-Request": "true"}))
