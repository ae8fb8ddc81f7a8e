import hashlib
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from redis.exceptions import RedisError

from ticketing.database_away import is_database_away, say_database_is_away
from ticketing.public_pages import SECONDS_HEADER, drop_unknown_query

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]

# A copy outlives its freshness, so that browsing still answers while the database is away.
# Addresses with a query are without number, so theirs must not fill the cache for long.
KEEP_SECONDS = 3600
KEEP_QUERY_SECONDS = 120
# While one visitor's request makes a page anew, others get the copy, if it is no older than this.
REVALIDATE_SECONDS = 30
REVALIDATE_LOCK_SECONDS = 5


class KeptPage(NamedTuple):
    kept_at: float
    fresh_seconds: int
    content: bytes
    headers: dict[str, str]

    def age(self) -> float:
        return time.time() - self.kept_at

    def response(self) -> HttpResponse:
        return HttpResponse(self.content, headers=self.headers)


class PublicPageCacheMiddleware:
    """Serve pages marked by `public_page` from Redis: one read, no session, no database."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not is_public_path(request.path_info):
            return self.get_response(request)
        if request.META.get("QUERY_STRING"):
            drop_unknown_query(request)
        key = page_key(request)
        page = read_page(key)
        if page is not None and may_serve(key, page):
            return page.response()
        response = self.get_response(request)
        if response.status_code == 503 and page is not None:
            return page.response()
        keep_page(key, request, response)
        return response


def is_public_path(path: str) -> bool:
    return path == "/" or path.startswith("/events/")


def page_key(request: HttpRequest) -> str:
    address = f"{request.scheme}://{request.get_host()}{request.get_full_path()}"
    return "page:" + hashlib.sha256(address.encode()).hexdigest()


def may_serve(key: str, page: KeptPage) -> bool:
    """Whether the copy is fresh, or stale for a moment while someone else's request makes a new one."""
    if page.age() < page.fresh_seconds:
        return True
    if page.age() > page.fresh_seconds + REVALIDATE_SECONDS:
        return False
    try:
        return not cache.add(f"{key}:lock", 1, REVALIDATE_LOCK_SECONDS)
    except (RedisError, OSError):
        return False


def read_page(key: str) -> KeptPage | None:
    try:
        kept = cache.get(key)
    except (RedisError, OSError):
        return None
    return None if kept is None else KeptPage(*kept)


def keep_page(key: str, request: HttpRequest, response: HttpResponse) -> None:
    seconds = int(response.headers.get(SECONDS_HEADER, 0))
    del response.headers[SECONDS_HEADER]
    # A page that looked at the cookies is not the same for everyone, whatever its view promised.
    if not seconds or response.cookies or response.streaming or "cookie" in response.get("Vary", "").lower():
        return
    page = KeptPage(time.time(), seconds, response.content, dict(response.headers))
    keep_seconds = KEEP_QUERY_SECONDS if request.GET else KEEP_SECONDS
    try:
        cache.set(key, tuple(page), keep_seconds)
        cache.delete(f"{key}:lock")
    except (RedisError, OSError):
        logger.warning("page cache away")


class DatabaseAwayMiddleware:
    """When the database cannot be reached, say so kindly with 503 and Retry-After."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        # Faults in middleware do not come here; `ticketing.views.server_error` sees those.
        return say_database_is_away(request, exception) if is_database_away(exception) else None


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere; the admin's own one only below /admin/."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith("/admin/"):
            response._csp_update = settings.ADMIN_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]
        return super().process_response(request, response)
