"""Who may stand at a gate, and how the others are told."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from redis.exceptions import RedisError

View = Callable[..., HttpResponse]


# A person whose role is taken away may go on for so long; signing out or blocking works at once.
REMEMBER_SECONDS = 10


def may_scan(request: HttpRequest) -> bool:
    """Whether the role allows it; a yes is remembered for this sign-in, because a gate asks twice a second."""
    key = f"may-scan:{request.session.session_key}"
    try:
        if cache.get(key):
            return True
    except (RedisError, OSError):
        return request.user.has_perm("scanner.add_scan")
    is_allowed = request.user.has_perm("scanner.add_scan")
    if is_allowed:
        with suppress(RedisError, OSError):
            cache.set(key, 1, REMEMBER_SECONDS)
    return is_allowed


def wants_json(request: HttpRequest) -> bool:
    return (
        request.content_type == "application/json"
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )


def gate_only(view: View) -> View:
    """Let in people who may scan; others sign in, or learn that the role is missing."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        if may_scan(request):
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
