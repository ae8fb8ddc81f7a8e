"""Pages that are the same for everyone: no cookie, no session, one shared cache."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Protocol, runtime_checkable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve

View = Callable[..., HttpResponse]


@runtime_checkable
class PublicView(Protocol):
    """A view that `public_page` marked."""

    query: tuple[str, ...]
    flags: tuple[str, ...]

    def __call__(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse: ...


# Tells the page cache how long a copy is fresh; it never leaves the house.
SECONDS_HEADER = "X-Public-Page"


def public_page(*, query: Iterable[str] = (), flags: Iterable[str] = ()) -> Callable[[View], View]:
    """Mark a GET view as the same for every visitor; nothing personal may be rendered in it.

    It is asked with these parameters only, `flags` without their value: what else an address has, such as
    the marks of a newsletter or of somebody who wants to fill the cache, leads to the same page.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if response.status_code == 200 and request.method in {"GET", "HEAD"}:
                seconds = settings.PUBLIC_PAGE_SECONDS
                response.headers["Cache-Control"] = f"public, max-age={seconds}, stale-while-revalidate=30"
                if request.method == "GET":
                    response.headers[SECONDS_HEADER] = str(seconds)
            return response

        wrapped.query, wrapped.flags = tuple(query), tuple(flags)  # type: ignore[attr-defined]
        return wrapped

    return mark


def drop_unknown_query(request: HttpRequest) -> None:
    """Leave only the parameters that the page knows and that say something, in its own order."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return
    if not isinstance(view, PublicView):
        return
    asked, known = request.GET, QueryDict(mutable=True)
    for name in view.query:
        if value := asked.get(name):
            known[name] = value
    for name in view.flags:
        if name in asked:
            known[name] = ""
    request.META["QUERY_STRING"] = known.urlencode()
    request.GET = QueryDict(request.META["QUERY_STRING"])
