import sys

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ticketing.database_away import is_database_away, say_database_is_away


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """The last word on any fault, also one in a middleware, where no exception hook is asked."""
    fault = sys.exc_info()[1]
    if fault is not None and is_database_away(fault):
        return say_database_is_away(request, fault)
    return render(request, "500.html", status=500)


def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """The process and the two services it cannot sell without answer; 503 otherwise."""
    checks = {"database": database_answers, "redis": redis_answers}
    failed = [name for name, answers in checks.items() if not answers()]
    return JsonResponse({"ready": not failed, "failed": failed}, status=503 if failed else 200)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # Whatever the driver raises means the same here.
        return False
    return True


def redis_answers() -> bool:
    try:
        cache.get("ready")
    except Exception:  # Whatever the client raises means the same here.
        return False
    return True
