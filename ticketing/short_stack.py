"""Answers below /live/ by the view alone: no session, no other middleware.

What thousands of browsers ask for every second or two must cost little more than the view itself. Such
a view is the same for everyone, reads no session and no user (there is none), and says by itself how
long its answer may be kept.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import Resolver404, resolve
from redis.exceptions import RedisError

from ticketing.database_away import RETRY_SECONDS, is_database_away

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
View = TypeVar("View", bound=Callable[..., HttpResponse])

PREFIX = "/live/"
METHODS = ["GET", "HEAD"]
REDIS_RETRY_SECONDS = 3
# What opens such an answer as a page of its own gets nothing to run or to load.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class ShortStackMiddleware:
    """Placed first; everything below /live/ ends here."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        response = answer(request)
        # Without a length the server would send chunks, and close the connection of a HEAD.
        response.headers["Content-Length"] = str(len(response.content))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.method == "HEAD":
            response.content = b""
        return response


def answer(request: HttpRequest) -> HttpResponse:
    try:
        view, arguments, named = resolve(request.path_info)
        methods = ["POST"] if getattr(view, "takes_posts", False) else METHODS
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        if request.method == "POST" and not comes_from_us(request):
            return say("This request did not come from our own pages.", status=403)
        response: HttpResponse = view(request, *arguments, **named)
    except (Resolver404, Http404):
        return say("Not found.", status=404)
    except RedisError:
        logger.warning("redis away", extra={"path": request.path_info})
        return say("Please try again in a moment.", status=503, retry_seconds=REDIS_RETRY_SECONDS)
    except Exception as fault:
        if not is_database_away(fault):
            raise
        logger.warning("database away", exc_info=fault)
        return say("Please try again in a moment.", status=503, retry_seconds=RETRY_SECONDS)
    return response


def takes_posts(view: View) -> View:
    """For a view here that changes something: it answers posts alone, and only those from our own pages."""
    view.takes_posts = True  # type: ignore[attr-defined]
    return view


def comes_from_us(request: HttpRequest) -> bool:
    """There is no token without a session; browsers say by themselves which site a request comes from."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def for_a_second(response: HttpResponse) -> HttpResponse:
    """The same for everyone, and a shared cache may keep it so long."""
    response.headers["Cache-Control"] = "public, max-age=1"
    # nginx counts whole seconds, so “for one second” would be up to two; told an end, it keeps until that is over.
    response.headers["X-Accel-Expires"] = f"@{int(time.time())}"
    return response


def say(text: str, *, status: int, retry_seconds: int | None = None) -> HttpResponse:
    """Kept by nobody: a session that is put on show a moment later must not be hidden by an old answer."""
    response = HttpResponse(text, content_type="text/plain", status=status)
    response.headers["Cache-Control"] = "no-store"
    if retry_seconds is not None:
        response.headers["Retry-After"] = str(retry_seconds)
    return response
