"""What every open map asks for again and again: the same for everyone, on the short stack of middleware.

A shared cache may keep each answer for a second.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string

from bookings.availability import read_delta
from bookings.seatmap.hall import HallView, view_overview, view_section
from bookings.seatmap.scene import Scene, get_scene
from ticketing.compressed import CompressedPage
from ticketing.kept import Kept

PUBLIC = "public, max-age=1"
# An unchanged drawing may be sent again for a while, a changed one for a second: its version tells the
# browser what to ask for.
KEEP_SECONDS, KEEP_UNCHANGED_SECONDS = 1, 10
MOST_BYTES = 8 * 1024 * 1024


class Drawn(NamedTuple):
    made_at: float
    version: int
    page: CompressedPage


DRAWN: Kept[object, Drawn] = Kept(MOST_BYTES, weigh=lambda drawn: len(drawn.page.content) + 500)


def availability(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """What changed since a version, in one Redis call."""
    since = request.GET.get("since", "0")
    delta = read_delta(event_session_id, int(since) if since.isdecimal() and len(since) < 16 else 0)
    if request.headers.get("If-None-Match") == delta.etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(delta.as_json(), content_type="application/json")
    response.headers["ETag"] = delta.etag
    response.headers["Cache-Control"] = PUBLIC
    return response


def overview(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """The sections of a large hall; 404 where the public may not see the session."""
    scene, version = get_scene(event_session_id)
    return respond(request, scene, version, None, partial(view_overview, scene, version))


def section(request: HttpRequest, event_session_id: int, section_id: int) -> HttpResponse:
    """The seats of one section; 404 for sections of other plans."""
    scene, version = get_scene(event_session_id)
    found = scene.get_section(section_id)
    return respond(request, scene, version, section_id, partial(view_section, scene, version, found))


def respond(
    request: HttpRequest, scene: Scene, version: int, section_id: int | None, view: Callable[[], HallView]
) -> HttpResponse:
    now = time.monotonic()
    unit = min(int(settings.PUBLIC_PAGE_SECONDS), 1)

    def is_fresh(drawn: Drawn) -> bool:
        seconds = KEEP_UNCHANGED_SECONDS if drawn.version == version else KEEP_SECONDS
        return now - drawn.made_at < seconds * unit

    def draw() -> Drawn:
        context = {"hall": view(), "event_session": scene.event_session}
        return Drawn(now, version, CompressedPage.of(render_to_string("bookings/_hall.html", context)))

    key = (scene.event_session.pk, scene.plan.pk, section_id, scene.prices_key)
    response = DRAWN.get(key, draw, is_fresh=is_fresh).page.respond(request)
    response.headers["Cache-Control"] = PUBLIC
    return response
