"""The waiting page: complete without JavaScript, and then loaded again by itself every few seconds."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from redis.exceptions import RedisError

from events.models import Event, EventSession
from ticketing.errors import DomainError
from waitingroom import store
from waitingroom.cookies import (
    forget_place,
    keep_pass,
    keep_ticket,
    keep_visitor,
    make_visitor,
    read_ticket,
    read_visitor,
)
from waitingroom.document import Turn, UnknownQueueError, describe, look, page_state, turn_of
from waitingroom.draw import ROUNDS
from waitingroom.errors import PassNeededError, QueueAwayError
from waitingroom.guard import check_pass
from waitingroom.models import Queue
from waitingroom.services.bypassing import redeem_code
from waitingroom.services.running import attend, recover_now
from waitingroom.store import Verdict
from waitingroom.tokens import Ticket, Visitor
from waitingroom.views.live import claim_pass, leave_place
from waitingroom.words import list_words, say_back, say_wait

LEAST_REFRESH = 3


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """Where somebody stands; posts are what the buttons do without JavaScript."""
    queue = get_queue(event_session_id)
    if queue.mode == Queue.Mode.OFF:
        # Nobody waits any more: it was switched off, or the date was cancelled, which the event's page says.
        event_session = queue.event_session
        return redirect(event_session.event) if event_session.is_called_off else redirect(event_session)
    visitor = current_visitor(request)
    try:
        attend(queue, timezone.now())
        if request.method == "POST":
            response = act(request, queue, visitor)
        elif is_admitted(request, queue):
            response = redirect("bookings:seats", event_session_id)
        else:
            response = show(request, queue, visitor)
    except (QueueAwayError, RedisError):
        response = show_away(request, queue)
    if visitor != read_visitor(request):
        keep_visitor(response, visitor)
    return response


def get_queue(event_session_id: int) -> Queue:
    """Raises Http404 where the public may not look, and where there is none."""
    visible = EventSession.objects.exclude(status=EventSession.Status.DRAFT).filter(event__in=Event.objects.visible())
    queues = Queue.objects.select_related("event_session__event", "event_session__hall__venue")
    return get_object_or_404(queues, pk=event_session_id, event_session__in=visible.values("pk"))


def current_visitor(request: HttpRequest) -> Visitor:
    """This browser with whoever is signed in now; a new one where it has no cookie of ours."""
    user_id = request.user.pk if request.user.is_authenticated else 0
    known = read_visitor(request)
    return Visitor(known.device, user_id) if known else make_visitor(user_id)


def is_admitted(request: HttpRequest, queue: Queue) -> bool:
    """A pass in hand, or nothing to wait for. Raises QueueAwayError where there is no telling."""
    try:
        check_pass(request, queue.pk)
    except QueueAwayError:
        # Perhaps Redis only lost it: with the database at hand it goes on at once.
        recover_now(queue.pk)
        return False
    except PassNeededError:
        return False
    return True


def show(
    request: HttpRequest, queue: Queue, visitor: Visitor, *, state: str = "", refusal: DomainError | None = None
) -> HttpResponse:
    """The page; in `state`, where a claim was answered just now."""
    standing = look(queue.pk)
    document = describe(standing)
    ticket = read_ticket(request, queue.pk, visitor)
    turn = turn_of(standing, ticket.number) if ticket else None
    zone = queue.event_session.hall.venue.zone
    # Without JavaScript somebody must see their call in time to answer it.
    most_seconds = max(LEAST_REFRESH, queue.claim_seconds // 3)
    context = {
        "queue": queue,
        "event_session": queue.event_session,
        "document": document,
        "turn": turn,
        "shown_number": turn.number + 1 if turn else "",
        "state": state or state_for(queue.pk, document, turn),
        "wait": say_wait(turn.wait) if turn else "",
        "back": say_back(turn.wait, timezone.now(), zone) if turn else "",
        "words": list_words(),
        "refresh_seconds": min(document["poll_after"] * 3, most_seconds),
        "refusal": refusal,
        "code": request.POST.get("code", ""),
    }
    return render(request, "waitingroom/queue.html", context, status=refusal.status if refusal else 200)


def state_for(queue_id: int, document: dict[str, Any], turn: Turn | None) -> str:
    """As the document has it, except for numbers that answered their call already."""
    state = page_state(document, turn)
    if turn is None or turn.place is None or state not in {"called", "missed"}:
        return state
    answer = store.read_answer(queue_id, turn.place)
    if answer == Verdict.SOON:
        return "sold_out" if document["sold_out"] else "soon"
    return "missed" if answer == Verdict.USED else state


def show_away(request: HttpRequest, queue: Queue) -> HttpResponse:
    context = {"queue": queue, "event_session": queue.event_session}
    response = render(request, "waitingroom/away.html", context, status=503)
    response.headers["Retry-After"] = "3"
    return response


def act(request: HttpRequest, queue: Queue, visitor: Visitor) -> HttpResponse:
    """One button: join, claim, leave or code."""
    actions = {"join": join, "again": join, "claim": claim, "leave": leave, "code": use_code}
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        raise Http404
    try:
        return action(request, queue, visitor)
    except UnknownQueueError as fault:
        raise QueueAwayError(queue_id=queue.pk) from fault
    except DomainError as refusal:
        if isinstance(refusal, QueueAwayError):
            raise
        return show(request, queue, visitor, refusal=refusal)


def join(request: HttpRequest, queue: Queue, visitor: Visitor) -> HttpResponse:
    response = redirect(queue)
    known = read_ticket(request, queue.pk, visitor)
    if known is None or request.POST["action"] == "again":
        what, number = store.join(queue.pk)
        if what == Verdict.LOST:
            raise UnknownQueueError
        if what == Verdict.NUMBER:
            keep_ticket(response, Ticket(queue.pk, number, visitor.device))
    return response


def claim(request: HttpRequest, queue: Queue, visitor: Visitor) -> HttpResponse:
    ticket = read_ticket(request, queue.pk, visitor)
    if ticket is None:
        return redirect(queue)
    what, given = claim_pass(ticket, visitor)
    if what in {Verdict.SOON, Verdict.ELSEWHERE}:
        return show(request, queue, visitor, state=str(what))
    if given is None:
        return redirect(queue)
    response = redirect("bookings:seats", queue.pk)
    keep_pass(response, given)
    return response


def leave(request: HttpRequest, queue: Queue, visitor: Visitor) -> HttpResponse:
    leave_place(request, queue.pk, visitor)
    response = redirect(queue.event_session.event)
    forget_place(response, queue.pk)
    return response


def use_code(request: HttpRequest, queue: Queue, visitor: Visitor) -> HttpResponse:
    given = redeem_code(queue_id=queue.pk, text=request.POST.get("code", ""), visitor=visitor)
    response = redirect("bookings:seats", queue.pk)
    keep_pass(response, given)
    return response


@never_cache
@require_safe
def draw(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """The commitment, the seed once it is out, and anybody's place worked out from the two."""
    queue = get_queue(event_session_id)
    try:
        standing = look(queue.pk)
    except (UnknownQueueError, RedisError):
        return show_away(request, queue)
    document = describe(standing)
    number = read_number(request.GET.get("number", ""))
    turn = turn_of(standing, number) if number is not None and document["seed"] else None
    ticket = read_ticket(request, queue.pk, read_visitor(request))
    context = {
        "queue": queue,
        "event_session": queue.event_session,
        "document": document,
        "asked": request.GET.get("number", ""),
        "is_wrong": "number" in request.GET and (number is None or number >= standing.issued),
        "turn": turn if number is not None and number < standing.issued else None,
        "shown_place": turn.place + 1 if turn and turn.place is not None else None,
        "mine": ticket.number + 1 if ticket else None,
        "rounds": range(ROUNDS),
    }
    return render(request, "waitingroom/draw.html", context)


def read_number(text: str) -> int | None:
    """People count from 1; None for what is no number."""
    return int(text) - 1 if text.isdecimal() and 0 < len(text) < 12 and int(text) > 0 else None
