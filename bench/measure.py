"""Rounds in turns (bare, ours, bare, ours ...), medians, and the report."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from bench.bare_table import ROWS, TABLE
from bench.load import Crowd, Tally, Visitor
from bench.requests import reader

CONNECTIONS = 16
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where the servers are, and how long to measure."""

    site: str
    bare: str
    uncached: str
    nginx: str
    web_pid: int
    seconds: float
    rounds: int

    @classmethod
    def from_environment(cls, *, seconds: float, rounds: int) -> "Plan":
        env = os.environ
        return cls(
            site=env["BENCH_SITE"],
            bare=env["BENCH_BARE"],
            uncached=env["BENCH_UNCACHED"],
            nginx=env.get("BENCH_NGINX", ""),
            web_pid=int(env["BENCH_WEB_PID"]),
            seconds=seconds,
            rounds=rounds,
        )


@dataclass(frozen=True, kw_only=True)
class Report:
    bench: str
    value: float
    unit: str = "/s"
    bare: float
    ratio: float
    p50_ms: float
    p95_ms: float
    queries: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def compare(
    name: str,
    plan: Plan,
    visitors: Sequence[Visitor],
    *,
    queries: int | None,
    writes: bool = False,
    uncached: Sequence[Visitor] = (),
) -> Report:
    """Our visitors beside the bare view, one after the other in every round."""
    sides: dict[str, Callable[[float], Tally]] = {"bare": bare_side(plan, "/")}
    if writes:
        make_bare_table()
        sides["bare_update"] = bare_side(plan, "/update")
    if uncached:
        sides["uncached"] = Crowd(plan.uncached, uncached).work
    sides["ours"] = Crowd(plan.site, visitors).work
    connection.close()
    tallies = measure_in_turns(sides, plan)
    speeds = {side: median(tally.per_second for tally in found) for side, found in tallies.items()}
    ours = tallies["ours"]
    details = {
        **{f"{side}_per_second": round(speed, 1) for side, speed in speeds.items() if side not in {"ours", "bare"}},
        "rounds": {side: [round(tally.per_second, 1) for tally in found] for side, found in tallies.items()},
        "worker_peak_mb": worker_peak_mb(plan.web_pid),
        "connections": len(visitors),
    }
    if writes:
        details["ratio_to_bare_update"] = round(speeds["ours"] / speeds["bare_update"], 3)
    if uncached:
        details["uncached_ratio"] = round(speeds["uncached"] / speeds["bare"], 4)
    return Report(
        bench=name,
        value=round(speeds["ours"], 1),
        bare=round(speeds["bare"], 1),
        ratio=round(speeds["ours"] / speeds["bare"], 4),
        p50_ms=round(median(tally.percentile_ms(50) for tally in ours), 1),
        p95_ms=round(median(tally.percentile_ms(95) for tally in ours), 1),
        queries=queries,
        details=details,
    )


def measure_in_turns(sides: dict[str, Callable[[float], Tally]], plan: Plan) -> dict[str, list[Tally]]:
    """Other work on the machine then slows every side alike."""
    for work in sides.values():
        work(WARM_UP_SECONDS)
    tallies: dict[str, list[Tally]] = {side: [] for side in sides}
    for _round in range(plan.rounds):
        for side, work in sides.items():
            tallies[side].append(work(plan.seconds))
    return tallies


def bare_side(plan: Plan, path: str) -> Callable[[float], Tally]:
    return Crowd(plan.bare, [reader(path) for _ in range(CONNECTIONS)]).work


def make_bare_table() -> None:
    """The table of the bare project's UPDATE, in the same database."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB")
        cursor.executemany(f"INSERT INTO {TABLE} VALUES (%s, 0)", [(number,) for number in range(1, ROWS + 1)])


def worker_peak_mb(master_pid: int) -> int | None:
    """The most memory that a worker of this gunicorn ever had, in MB; Linux only."""
    children = Path(f"/proc/{master_pid}/task/{master_pid}/children")
    if not children.exists():
        return None
    peaks = []
    for pid in children.read_text().split():
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                peaks.append(int(line.split()[1]))
    return round(max(peaks) / 1024)


def show(report: Report) -> None:
    flat = replace(report, details={})
    rows = {**asdict(flat), **report.details}
    del rows["details"]
    width = max(len(name) for name in rows)
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}")
    print(json.dumps(asdict(report)), flush=True)
