"""What a waiting crowd asks for: on the short stack, without database and web session."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from ticketing.short_stack import for_a_second, takes_posts
from waitingroom import store
from waitingroom.cookies import forget_place, keep_pass, keep_ticket, read_pass, read_ticket, read_visitor
from waitingroom.document import UnknownQueueError, describe, look
from waitingroom.store import Verdict
from waitingroom.tokens import Pass, Ticket, Visitor

# A page that is loaded again comes back sooner; one that was closed does not.
GRACE_MS = 20_000
LOST = {"what": "lost", "retry_after": 2}


def status(request: HttpRequest, queue_id: int) -> HttpResponse:
    """The same for everyone, so that a shared cache may answer for a second."""
    try:
        standing = look(queue_id)
    except UnknownQueueError:
        return private(LOST, status=503)
    return for_a_second(JsonResponse(describe(standing)))


@csrf_exempt  # The short stack takes posts from our own pages only; there is no session to keep a token in.
@takes_posts
def join(request: HttpRequest, queue_id: int) -> HttpResponse:
    """A number for this browser; the one it has, if it has one, unless that is over (`again`)."""
    visitor = read_visitor(request)
    if visitor is None:
        return private({"what": "reload"}, status=403)
    ticket = read_ticket(request, queue_id, visitor)
    if ticket is not None and "again" not in request.GET:
        return private({"what": Verdict.NUMBER, "number": ticket.number})
    what, number = store.join(queue_id)
    if what == Verdict.LOST:
        return private(LOST, status=503)
    response = private({"what": what, "number": number})
    if what == Verdict.NUMBER:
        keep_ticket(response, Ticket(queue_id, number, visitor.device))
    return response


@csrf_exempt  # As above.
@takes_posts
def claim(request: HttpRequest, queue_id: int) -> HttpResponse:
    """The pass of a number that was called; asked again, the same one."""
    visitor = read_visitor(request)
    ticket = read_ticket(request, queue_id, visitor)
    if visitor is None or ticket is None:
        return private({"what": "reload"}, status=403)
    try:
        what, given = claim_pass(ticket, visitor)
    except UnknownQueueError:
        return private(LOST, status=503)
    response = private({"what": what})
    if given is not None:
        keep_pass(response, given)
    return response


def claim_pass(ticket: Ticket, visitor: Visitor) -> tuple[Verdict, Pass | None]:
    """What becomes of a number now. Raises UnknownQueueError, redis.RedisError."""
    place = look(ticket.queue_id).place_of(ticket.number)
    if place is None:
        return Verdict.WAITING, None
    admission = store.claim(ticket.queue_id, place, visitor.holder)
    if admission.verdict == Verdict.LOST:
        raise UnknownQueueError
    if admission.verdict != Verdict.ADMITTED:
        return admission.verdict, None
    given = Pass(ticket.queue_id, str(place), visitor.holder, admission.generation, admission.until_ms)
    return admission.verdict, given


@csrf_exempt  # As above.
@takes_posts
def leave(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Somebody gives up their place or pass; as the page closes (`closing`), only if they stay away."""
    visitor = read_visitor(request)
    is_closing = "closing" in request.GET
    leave_place(request, queue_id, visitor, grace_ms=GRACE_MS if is_closing else 0)
    response = HttpResponse(status=204)
    response.headers["Cache-Control"] = "no-store"
    if not is_closing:
        forget_place(response, queue_id)
    return response


def leave_place(request: HttpRequest, queue_id: int, visitor: Visitor | None, *, grace_ms: int = 0) -> None:
    """The pass, or else the number, of this browser. Raises redis.RedisError."""
    given, ticket = read_pass(request, queue_id), read_ticket(request, queue_id, visitor)
    if given is not None and visitor is not None and store.has_pass(queue_id, given.pass_id):
        store.leave(queue_id, given.pass_id, given.holder, grace_ms=grace_ms)
    elif ticket is not None and visitor is not None:
        try:
            place = look(queue_id).place_of(ticket.number)
        except UnknownQueueError:
            return
        if place is not None:
            store.leave(queue_id, place, visitor.holder, grace_ms=grace_ms)


def private(content: dict[str, object], *, status: int = 200) -> HttpResponse:
    response = HttpResponse(json.dumps(content), content_type="application/json", status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
