"""Dates that take place at another time or in another hall: the session moves at once, workers tell everybody.

`reschedule` moves the session with all its places and notes every booking in one transaction. `ticketing.batches` then
deals with them: tickets that no equal place was left for are refunded in full, and each booking is told once.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from bookings.locks import lock_booking
from bookings.models import Booking, BookingItem, RescheduledBooking, Rescheduling, Ticket
from bookings.services.lifecycle import void_called_off
from bookings.services.replanning import Prices
from bookings.services.rescheduling import (
    NewDate,
    lock_for_move,
    move_session,
    note_bookings,
    note_places,
    retire_places,
)
from notifications.alarms import raise_alarm
from payments.models import Refund
from payments.services.cancelling import name_void, void_sale
from payments.services.promising import promise_from_booking
from ticketing.batches import Batch
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

TOPIC = "payments.rescheduling_goes_on"
# A payment that was under way when the session moved is confirmed within the payment window, or late.
WATCHED_FOR = timedelta(days=1)


@transaction.atomic(durable=True)
def reschedule(
    *,
    event_session_id: int,
    date: NewDate,
    deadline: datetime,
    reason: str,
    prices: Prices | None = None,
    actor: User | None,
    now: datetime,
) -> Rescheduling:
    """Move the session, and begin to tell everybody who holds tickets; they may answer until the deadline.

    Raises NotPublishedError, NothingMovedError, DateOverError, ClosesBeforeItOpensError, PricesMissingError.
    """
    event_session = lock_for_move(event_session_id, date, now)
    rescheduling = Rescheduling.objects.create(
        event_session=event_session,
        old_starts_at=event_session.starts_at,
        old_hall=event_session.hall,
        reason=reason,
        deadline=deadline,
        requested_by=actor,
        started_at=now,
    )
    # Before the places are locked: rows that point at bookings wait for those who are just confirming them.
    note_bookings(rescheduling)
    actor_id = actor.pk if actor else None
    move = move_session(event_session, date, prices=prices or {}, actor_id=actor_id, now=now)
    if move is not None:
        note_bookings(rescheduling)
        note_places(rescheduling, move)
    TELLING.start(rescheduling.pk)
    return rescheduling


def go_on(*, rescheduling_id: int) -> None:
    """Outbox handler: deal with the next bookings; a repeat changes nothing."""
    TELLING.go_on(rescheduling_id)


def deal_with_next(*, rescheduling: Rescheduling, now: datetime) -> RescheduledBooking | None:
    """Refund what one booking has no place for any more, and have it told; None when no booking waits."""
    return TELLING.deal_with_next(rescheduling, now)


def _deal(row: RescheduledBooking, rescheduling: Rescheduling, now: datetime) -> None:
    booking = lock_booking(row.booking_id)
    standing = booking.tickets.filter(event_session=rescheduling.event_session_id, status__in=Ticket.STANDING)
    tickets = list(standing.order_by("pk"))
    if row.unseated:
        # Another move since may have brought their seats back, or found others for them.
        off_plan = standing.exclude(place__section__plan=F("event_session__plan"))
        unseated = list(off_plan.filter(pk__in=row.unseated))
        row.unseated = [ticket.pk for ticket in unseated]
        if unseated:
            void_called_off(booking, unseated, now, actor_id=rescheduling.requested_by_id)
            give_back(booking, unseated, rescheduling, now)
        # Those of tickets too that somebody cancelled before.
        retire_places(rescheduling.event_session_id, actor_id=rescheduling.requested_by_id, now=now)
    if tickets:  # Who cancelled all of them was told then.
        publish("payments.date_moved", row_id=row.pk)


def give_back(booking: Booking, tickets: list[Ticket], rescheduling: Rescheduling, now: datetime) -> Decimal:
    """Inner step: all that was paid for these tickets, which became void, with fees; returns how much."""
    items = list(BookingItem.objects.filter(ticket__in=tickets).select_related("event_session").order_by("pk"))
    void = name_void(booking, tickets)
    amount = void_sale(booking, items, topic="payments.tickets_of_moved_date_voided", key=void, now=now)
    promise_from_booking(
        booking.pk,
        amount,
        reason=Refund.Reason.RESCHEDULED,
        key=f"{refund_key(rescheduling.pk)}{void}",
        now=now,
        note=rescheduling.reason[:200],
    )
    return amount


def refund_key(rescheduling_id: int) -> str:
    """What the keys of its refunds begin with."""
    return f"moved:{rescheduling_id}:"


def note_failures(rescheduling_id: int, count: int) -> None:
    raise_alarm("Bookings of a moved date were not dealt with", rescheduling_id=rescheduling_id, bookings=count)


TELLING = Batch(
    topic=TOPIC,
    jobs=Rescheduling,
    rows=RescheduledBooking,
    link="rescheduling",
    columns=["unseated"],
    deal=_deal,
    note_failures=note_failures,
)


@transaction.atomic(durable=True)
def resume_rescheduling(*, rescheduling_id: int) -> int:
    """Staff try the bookings that failed once more; returns how many."""
    return TELLING.try_again(rescheduling_id)


def watch_reschedulings(*, now: datetime) -> int:
    """Tell those whose payment for the old date came through after the move; returns how many there were."""
    watched = Rescheduling.objects.filter(Q(finished_at=None) | Q(started_at__gt=now - WATCHED_FOR))
    keys = list(watched.order_by("pk").values_list("pk", flat=True))
    return sum(retry_on_conflict(partial(_watch, key, now)) for key in keys)


@transaction.atomic(durable=True)
def _watch(rescheduling_id: int, now: datetime) -> int:
    rescheduling = Rescheduling.objects.get(pk=rescheduling_id)
    late = note_bookings(rescheduling, began_by=rescheduling.started_at)
    TELLING.wake(rescheduling, has_new=bool(late))
    # A customer may have cancelled before a worker came to a ticket that has no place on the plan.
    retire_places(rescheduling.event_session_id, actor_id=rescheduling.requested_by_id, now=now)
    return late
