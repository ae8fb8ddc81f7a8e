import hashlib
import logging
from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]

# A copy outlives its freshness, so that browsing still answers while the database is away.
STALE_SECONDS = 3600


class PublicPageCacheMiddleware:
    """Serve pages marked by `public_page` from Redis: one read, no session, no database."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not is_public_path(request.path_info):
            return self.get_response(request)
        key = page_key(request)
        if page := read_page(key):
            return page
        response = self.get_response(request)
        if response.status_code == 503:
            return read_page(f"{key}:stale") or response
        keep_page(key, response)
        return response


def is_public_path(path: str) -> bool:
    return path == "/" or path.startswith("/events/")


def page_key(request: HttpRequest) -> str:
    address = f"{request.scheme}://{request.get_host()}{request.get_full_path()}"
    return "page:" + hashlib.sha256(address.encode()).hexdigest()


def read_page(key: str) -> HttpResponse | None:
    try:
        kept = cache.get(key)
    except (RedisError, OSError):
        return None
    if kept is None:
        return None
    content, headers = kept
    return HttpResponse(content, headers=headers)


def keep_page(key: str, response: HttpResponse) -> None:
    seconds = int(response.headers.pop("X-Public-Page", 0))
    if not seconds or response.cookies or response.streaming:
        return
    page = (response.content, dict(response.headers))
    try:
        cache.set(key, page, seconds)
        cache.set(f"{key}:stale", page, STALE_SECONDS)
    except (RedisError, OSError):
        logger.warning("page cache away")


class DatabaseAwayMiddleware:
    """When the database cannot be reached, say so kindly with 503 and Retry-After."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, (OperationalError, InterfaceError)):
            return None
        logger.error("database away", exc_info=exception)
        try:
            response = render(request, "503.html", status=503)
        except DatabaseError:
            response = HttpResponse(status=503)
        response.headers["Retry-After"] = "10"
        return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere; the admin's own one only below /admin/."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.path_info.startswith("/admin/"):
            response._csp_update = settings.ADMIN_CONTENT_SECURITY_POLICY
        return super().process_response(request, response)
