"""Who may stand at a gate, and how the others are told."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

View = Callable[..., HttpResponse]


# A gate asks twice a second, so a yes is kept for its sign-in. Whoever is blocked or loses the role
# may go on for so long; signing out works at once.
REMEMBER_SECONDS = 10


def get_gatekeeper_id(request: HttpRequest) -> int:
    """Who stands at the gate, of a request that `gate_only` let through."""
    return int(request.session[SESSION_KEY])


def is_remembered(request: HttpRequest) -> bool:
    """Whether this sign-in was allowed a moment ago; costs no query."""
    user_id = request.session.get(SESSION_KEY)
    return user_id is not None and caches["process"].get(memory_of(request)) == user_id


def remember(request: HttpRequest) -> None:
    caches["process"].set(memory_of(request), request.session[SESSION_KEY], REMEMBER_SECONDS)


def memory_of(request: HttpRequest) -> str:
    return f"may-scan:{request.session.session_key}"


def wants_json(request: HttpRequest) -> bool:
    return (
        request.content_type == "application/json"
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )


def gate_only(view: View) -> View:
    """Let in people who may scan; others sign in, or learn that the role is missing."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if is_remembered(request):
            return view(request, *args, **kwargs)
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        if request.user.has_perm("scanner.add_scan"):
            remember(request)
            return view(request, *args, **kwargs)
        if wants_json(request):
            return refuse("not_allowed", _("You need the Gate role to check tickets."), 403)
        raise PermissionDenied

    return wrapped


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return refuse("sign_in", _("Please sign in first."), 401)
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL))
    return redirect_to_login(request.get_full_path() if request.method == "GET" else resolve_url("scanner:home"))


def refuse(code: str, message: str, status: int) -> JsonResponse:
    """No answer about a ticket, but why there is none; never mistaken for one, because it has no result."""
    return JsonResponse({"error": code, "message": message}, status=status)
