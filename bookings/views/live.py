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

from bookings.availability import Moment, read_delta
from bookings.seating.occupancy import taken_seats
from bookings.seatmap.hall import HallView, view_overview, view_section
from bookings.seatmap.scene import Scene, get_scene
from ticketing.compressed import CompressedPage
from ticketing.kept import Kept
from ticketing.short_stack import for_a_second

# A drawing may be sent again for a second, and longer while its seats are the same: its version tells the browser
# what to ask for, which grows with its age only while others change.
KEEP_SECONDS, KEEP_ALIKE_SECONDS, KEEP_UNCHANGED_SECONDS = 1, 5, 30
MOST_BYTES = 8 * 1024 * 1024


class Drawn(NamedTuple):
    """`states` are those of the seats in it, one byte each; an overview has none."""

    made_at: float
    version: int
    states: bytes
    page: CompressedPage

    def seconds_to_keep(self, version: int, states: bytes) -> int:
        # Standing places change without a new version, so an overview is never taken for unchanged.
        if not states or self.states != states:
            return KEEP_SECONDS
        return KEEP_UNCHANGED_SECONDS if self.version == version else KEEP_ALIKE_SECONDS


DRAWN: Kept[object, Drawn] = Kept(MOST_BYTES, weigh=lambda drawn: len(drawn.page.content) + len(drawn.states) + 500)


def availability(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """What changed since a version, in one Redis call."""
    since = request.GET.get("since", "0")
    delta = read_delta(event_session_id, int(since) if since.isdecimal() and len(since) < 16 else 0)
    if request.headers.get("If-None-Match") == delta.etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(delta.as_json(), content_type="application/json")
    response.headers["ETag"] = delta.etag
    return for_a_second(response)


def overview(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """The sections of a large hall; 404 where the public may not see the session."""
    scene, moment = get_scene(event_session_id)
    return respond(request, scene, moment, partial(view_overview, scene, moment))


def section(request: HttpRequest, event_session_id: int, section_id: int) -> HttpResponse:
    """The seats of one section; 404 for sections of other plans."""
    scene, moment = get_scene(event_session_id)
    found = scene.get_section(section_id)
    taken = taken_seats(scene.event_session.pk, scene.plan.pk)
    slots = map(taken.rows.slots_in_row, taken.rows.rows_in_section(section_id))
    states = b"".join(taken.states[row.start : row.stop] for row in slots)
    view = partial(view_section, scene, moment, found)
    return respond(request, scene, moment, view, section_id=section_id, states=states)


def respond(
    request: HttpRequest,
    scene: Scene,
    moment: Moment,
    view: Callable[[], HallView],
    *,
    section_id: int | None = None,
    states: bytes = b"",
) -> HttpResponse:
    now = time.monotonic()
    unit = min(int(settings.PUBLIC_PAGE_SECONDS), 1)

    def is_fresh(drawn: Drawn) -> bool:
        return now - drawn.made_at < unit * drawn.seconds_to_keep(moment.version, states)

    def draw() -> Drawn:
        context = {"hall": view(), "event_session": scene.event_session}
        html = render_to_string("bookings/_hall.html", context)
        return Drawn(now, moment.version, states, CompressedPage.of(html))

    key = (scene.event_session.pk, scene.plan.pk, section_id, scene.prices_key)
    return for_a_second(DRAWN.get(key, draw, is_fresh=is_fresh).page.respond(request))
