"""What somebody without a pass is told, wherever they ask: the way to the queue."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from waitingroom.errors import PassNeededError, QueueAwayError

View = Callable[..., HttpResponse]


def behind_queue(view: View) -> View:
    """For views that call `guard.check_pass`: 403 with the way to the queue, 503 while it does not answer."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (PassNeededError, QueueAwayError) as refusal:
            return refuse(request, refusal)

    return answer


def refuse(request: HttpRequest, refusal: PassNeededError | QueueAwayError) -> HttpResponse:
    address = reverse("waitingroom:queue", args=[refusal.facts["queue_id"]])
    is_away = isinstance(refusal, QueueAwayError)
    context = {"refusal": refusal, "address": address, "is_away": is_away}
    response = render(request, "waitingroom/refused.html", context, status=refusal.status)
    response.headers["Cache-Control"] = "no-store"
    if is_away:
        response.headers["Retry-After"] = "3"
    elif "HX-Request" in request.headers:
        # htmx would swap nothing for a 403, but it follows this whatever the status is.
        response.headers["HX-Redirect"] = address
    return response
