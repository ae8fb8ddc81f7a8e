"""Answers below /live/ by the view alone: no session, no cookie, no other middleware.

What thousands of browsers ask for every second or two must cost little more than the view itself. Such
a view is the same for everyone, reads no session and no user (there is none), and says by itself how
long its answer may be kept.
"""

import logging
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import Resolver404, resolve
from redis.exceptions import RedisError

from ticketing.database_away import RETRY_SECONDS, is_database_away

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]

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
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    try:
        view, arguments, named = resolve(request.path_info)
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


def say(text: str, *, status: int, retry_seconds: int | None = None) -> HttpResponse:
    """Kept by nobody: a session that is put on show a moment later must not be hidden by an old answer."""
    response = HttpResponse(text, content_type="text/plain", status=status)
    response.headers["Cache-Control"] = "no-store"
    if retry_seconds is not None:
        response.headers["Retry-After"] = str(retry_seconds)
    return response
