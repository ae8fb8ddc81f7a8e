"""The three cookies of a waiting person: who they are, their number, their pass."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from waitingroom.tokens import Pass, Ticket, Visitor

VISITOR = "visitor"
TICKET = "queue-{}"
ADMISSION = "pass-{}"
VISITOR_SECONDS = 365 * 24 * 3600
TICKET_SECONDS = 14 * 24 * 3600
PASS_SECONDS = 6 * 3600


def read_visitor(request: HttpRequest) -> Visitor | None:
    return Visitor.open(request.COOKIES.get(VISITOR))


def read_ticket(request: HttpRequest, queue_id: int, visitor: Visitor | None) -> Ticket | None:
    """The visitor's own number in this queue."""
    if visitor is None:
        return None
    return Ticket.open(request.COOKIES.get(TICKET.format(queue_id)), queue_id=queue_id, device=visitor.device)


def read_pass(request: HttpRequest, queue_id: int) -> Pass | None:
    return Pass.open(request.COOKIES.get(ADMISSION.format(queue_id)), queue_id=queue_id)


def make_visitor(user_id: int = 0) -> Visitor:
    return Visitor(secrets.token_hex(8), user_id)


def keep_visitor(response: HttpResponse, visitor: Visitor) -> None:
    _keep(response, VISITOR, visitor.seal(), VISITOR_SECONDS)


def keep_ticket(response: HttpResponse, ticket: Ticket) -> None:
    _keep(response, TICKET.format(ticket.queue_id), ticket.seal(), TICKET_SECONDS)


def keep_pass(response: HttpResponse, given: Pass) -> None:
    _keep(response, ADMISSION.format(given.queue_id), given.seal(), PASS_SECONDS)


def forget_place(response: HttpResponse, queue_id: int) -> None:
    response.delete_cookie(TICKET.format(queue_id), samesite="Lax")
    response.delete_cookie(ADMISSION.format(queue_id), samesite="Lax")


def _keep(response: HttpResponse, name: str, value: str, seconds: int) -> None:
    # Signed values hold colons, which cookies may; no script needs to read them.
    response.set_cookie(name, value, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax")
    # Not by `max_age=`: that writes the date as well, for browsers long gone, and dates are slow.
    response.cookies[name]["max-age"] = seconds
