"""Pages that are the same for everyone: no cookie, no session, one shared cache."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]

# Tells the page cache how long a copy is fresh; it never leaves the house.
SECONDS_HEADER = "X-Public-Page"


def public_page(view: View) -> View:
    """Mark a GET view as the same for every visitor; nothing personal may be rendered in it."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and request.method in {"GET", "HEAD"}:
            seconds = settings.PUBLIC_PAGE_SECONDS
            response.headers["Cache-Control"] = f"public, max-age={seconds}, stale-while-revalidate=30"
            if request.method == "GET":
                response.headers[SECONDS_HEADER] = str(seconds)
        return response

    return wrapped
