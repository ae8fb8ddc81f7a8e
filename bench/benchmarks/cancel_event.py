"""A session with 20,000 bookings is cancelled, and the workers are killed three times while they give the money back.

`value` is bookings in a second, from the click until the last refund is with the provider and the last mail is sent,
the time that is lost with each kill included; `p50_ms` is the click, after which nothing is sold any more. Fails
unless every booking was refunded and told exactly once. BENCH_BOOKINGS=500 tries it with fewer.
"""

import os
import re
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from django.db import connection
from django.utils import timezone

from bench.data import make_event, make_plan
from bench.load import UnexpectedAnswerError
from bench.measure import Plan, Report, bare_side
from bench.workers import PROCESSES, kill, start_worker
from bookings.invariants import find_breaches as find_inventory_breaches
from bookings.models import Booking, BookingItem, Place, Ticket
from events.models import EventSession, PriceTier
from notifications.models import Notification
from payments.invariants import find_breaches as find_money_breaches
from payments.models import CalledOffBooking, Payment, Receipt, Refund
from payments.receipts.content import describe_sale
from payments.services.calling_off import call_off_session
from payments.services.ledger import make_capture, make_sale, post
from payments.services.receipts import get_series
from ticketing.money import to_minor_units
from ticketing.outbox.models import Message
from ticketing.outbox.services import CALL

BOOKINGS = int(os.environ.get("BENCH_BOOKINGS", "20000"))
COLUMNS = 160
SLICE = 500
KILLS = (0.2, 0.45, 0.7)
# Without one more booking in so long a time, something is wrong.
PATIENCE_SECONDS = 180


def measure(plan: Plan) -> Report:
    event_session = make_event(1, make_plan(max(ceil(BOOKINGS / COLUMNS), 4), COLUMNS)).sessions.get()
    sell_singly(event_session)
    bare = bare_side(plan, "/")
    speeds = [bare(plan.seconds).per_second for _round in range(plan.rounds)]
    with TemporaryDirectory(prefix="mails-") as mails:
        begin = time.perf_counter()
        call_off_session(
            event_session_id=event_session.pk, reason="The hall is flooded.", actor=None, now=timezone.now()
        )
        ended = time.perf_counter() - begin
        work_and_kill(mails)
        seconds = time.perf_counter() - begin
        repeats = check(mails)
    value = BOOKINGS / seconds
    return Report(
        bench="cancel-event",
        value=round(value, 1),
        unit="bookings/s",
        bare=round(median(speeds), 1),
        ratio=round(value / median(speeds), 4),
        p50_ms=round(ended * 1000, 1),
        p95_ms=round(ended * 1000, 1),
        details={
            "bookings": BOOKINGS,
            "seconds": round(seconds, 1),
            "worker_kills": len(KILLS),
            "mails_taken_twice": repeats,
        },
    )


def sell_singly(event_session: EventSession) -> None:
    """Paid bookings of one seat each, as the shop would have left them, in the tables and at the provider.

    Written in bulk: sold one by one, they would take longer than what is measured.
    """
    now = timezone.now()
    prices = PriceTier.objects.filter(event_session=event_session).select_related("ticket_type").order_by("-pk")
    usual = {tier.category_id: tier for tier in prices}
    places = Place.objects.filter(event_session=event_session).select_related("section", "seat")
    chosen = list(places.order_by("pk")[:BOOKINGS])
    for first in range(0, len(chosen), SLICE):
        items = [
            make_item(event_session, place, usual[place.category_id], now) for place in chosen[first : first + SLICE]
        ]
        payments = pay(items, now)
        issue(items, now)
        tell_provider(payments)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Place._meta.db_table} place JOIN {BookingItem._meta.db_table} item ON item.place_id = place.id"
            " SET place.state = 'sold', place.booking_id = item.booking_id WHERE place.event_session_id = %s",
            [event_session.pk],
        )


def make_item(event_session: EventSession, place: Place, tier: PriceTier, now: datetime) -> BookingItem:
    booking = Booking(
        name="Alice",
        phone="+436601234567",
        email=f"guest{place.pk}@example.com",
        currency=event_session.event.currency,
        status=Booking.Status.CONFIRMED,
        created_at=now,
        held_until=now,
        confirmed_at=now,
    )
    item = BookingItem(booking=booking, event_session=event_session, place=place, ticket_type=tier.ticket_type)
    item.price, item.fee = tier.price, tier.price * 0
    return item


def pay(items: Sequence[BookingItem], now: datetime) -> list[Payment]:
    Booking.objects.bulk_create(item.booking for item in items)
    BookingItem.objects.bulk_create(items)
    payments = []
    for item in items:
        payment = Payment(booking=item.booking, gateway="sandbox", provider_id=f"pay_{item.booking.pk}")
        payment.status, payment.amount = Payment.Status.PAID, item.price
        payment.created_at = payment.paid_at = now
        payments.append(payment)
    Payment.objects.bulk_create(payments)
    post(
        *(make_capture(payment, now) for payment in payments),
        *(make_sale(item.booking, [item], now) for item in items),
    )
    return payments


def issue(items: Sequence[BookingItem], now: datetime) -> None:
    """Tickets and receipts."""
    Ticket.objects.bulk_create(
        Ticket(booking=item.booking, item=item, event_session=item.event_session, place=item.place, issued_at=now)
        for item in items
    )
    series = get_series(now)
    receipts = []
    for number, item in enumerate(items, series.last_number + 1):
        posting = f"sale:{item.booking.pk}"
        receipt = Receipt(series=series, number=number, booking=item.booking, posting=posting, issued_at=now)
        receipt.kind, receipt.total, receipt.tax = Receipt.Kind.SALE, item.price, Decimal(0)
        receipt.content = describe_sale(item.booking, [item])
        receipts.append(receipt)
    Receipt.objects.bulk_create(receipts)
    series.last_number += len(receipts)
    series.save(update_fields=["last_number"])


def tell_provider(payments: Sequence[Payment]) -> None:
    columns = "id, idempotency_key, reference, amount, currency, description, return_url, cancel_url, status"
    rows = [
        (
            each.provider_id,
            each.provider_id,
            str(each.public_id),
            to_minor_units(each.amount),
            str(each.amount.currency),
        )
        for each in payments
    ]
    with closing(sqlite3.connect(os.environ["BENCH_SANDBOX_STATE"], timeout=30)) as memory, memory:
        memory.executemany(
            f"INSERT INTO payment ({columns}, created_at, expires_at, paid_at)"
            " VALUES (?, ?, ?, ?, ?, '', '', '', 'paid', strftime('%s'), strftime('%s') + 900, strftime('%s'))",
            rows,
        )


def work_and_kill(mails: str) -> None:
    """Workers with a violent life, until nothing is left to do."""
    kills = [ceil(share * BOOKINGS) for share in KILLS]
    worker = start_worker(EMAIL_URL=f"filemail:///{mails}")
    try:
        most, moved_at = -1, time.monotonic()
        while Message.objects.filter(sent_at=None).exists():
            done = CalledOffBooking.objects.filter(status=CalledOffBooking.Status.DONE).count()
            told = Notification.objects.filter(status=Notification.Status.SENT).count()
            if done + told > most:
                most, moved_at = done + told, time.monotonic()
            if time.monotonic() - moved_at > PATIENCE_SECONDS:
                raise UnexpectedAnswerError(f"the workers stand still: {done} done, {told} told")
            if kills and done >= kills[0]:
                kills.pop(0)
                kill(worker)
                worker = start_worker(EMAIL_URL=f"filemail:///{mails}")
            # As beat does.
            CALL.wake()
            time.sleep(0.5)
    finally:
        kill(worker)
    if kills:
        raise UnexpectedAnswerError("the workers were quicker than their killer")


def check(mails: str) -> int:
    """Every booking has its money once, here and at the provider, and was told once; how many mails came twice.

    A mail server may have taken a mail as its worker died. The repeat has the same id, so that mail programs show one.
    """
    refunds = Counter(Refund.objects.values_list("payment__booking", flat=True))
    noted = Notification.objects.filter(kind="payments.called_off", status=Notification.Status.SENT)
    with closing(sqlite3.connect(os.environ["BENCH_SANDBOX_STATE"], timeout=30)) as memory:
        given = dict(memory.execute("SELECT payment_id, SUM(amount) FROM refund GROUP BY payment_id"))
    owed = {each.provider_id: to_minor_units(each.amount) for each in Payment.objects.all()}
    taken = read_mails(Path(mails))
    repeats = sum(len(ids) - 1 for ids in taken.values())
    faults = {
        "refunded in our books": len(refunds) != BOOKINGS or set(refunds.values()) != {1},
        "given": Refund.objects.exclude(status=Refund.Status.SUCCEEDED).exists(),
        "refunded at the provider": given != owed,
        "noted as told": noted.count() != BOOKINGS or noted.values("recipient").distinct().count() != BOOKINGS,
        "told": len(taken) != BOOKINGS or any(len(set(ids)) > 1 for ids in taken.values()),
        "told only once": repeats > len(KILLS) * PROCESSES,
        "void": Ticket.objects.filter(status=Ticket.Status.VALID).exists(),
        "corrected": Receipt.objects.filter(kind=Receipt.Kind.CORRECTION).count() != BOOKINGS,
    }
    if wrong := [name for name, is_wrong in faults.items() if is_wrong]:
        raise UnexpectedAnswerError(f"not every booking was, exactly once: {', '.join(wrong)}")
    if breaches := [*find_inventory_breaches(), *find_money_breaches()]:
        raise UnexpectedAnswerError(f"breaches: {breaches[:5]}")
    return repeats


def read_mails(folder: Path) -> dict[bytes, list[bytes]]:
    """Recipient -> ids of the mails that were taken for it."""
    found = defaultdict(list)
    # Mails of one second may share a file.
    for mail in (mail for file in folder.iterdir() for mail in file.read_bytes().split(b"-" * 79)):
        to, number = (re.search(rb"(?m)^%s: (\S+)" % name, mail) for name in (b"To", b"Message-ID"))
        # One that was being written as its worker died may be cut off.
        if to and number:
            found[to[1]].append(number[1])
    return found
