"""The one document that everybody in the waiting room asks for: by Django, and by nginx from its cache.

The cache holds it for a second, so nearly every answer of nginx is from there; what it saves the site is
what a waiting crowd does not cost.
"""

from statistics import median

from django.db import connection
from django.urls import reverse

from bench.data import kept_queue, make_waiting_room
from bench.load import Crowd
from bench.measure import CONNECTIONS, Plan, Report, bare_side, measure_in_turns, worker_peak_mb
from bench.requests import reader


def measure(plan: Plan) -> Report:
    queue = make_waiting_room()
    path = reverse("waitingroom:status", args=[queue.pk])
    sides = {
        "bare": bare_side(plan, "/"),
        "ours": Crowd(plan.site, [reader(path) for _ in range(CONNECTIONS)]).work,
        "nginx": Crowd(plan.nginx, [reader(path) for _ in range(CONNECTIONS)]).work,
    }
    connection.close()
    with kept_queue(queue):
        tallies = measure_in_turns(sides, plan)
    speeds = {side: median(tally.per_second for tally in found) for side, found in tallies.items()}
    ours = tallies["ours"]
    return Report(
        bench="queue-status",
        value=round(speeds["ours"], 1),
        bare=round(speeds["bare"], 1),
        ratio=round(speeds["ours"] / speeds["bare"], 4),
        p50_ms=round(median(tally.percentile_ms(50) for tally in ours), 1),
        p95_ms=round(median(tally.percentile_ms(95) for tally in ours), 1),
        queries=0,
        details={
            "nginx_per_second": round(speeds["nginx"], 1),
            "nginx_ratio": round(speeds["nginx"] / speeds["bare"], 2),
            "rounds": {side: [round(tally.per_second, 1) for tally in found] for side, found in tallies.items()},
            "worker_peak_mb": worker_peak_mb(plan.web_pid),
            "connections": CONNECTIONS,
        },
    )
