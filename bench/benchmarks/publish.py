"""Put sessions on sale: an 82,500-place one beside the bare SQL, then all matches of a real tournament,
two at a time as two workers do.

`value` is the seconds for one session, `bare` the seconds that the bare statement takes for as many rows:
the same columns from the same seats in a table with the two keys that selling needs, without checks and
foreign keys. `ratio` is bare beside ours.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection
from django.utils import timezone

from bench.data import make_draft_session, make_event, make_stadium_plan
from bench.load import UnexpectedAnswerError
from bench.measure import Plan, Report
from bookings.models import Place
from bookings.sample.tournament import read_json
from bookings.services.publishing import publish_event_session
from bookings.tasks import publish_session
from events.models import EventSession
from venues.models import SeatingPlan

CAPACITY = 82_500
WORKERS = 2
BARE = "bench_bare_place"
CREATE = f"""
    CREATE TABLE {BARE} (
        id BIGINT AUTO_INCREMENT PRIMARY KEY,
        event_session_id BIGINT NOT NULL, section_id BIGINT NOT NULL, category_id BIGINT NOT NULL, seat_id BIGINT,
        standing_number INT UNSIGNED, state VARCHAR(7) NOT NULL, booking_id BIGINT, held_until DATETIME(6),
        UNIQUE (seat_id, event_session_id), KEY (event_session_id, category_id, state)
    ) ENGINE=InnoDB
"""
INSERT = f"""
    INSERT INTO {BARE} (event_session_id, section_id, category_id, seat_id, state)
    SELECT %s, section_id, seat.category_id, seat.id, 'free'
    FROM venues_seat seat JOIN venues_section section ON section.id = section_id
    WHERE plan_id = %s ORDER BY seat.id
"""


@dataclass
class Clock:
    """Durations of what is done in `timing`, in seconds."""

    laps: list[float] = field(default_factory=list)

    @contextmanager
    def timing(self) -> Iterator[None]:
        begin = perf_counter()
        yield
        self.laps.append(perf_counter() - begin)


def measure(plan: Plan) -> Report:
    bare, ours = measure_one(plan.rounds)
    return Report(
        bench="publish",
        value=round(median(ours.laps), 3),
        unit="s",
        bare=round(median(bare.laps), 3),
        ratio=round(median(bare.laps) / median(ours.laps), 3),
        p50_ms=round(median(ours.laps) * 1000, 1),
        p95_ms=round(max(ours.laps) * 1000, 1),
        details={
            "places": CAPACITY,
            "rounds": {"bare": [round(lap, 3) for lap in bare.laps], "ours": [round(lap, 3) for lap in ours.laps]},
            **measure_tournament(),
            **server_settings(),
        },
    )


def measure_one(rounds: int) -> tuple[Clock, Clock]:
    """Bare, ours, bare, ours ... after one of each to warm up."""
    seating = make_stadium_plan(CAPACITY)
    bare, ours = Clock(), Clock()
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        for event_session in draft_sessions(seating, rounds + 1):
            with bare.timing():
                cursor.execute(INSERT, [event_session.pk, seating.pk])
            with ours.timing():
                publish_event_session(event_session_id=event_session.pk, now=timezone.now())
            check(event_session, CAPACITY)
        cursor.execute(f"DROP TABLE {BARE}")
    del bare.laps[0], ours.laps[0]
    return bare, ours


def measure_tournament() -> dict[str, object]:
    """104 matches in 16 stadiums in the order in which they are played, by two workers as `publish_session`."""
    saving, publishing = Clock(), Clock()
    sizes = {stadium["city"]: stadium["capacity"] for stadium in read_json("worldcup.stadiums.json")["stadiums"]}
    plans = {}
    for number, (city, capacity) in enumerate(sizes.items(), start=1):
        with saving.timing():
            plans[city] = make_stadium_plan(capacity)
        say(f"{number} of {len(sizes)} stadiums drawn, read and saved")
    matches = sorted(read_json("worldcup.json")["matches"], key=lambda match: (match["date"], match["time"]))
    before = Place.objects.count()
    sessions = [draft_sessions(plans[match["ground"]], 1)[0] for match in matches]
    say("Publishing the matches")
    with publishing.timing(), ThreadPoolExecutor(WORKERS) as workers:
        laps = list(workers.map(publish, [event_session.pk for event_session in sessions]))
    for event_session, match in zip(sessions, matches, strict=True):
        check(event_session, sizes[match["ground"]])
    places = Place.objects.count() - before
    if places != sum(sizes[match["ground"]] for match in matches):
        raise UnexpectedAnswerError(f"the tournament has {places} places")
    return {
        "tournament_seconds": round(sum(publishing.laps), 1),
        "tournament_workers": WORKERS,
        "tournament_matches": len(matches),
        "tournament_places": places,
        "tournament_slowest_seconds": round(max(laps), 2),
        "stadium_plans_seconds": round(sum(saving.laps), 1),
        "place_table_megabytes": table_megabytes(),
    }


def publish(event_session_id: int) -> float:
    """As a worker does; returns its seconds."""
    begin = perf_counter()
    publish_session(event_session_id)
    connection.close()
    return perf_counter() - begin


def draft_sessions(seating: SeatingPlan, count: int) -> list[EventSession]:
    event = make_event(0, seating)
    starts_at = timezone.now() + timedelta(days=30)
    return [make_draft_session(event, seating, starts_at + timedelta(days=day), 10) for day in range(count)]


def check(event_session: EventSession, capacity: int) -> None:
    event_session.refresh_from_db()
    if (event_session.status, event_session.free_places) != (EventSession.Status.PUBLISHED, capacity):
        raise UnexpectedAnswerError(f"{event_session} has {event_session.free_places} of {capacity} places on sale")


def table_megabytes() -> dict[str, float]:
    """All places in the database: rows, indexes, and the file that holds both."""
    table = Place._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE TABLE {table}")
        cursor.fetchall()
        cursor.execute(
            "SELECT data_length, index_length FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND table_name = %s",
            [table],
        )
        rows, indexes = cursor.fetchone()
        cursor.execute("SELECT @@datadir, DATABASE()")
        folder, schema = cursor.fetchone()
    file = Path(folder, schema, f"{table}.ibd").stat().st_size
    return {name: round(size / 1e6) for name, size in (("rows", rows), ("indexes", indexes), ("file", file))}


def server_settings() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@innodb_buffer_pool_size, @@innodb_flush_log_at_trx_commit")
        pool, flush = cursor.fetchone()
    return {"buffer_pool_megabytes": pool // 2**20, "flush_log_at_commit": flush}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
