"""A million people in one queue, from the lobby to the last pass, in simulated time.

A sample joins over HTTP, in the same lobby; another goes all the way over HTTP in a queue of its own. `value`
is the most memory that the queue ever had in Redis beside its active passes, in MB. It fails when somebody is
called out of turn, a pass is given twice, or more people are inside than may be.
"""

import time
from statistics import median
from typing import Any

from django.urls import reverse

from bench.data import kept_queue, make_waiting_room
from bench.load import Crowd, Request, Tally, UnexpectedAnswerError, Visitor
from bench.measure import CONNECTIONS, Plan, Report, bare_side
from bench.requests import get, post_json
from bench.waiting_crowd import Crowd as WaitingCrowd
from ticketing.redis import redis_client
from waitingroom import store
from waitingroom.cookies import TICKET, VISITOR, make_visitor

PEOPLE, IN_LOBBY, CAPACITY = 1_000_000, 100_000, 2000
BY_HTTP, ALL_THE_WAY = 2000, 400
MOST_SECONDS = 600
OURS = {"Sec-Fetch-Site": "same-origin"}


def measure(plan: Plan) -> Report:
    for name in ("join", "claim", "leave", "bind", "finish", "look", "configure"):
        script = store.script(name)
        redis_client().script_load(script.script)
    bare = bare_side(plan, "/")(plan.seconds)
    crowd = WaitingCrowd(people=PEOPLE, in_lobby=IN_LOBBY, capacity=CAPACITY)
    seconds, microseconds = redis_client().time()
    crowd.begin(seconds * 1000 + microseconds // 1000)
    joined = join_over_http(plan, crowd)
    way = go_all_the_way(plan)
    began_at = time.monotonic()
    crowd.live()
    errors, held = crowd.judge_estimates()
    judge(crowd)
    return Report(
        bench="queue-million",
        value=round(crowd.peak_bytes / 1e6, 3),
        unit="MB",
        bare=round(bare.per_second, 1),
        ratio=round(joined.per_second / bare.per_second, 4),
        p50_ms=round(joined.percentile_ms(50), 1),
        p95_ms=round(joined.percentile_ms(95), 1),
        queries=0,
        details={
            "people": crowd.people,
            "in_lobby": crowd.in_lobby,
            "active_passes_at_most": crowd.most_inside,
            "passes_mb": round(crowd.peak_pass_bytes / 1e6, 3),
            "unused_share": round(crowd.unused / crowd.served_seconds, 4),
            "called_out_of_turn": crowd.out_of_turn,
            "passes_given_twice": crowd.given_twice,
            "passes_given": sum(crowd.had_pass),
            "estimate_error_median": round(median(errors), 3),
            "estimate_range_held": round(held, 3),
            "claims": dict(crowd.verdicts),
            "simulated_hours": round(crowd.served_seconds / 3600, 1),
            "took_seconds": round(time.monotonic() - began_at),
            "http_joins_per_second": round(joined.per_second, 1),
            **way,
        },
    )


def judge(crowd: WaitingCrowd) -> None:
    wrong = {
        "called out of turn": crowd.out_of_turn,
        "passes given twice": crowd.given_twice,
        "too many inside": max(0, crowd.most_inside - crowd.capacity),
    }
    if any(wrong.values()):
        raise UnexpectedAnswerError(str(wrong))


def join_over_http(plan: Plan, crowd: WaitingCrowd) -> Tally:
    """The first of the lobby, as browsers do it."""
    path = reverse("waitingroom:join", args=[crowd.queue_id])
    share = BY_HTTP // CONNECTIONS
    tally = Crowd(plan.site, [join_once(path, share) for _ in range(CONNECTIONS)]).work(MOST_SECONDS)
    crowd.note_joined(share * CONNECTIONS)
    return tally


def join_once(path: str, times: int) -> Visitor:
    for _ in range(times):
        yield ask(path, {VISITOR: make_visitor().seal()})


def go_all_the_way(plan: Plan) -> dict[str, Any]:
    """Join, ask until called, claim: in a queue that goes by the real clock."""
    queue = make_waiting_room(capacity=ALL_THE_WAY)
    share = ALL_THE_WAY // CONNECTIONS
    with kept_queue(queue):
        joiners = [Person(queue.pk) for _ in range(share * CONNECTIONS)]
        parts = [joiners[start::CONNECTIONS] for start in range(CONNECTIONS)]
        Crowd(plan.site, [take_numbers(part) for part in parts]).work(MOST_SECONDS)
        time.sleep(2)
        claims = Crowd(plan.site, [claim_all(part) for part in parts]).work(MOST_SECONDS)
    admitted = sum(person.is_in for person in joiners)
    # By the first guess more are called than may come in; the others hear "one moment".
    if admitted != len(joiners):
        raise UnexpectedAnswerError(f"{admitted} of {len(joiners)} came in over HTTP")
    return {"http_claims_per_second": round(claims.per_second, 1), "http_admitted": admitted}


class Person:
    """A browser with its cookies."""

    def __init__(self, queue_id: int) -> None:
        self.queue_id = queue_id
        self.cookies = {VISITOR: make_visitor().seal()}
        self.is_in = False

    def path(self, what: str) -> str:
        return reverse(f"waitingroom:{what}", args=[self.queue_id])


def take_numbers(people: list[Person]) -> Visitor:
    for person in people:
        answer = yield ask(person.path("join"), person.cookies)
        person.cookies |= {TICKET.format(person.queue_id): answer.cookies()[TICKET.format(person.queue_id)]}


def claim_all(people: list[Person]) -> Visitor:
    for person in people:
        yield get(person.path("status"), ends_unit=False)
        answer = yield ask(person.path("claim"), person.cookies)
        person.is_in = b'"pass"' in answer.body


def ask(path: str, cookies: dict[str, str]) -> Request:
    line = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return post_json(path, b"", headers={**OURS, "Cookie": line})
