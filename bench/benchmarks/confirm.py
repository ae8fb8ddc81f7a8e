"""A provider says that bookings are paid: from its signed message to tickets, made by the real worker.

The messages come on 16 connections; a round ends when the last of them is processed, and its figure is bookings in a
second. The worker looks after tickets alone, as one does beside the others: what follows (mails, receipts) waits in
the outbox. `p50_ms` and `p95_ms` are for one message at a time.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain, islice
from math import ceil
from statistics import median
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bench.data import free_seats, make_client, make_event, make_plan
from bench.load import Crowd, Request, Tally, UnexpectedAnswerError, Visitor
from bench.measure import CONNECTIONS, WARM_UP_SECONDS, Plan, Report, bare_side, measure_in_turns, worker_peak_mb
from bench.queries import count_queries
from bench.requests import post_json
from bench.workers import running_worker
from bookings.invariants import find_breaches as find_inventory_breaches
from bookings.models import Booking
from bookings.selectors import summarise
from bookings.services.holds import hold_places
from bookings.services.lifecycle import Contact, start_checkout
from payments.invariants import find_breaches as find_money_breaches
from payments.models import Payment, ProviderEvent
from payments.sandbox.courier import sign
from payments.services.events import take_over_at_once
from ticketing.money import to_minor_units

ROWS, COLUMNS = 36, 40
TICKETS = 2
# More than any machine confirmed so far; whoever confirms them all gets a shorter round.
MOST_IN_A_SECOND = 220
CALM = 100
PATIENCE = timedelta(minutes=2)


def measure(plan: Plan) -> Report:
    wanted = ceil((plan.seconds * plan.rounds + WARM_UP_SECONDS) * MOST_IN_A_SECOND) + CALM + 1
    payments = iter(make_payments(wanted))
    queries = count_statements(next(payments))
    calm = list(islice(payments, CALM))
    crowd = Crowd(plan.site, [provider(payments) for _ in range(CONNECTIONS)])
    connection.close()
    sides = {"bare": bare_side(plan, "/"), "ours": lambda seconds: confirm(crowd, seconds)}
    with running_worker("--queues=tickets"):
        tallies = measure_in_turns(sides, plan)
        alone = confirm_one_by_one(plan, calm)
    speeds = {side: median(tally.per_second for tally in found) for side, found in tallies.items()}
    return Report(
        bench="confirm",
        value=round(speeds["ours"], 1),
        bare=round(speeds["bare"], 1),
        ratio=round(speeds["ours"] / speeds["bare"], 4),
        p50_ms=round(alone.percentile_ms(50), 1),
        p95_ms=round(alone.percentile_ms(95), 1),
        queries=queries,
        details={
            "tickets_each": TICKETS,
            "confirmed": check(),
            "rounds": {side: [round(tally.per_second, 1) for tally in found] for side, found in tallies.items()},
            "worker_peak_mb": worker_peak_mb(plan.web_pid),
            "connections": CONNECTIONS,
        },
    )


def make_payments(count: int) -> list[Payment]:
    """Bookings of two seats each whose customers are at the provider now."""
    event = make_event(ceil(count * TICKETS / (ROWS * COLUMNS)) + 1, make_plan(ROWS, COLUMNS))
    by_session: dict[int, list[int]] = {}
    for event_session_id, seat_id in free_seats(event):
        by_session.setdefault(event_session_id, []).append(seat_id)
    parties = chain.from_iterable(
        ((event_session_id, seats[first : first + TICKETS]) for first in range(0, len(seats), TICKETS))
        for event_session_id, seats in by_session.items()
    )
    return [go_to_provider(event_session_id, seats) for event_session_id, seats in islice(parties, count)]


def go_to_provider(event_session_id: int, seats: list[int]) -> Payment:
    now = timezone.now()
    basket = hold_places(
        event_session_id=event_session_id, seat_ids=seats, standing={}, booking_id=None, buyer=None, now=now
    )
    # Somebody else each time, or one customer would soon have as much of the session as one may.
    contact = Contact(name="Alice", phone=f"+43660{basket.pk:07}", email=f"alice{basket.pk}@example.com")
    booking = start_checkout(booking_id=basket.pk, contact=contact, buyer=None, now=now)
    return Payment.objects.create(
        booking=booking,
        gateway="sandbox",
        provider_id=f"pay_{booking.pk}",
        amount=summarise(booking).total,
        created_at=now,
    )


def provider(payments: Iterator[Payment]) -> Visitor:
    """Tells of one paid payment after the other."""
    for payment in payments:
        yield paid_message(payment)


def paid_message(payment: Payment) -> Request:
    body = paid_body(payment)
    headers = {"Sandbox-Signature": sign(settings.SANDBOX_WEBHOOK_SECRET, body, time.time())}
    return post_json(reverse("payments:webhook", args=["sandbox"]), body, headers=headers, expect=(204,))


def paid_body(payment: Payment) -> bytes:
    facts = {
        "id": payment.provider_id,
        "status": "paid",
        "amount": to_minor_units(payment.amount),
        "currency": str(payment.amount.currency),
        "last_error": "",
        "reference": str(payment.public_id),
    }
    return json.dumps({"id": f"evt_{payment.pk}", "type": "payment.paid", "data": {"payment": facts}}).encode()


def confirm(crowd: Crowd, seconds: float) -> Tally:
    """Messages for so long; the time until the last of their tickets counts too."""
    begin = time.perf_counter()
    tally = crowd.work(seconds)
    wait_until(lambda: not ProviderEvent.objects.filter(processed_at=None).exists(), every=0.05)
    tally.seconds = time.perf_counter() - begin
    connection.close()
    return tally


def confirm_one_by_one(plan: Plan, payments: list[Payment]) -> Tally:
    """What one customer waits from the provider's message to the tickets."""
    tally = Tally(0)
    for payment in payments:
        begin = time.perf_counter()
        Crowd(plan.site, [iter_once(paid_message(payment))]).work(60)
        wait_until(Booking.objects.filter(pk=payment.booking_id, status=Booking.Status.CONFIRMED).exists)
        tally.times.append(time.perf_counter() - begin)
    return tally


def iter_once(request: Request) -> Visitor:
    yield request


def wait_until(is_done: Callable[[], bool], *, every: float = 0.002) -> None:
    patience_ends = time.monotonic() + PATIENCE.total_seconds()
    while not is_done():
        if time.monotonic() > patience_ends:
            raise UnexpectedAnswerError("the worker did not finish")
        time.sleep(every)


def check() -> int:
    """Every booking whose payment is paid has its tickets, and all sums are right."""
    if breaches := [*find_inventory_breaches(), *find_money_breaches()]:
        raise UnexpectedAnswerError(f"breaches: {breaches[:5]}")
    told = ProviderEvent.objects.values_list("payload__data__payment__id", flat=True)
    paid = Payment.objects.filter(status=Payment.Status.PAID)
    if lost := len(set(told)) - paid.count():
        raise UnexpectedAnswerError(f"{lost} messages were answered and changed nothing")
    if lost := paid.exclude(booking__status=Booking.Status.CONFIRMED).count():
        raise UnexpectedAnswerError(f"{lost} paid bookings have no tickets")
    return paid.count()


def count_statements(payment: Payment) -> int:
    """Of the request and of the worker that it calls."""
    client = make_client()
    with patch("payments.services.events.call_worker", take_over_at_once):
        queries = count_queries(lambda: deliver(client, payment), status=204)
    if not Booking.objects.filter(pk=payment.booking_id, status=Booking.Status.CONFIRMED).exists():
        raise UnexpectedAnswerError("the message was processed, and there are no tickets")
    return queries


def deliver(client: Client, payment: Payment) -> Any:
    body = paid_body(payment)
    headers = {"Sandbox-Signature": sign(settings.SANDBOX_WEBHOOK_SECRET, body, time.time())}
    return client.post(
        reverse("payments:webhook", args=["sandbox"]), body, content_type="application/json", headers=headers
    )
