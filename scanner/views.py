import json
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from events.models import EventSession
from scanner.access import gate_only, get_gatekeeper_id, refuse, wants_json
from scanner.answers import Answer, answer_for
from scanner.forms import ScanForm, make_nonce
from scanner.selectors import count_attendance, get_gate_session, list_gate_sessions
from scanner.services import check_in
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

# Before midnight too, people queue for what begins after it.
SOON = timedelta(hours=4)


@never_cache
@require_safe
@gate_only
def home(request: HttpRequest) -> HttpResponse:
    """Choose the session whose door one stands at."""
    return render_home(request)


@never_cache
@require_safe
@gate_only
def gate(request: HttpRequest, event_session_id: int) -> HttpResponse:
    return render_gate(request, get_gate_session(event_session_id))


@never_cache
@require_safe
@gate_only
def attendance(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """“312 of 738 in”; the gate's page asks for it every few seconds."""
    event_session = get_gate_session(event_session_id)
    context = {"event_session": event_session, "attendance": count_attendance(event_session.pk)}
    return render(request, "scanner/_attendance.html", context)


@never_cache
@require_POST
@gate_only
def validate(request: HttpRequest) -> HttpResponse:
    """Check a ticket in: JSON for programs, a fragment for htmx, the whole page for plain forms.

    A rejected ticket is an answer and so a 200; 4xx means that there is none.
    """
    form = ScanForm(read_fields(request))
    if not form.is_valid():
        return render_failure(request, str(next(iter(form.errors.values()))[0]), "invalid", 422)
    fields = form.cleaned_data
    try:
        scan = retry_on_conflict(
            lambda: check_in(
                code=fields["code"],
                event_session_id=fields["event_session"],
                nonce=fields["nonce"],
                scanned_by_id=get_gatekeeper_id(request),
                now=timezone.now(),
            )
        )
    except DomainError as refusal:
        return render_failure(request, str(refusal), refusal.code, refusal.status)
    return render_answer(request, answer_for(scan), fields["event_session"])


def read_fields(request: HttpRequest) -> Any:
    """The posted fields, from a form or a JSON object; anything else has none."""
    if request.content_type != "application/json":
        return request.POST
    try:
        fields = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def render_answer(request: HttpRequest, answer: Answer, event_session_id: int) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(answer.as_data())
    if getattr(request, "htmx", False):
        return render(request, "scanner/_result.html", {"answer": answer})
    return render_gate(request, get_gate_session(event_session_id), answer=answer)


def render_failure(request: HttpRequest, message: str, code: str, status: int) -> HttpResponse:
    if wants_json(request):
        return refuse(code, message, status)
    if getattr(request, "htmx", False):
        return render(request, "scanner/_result.html", {"failure": message}, status=status)
    session_id = request.POST.get("event_session", "")
    if not session_id.isdecimal() or len(session_id) > 18:
        return render_home(request, failure=message, status=status)
    return render_gate(request, get_gate_session(int(session_id)), failure=message, status=status)


def render_home(request: HttpRequest, *, failure: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    search = request.GET.get("q", "").strip()[:100]
    sessions = list_gate_sessions(now=now, search=search)
    today = [session for session in sessions if is_today(session, now)]
    later = [session for session in sessions if session not in today]
    context = {"today": today, "later": later, "search": search, "failure": failure}
    return render(request, "scanner/home.html", context, status=status)


def is_today(event_session: EventSession, now: datetime) -> bool:
    """By the venue's calendar; one that began yesterday and still runs counts too, and one soon after midnight."""
    if event_session.starts_at - now <= SOON:
        return True
    zone = event_session.hall.venue.zone
    return event_session.starts_at.astimezone(zone).date() <= now.astimezone(zone).date()


def render_gate(
    request: HttpRequest, event_session: EventSession, *, status: int = 200, **outcome: object
) -> HttpResponse:
    context = {
        "event_session": event_session,
        "attendance": count_attendance(event_session.pk),
        "nonce": make_nonce(),
        **outcome,
    }
    response = render(request, "scanner/gate.html", context, status=status)
    # A camera is for this page alone, and for nothing that might be framed in it.
    response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    return response
