"""Four together in a stadium of 70,000, half sold: guests ask one by one, then 50 at the same moment.

`ratio` and `p95_ms` are those of the requests that find and hold the places, beside the bare view. The
run fails when a place has two owners, or when an answer is neither a basket nor a refusal.
"""

from collections.abc import Sequence
from itertools import count
from statistics import median

from django.core.cache import cache
from django.db import connection
from django.db.models import Count
from django.urls import reverse

from bench.load import Crowd, Request, Tally, UnexpectedAnswerError, Visitor
from bench.measure import CONNECTIONS, Plan, Report, bare_side, measure_in_turns, worker_peak_mb
from bench.requests import get, post, read_token
from bench.stadium import CAPACITY, PARTY, make_half_sold_stadium
from bookings.invariants import find_breaches
from bookings.models import BookingItem, Place
from events.models import EventSession
from venues.models import SeatCategory

CROWD = 50
REQUESTS_EACH = 4
REFUSED = 409


def measure(plan: Plan) -> Report:
    event_session = make_half_sold_stadium()
    categories = list(SeatCategory.objects.filter(plan=event_session.plan_id).values_list("pk", flat=True))
    cache.clear()
    connection.close()
    form = Form(event_session)
    Crowd(plan.site, [form.open()]).work(60)
    alone = Crowd(plan.site, [guest(form, categories, 0)])
    together = Crowd(plan.site, [guest(form, categories, number) for number in range(CONNECTIONS)])
    sides = {"bare": bare_side(plan, "/"), "alone": alone.work, "ours": together.work}
    tallies = measure_in_turns(sides, plan)
    rush = [hurry(plan, form, categories[0]) for _round in range(plan.rounds)]
    parties = check(event_session)
    speeds = {side: median(tally.per_second for tally in found) for side, found in tallies.items()}
    return Report(
        bench="best-available",
        value=round(speeds["ours"], 1),
        bare=round(speeds["bare"], 1),
        ratio=round(speeds["ours"] / speeds["bare"], 4),
        p50_ms=round(median(tally.percentile_ms(50) for tally in tallies["alone"]), 1),
        p95_ms=round(median(tally.percentile_ms(95) for tally in tallies["alone"]), 1),
        details={
            "places": CAPACITY,
            "through": "POST bookings:best",
            "together": PARTY,
            "p95_of_16_at_once_ms": round(median(tally.percentile_ms(95) for tally in tallies["ours"]), 1),
            "rush_clients": CROWD,
            "rush_requests": sum(len(tally.times) for tally in rush),
            "rush_p95_ms": round(median(tally.percentile_ms(95) for tally in rush), 1),
            "parties": parties,
            "rounds": {side: [round(tally.per_second, 1) for tally in found] for side, found in tallies.items()},
            "worker_peak_mb": worker_peak_mb(plan.web_pid),
            "connections": CONNECTIONS,
        },
    )


class Form:
    """The page's form, opened once: its token is good for everybody who comes without a basket."""

    def __init__(self, event_session: EventSession) -> None:
        self.page = reverse("bookings:seats", args=[event_session.pk])
        self.path = reverse("bookings:best", args=[event_session.pk])
        self.token = ""
        self.cookies: dict[str, str] = {}

    def open(self) -> Visitor:
        page = yield get(self.page)
        self.token, self.cookies = read_token(page), page.cookies()

    def ask(self, category: int, *, expect: tuple[int, ...]) -> Request:
        fields = {"csrfmiddlewaretoken": self.token, "category": category, "count": PARTY}
        return post(self.path, fields, cookies=self.cookies, expect=expect)


def guest(form: Form, categories: Sequence[int], number: int) -> Visitor:
    """Asks for four together in one price after the other, as somebody new each time."""
    for turn in count(number):
        yield form.ask(categories[turn % len(categories)], expect=(302,))


def hurry(plan: Plan, form: Form, category: int) -> Tally:
    """Fifty people want the same at once, some times over: the best four of one price."""
    return Crowd(plan.site, [hurried(form, category) for _person in range(CROWD)]).work(120)


def hurried(form: Form, category: int) -> Visitor:
    for _time in range(REQUESTS_EACH):
        yield form.ask(category, expect=(302, REFUSED))


def check(event_session: EventSession) -> int:
    """Nobody has a place that somebody else has too; returns how many parties got theirs."""
    held = Place.objects.filter(event_session=event_session, state=Place.State.HELD)
    items = BookingItem.objects.filter(event_session=event_session)
    shared = list(items.order_by().values("place").annotate(owners=Count("booking")).filter(owners__gt=1))
    if breaches := [*shared, *find_breaches()]:
        raise UnexpectedAnswerError(f"places with two owners: {breaches[:20]}")
    parties = held.values("booking").distinct().count()
    if held.count() != PARTY * parties:
        raise UnexpectedAnswerError(f"{held.count()} places are held by {parties} parties of {PARTY}")
    connection.close()
    return parties
