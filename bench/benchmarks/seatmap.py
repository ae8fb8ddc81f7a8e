"""The map of a stadium of 70,000, half sold, while people go on buying.

The unit is one poll for what changed, by a viewer who looked 1.5 seconds ago; `ratio` sets it beside the
bare view. `p95_ms` is a section's seats as a fragment for somebody who looks at one after the other, in
details for 16 who do so at once; its sizes are as they go over the wire.
"""

import gzip
import re
from collections import deque
from collections.abc import Sequence
from itertools import cycle
from statistics import median
from time import monotonic
from typing import Any
from urllib.request import Request, urlopen

from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from bench.browser import measure_loads
from bench.load import Crowd, UnexpectedAnswerError, Visitor
from bench.measure import CONNECTIONS, Plan, Report, bare_side, measure_in_turns, worker_peak_mb
from bench.requests import get
from bench.stadium import CAPACITY, make_half_sold_stadium, people_buying
from events.models import EventSession
from venues.models import Section

BEHIND_SECONDS = 1.5
VERSION = re.compile(rb'"version":(\d+)')


def measure(plan: Plan) -> Report:
    event_session = make_half_sold_stadium()
    sections = list(Section.objects.filter(plan=event_session.plan_id).values_list("pk", flat=True))
    paths = [reverse("bookings:section", args=[event_session.pk, section]) for section in sections]
    page = reverse("bookings:seats", args=[event_session.pk])
    cache.clear()
    connection.close()
    history = History()
    sides = {
        "bare": bare_side(plan, "/"),
        "delta": Crowd(plan.site, [watcher(event_session, history) for _ in range(CONNECTIONS)]).work,
        "sections": Crowd(plan.site, [stroller(paths, start) for start in range(CONNECTIONS)]).work,
        "section": Crowd(plan.site, [stroller(paths, 0)]).work,
    }
    with people_buying(event_session):
        tallies = measure_in_turns(sides, plan)
        sizes = measure_sizes(plan.site, page, event_session, paths)
        changes = f"{reverse('bookings:availability', args=[event_session.pk])}?since={history.behind}"
        sizes["delta_bytes"] = len(fetch(plan.site + changes)[0])
        loads = measure_loads(plan.site + page)
    speeds = {side: median(tally.per_second for tally in found) for side, found in tallies.items()}
    return Report(
        bench="seatmap",
        value=round(speeds["delta"], 1),
        bare=round(speeds["bare"], 1),
        ratio=round(speeds["delta"] / speeds["bare"], 4),
        p50_ms=round(median(tally.percentile_ms(50) for tally in tallies["section"]), 1),
        p95_ms=round(median(tally.percentile_ms(95) for tally in tallies["section"]), 1),
        details={
            "places": CAPACITY,
            "sections": len(sections),
            "delta_p95_ms": round(median(tally.percentile_ms(95) for tally in tallies["delta"]), 1),
            "sections_per_second": round(speeds["sections"], 1),
            "p95_of_16_at_once_ms": round(median(tally.percentile_ms(95) for tally in tallies["sections"]), 1),
            **sizes,
            **loads,
            "rounds": {side: [round(tally.per_second, 1) for tally in found] for side, found in tallies.items()},
            "worker_peak_mb": worker_peak_mb(plan.web_pid),
            "connections": CONNECTIONS,
        },
    )


class History:
    """Which version was seen when, so that a viewer can ask from where one was a moment ago."""

    def __init__(self) -> None:
        self.seen: deque[tuple[float, int]] = deque()
        self.behind = 0

    def see(self, version: int) -> None:
        now = monotonic()
        self.seen.append((now, version))
        while self.seen and self.seen[0][0] <= now - BEHIND_SECONDS:
            self.behind = self.seen.popleft()[1]


def watcher(event_session: EventSession, history: History) -> Visitor:
    path = reverse("bookings:availability", args=[event_session.pk])
    while True:
        answer = yield get(f"{path}?since={history.behind}")
        found = VERSION.search(answer.body)
        if found is None:
            raise UnexpectedAnswerError("a delta without a version")
        history.see(int(found[1]))


def stroller(paths: Sequence[str], start: int) -> Visitor:
    """Looks at one section after the other, beginning at another one than everybody else."""
    requests = [get(path, is_gzip=True) for path in paths]
    for index in cycle(range(len(requests))):
        yield requests[(index + start * len(requests) // CONNECTIONS) % len(requests)]


def measure_sizes(site: str, page: str, event_session: EventSession, paths: Sequence[str]) -> dict[str, Any]:
    """Kilobytes compressed, whether the server does it or the proxy in front of it."""
    overview = reverse("bookings:overview", args=[event_session.pk])
    return {
        "overview_page_kb": fetch_kb(site + page),
        "overview_fragment_kb": fetch_kb(site + overview),
        "largest_section_kb": max(fetch_kb(site + path) for path in paths),
    }


def fetch_kb(url: str) -> float:
    body, is_compressed = fetch(url)
    return round(len(body if is_compressed else gzip.compress(body, 6)) / 1000, 1)


def fetch(url: str) -> tuple[bytes, bool]:
    with urlopen(Request(url, headers={"Accept-Encoding": "gzip"})) as answer:
        return answer.read(), answer.headers.get("Content-Encoding") == "gzip"
