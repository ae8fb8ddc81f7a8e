"""50 buyers fight for 200 seats until all are held; the figure is the seconds that takes."""

import random
import re
from statistics import median

from django.db import connection
from django.db.models import Count
from django.urls import reverse

from bench.data import make_event, make_plan
from bench.load import Crowd, Tally, UnexpectedAnswerError, Visitor
from bench.measure import Plan, Report, bare_side, worker_peak_mb
from bench.requests import get, post, read_token
from bookings.invariants import find_breaches
from bookings.models import BookingItem, Place
from events.models import EventSession

BUYERS = 50
ROWS, COLUMNS = 10, 20
FREE_SEAT = re.compile(rb'name="seat" value="(\d+)"[^>]*"></')


def measure(plan: Plan) -> Report:
    seating = make_plan(ROWS, COLUMNS)
    sessions = list(make_event(plan.rounds + 1, seating, customer_limit=ROWS * COLUMNS).sessions.all())
    connection.close()
    fight(plan, sessions.pop())  # To warm up.
    bare, fights = [], []
    for event_session in sessions:
        bare.append(bare_side(plan, "/")(plan.seconds))
        fights.append(fight(plan, event_session))
        check(event_session)
    seconds = median(tally.seconds for tally in fights)
    bare_per_second = median(tally.per_second for tally in bare)
    return Report(
        bench="contention",
        value=round(seconds, 3),
        unit="s",
        bare=round(bare_per_second, 1),
        # Seats given away in a second, beside the bare view's requests in a second.
        ratio=round(ROWS * COLUMNS / seconds / bare_per_second, 4),
        p50_ms=round(median(tally.percentile_ms(50) for tally in fights), 1),
        p95_ms=round(median(tally.percentile_ms(95) for tally in fights), 1),
        details={
            "rounds": [round(tally.seconds, 3) for tally in fights],
            "requests": [len(tally.times) for tally in fights],
            "worker_peak_mb": worker_peak_mb(plan.web_pid),
            "connections": BUYERS,
        },
    )


def fight(plan: Plan, event_session: EventSession) -> Tally:
    visitors = [buyer(event_session.pk, random.Random(number)) for number in range(BUYERS)]
    return Crowd(plan.site, visitors).work(120)


def buyer(event_session_id: int, chance: random.Random) -> Visitor:
    """Opens the map and takes any seat it shows as free, one after the other, until there is none left.

    Like the page, a buyer learns what is gone from the map that a refusal brings.
    """
    page = yield get(reverse("bookings:seats", args=[event_session_id]))
    token, cookies = read_token(page), page.cookies()
    free = FREE_SEAT.findall(page.body)
    path = reverse("bookings:hold", args=[event_session_id])
    while free:
        seat = free.pop(chance.randrange(len(free))).decode()
        fields = {"csrfmiddlewaretoken": token, "seat": seat}
        answer = yield post(path, fields, cookies=cookies, expect=(200, 409), is_htmx=True)
        cookies |= answer.cookies()
        if answer.status == 409:
            free = FREE_SEAT.findall(answer.body)


def check(event_session: EventSession) -> None:
    """Every seat is held, by one basket."""
    held = Place.objects.filter(event_session=event_session, state=Place.State.HELD).count()
    if held != ROWS * COLUMNS:
        raise UnexpectedAnswerError(f"{held} of {ROWS * COLUMNS} seats are held")
    items = BookingItem.objects.filter(event_session=event_session)
    shared = list(items.order_by().values("place").annotate(owners=Count("booking")).filter(owners__gt=1))
    if breaches := [*shared, *find_breaches()]:
        raise UnexpectedAnswerError(f"seats with two owners: {breaches}")
    connection.close()
