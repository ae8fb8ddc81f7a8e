"""Dates that will not take place: the sale ends at once, then workers give everybody their money back.

`call_off_session` and `call_off_event` end the sale and note every booking in one transaction. Chains of outbox
messages then deal with a few bookings each and publish their next message behind what others published meanwhile,
so that twenty thousand refunds hold up nobody's tickets. A worker that dies leaves its message to the next one; a
booking is dealt with in one transaction of its own, whose row, posting and refunds exist once.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from djmoney.money import Money

from accounts.models import User
from bookings.locks import lock_booking, lock_event_session
from bookings.models import Booking, BookingItem, Ticket
from bookings.services.lifecycle import void_called_off
from events.models import Event, EventSession
from notifications.alarms import raise_alarm
from payments.errors import NothingToCallOffError
from payments.locks import lock_next_called_off
from payments.models import CalledOffBooking, CallOff, Refund
from payments.services.cancelling import name_void, take_back
from payments.services.refunds import promise_from_booking, retry_refund
from ticketing.outbox.models import Message
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)

# One message deals with so many bookings, well within an outbox lease.
BATCH = 25
# Chains of messages, so that two workers share the work; more would crowd out what others wait for.
CHAINS = 2
TOPIC = "payments.call_off_goes_on"
Status = CalledOffBooking.Status
# A payment that was being confirmed as the sale ended commits seconds later; a worker may be away for hours.
WATCHED_FOR = timedelta(days=1)


@transaction.atomic(durable=True)
def call_off_session(*, event_session_id: int, reason: str, actor: User | None, now: datetime) -> CallOff:
    """End the sale of one session and begin to give everybody's money back. Raises NothingToCallOffError.

    Also while it runs or when it is over: an evening may break off, and tickets that were used count too.
    """
    event_session = lock_event_session(event_session_id)
    if event_session.status != EventSession.Status.PUBLISHED:
        raise NothingToCallOffError(title=event_session)
    call_off = CallOff(event_id=event_session.event_id, reason=reason, requested_by=actor, started_at=now)
    return _begin(call_off, [event_session])


@transaction.atomic(durable=True)
def call_off_event(*, event_id: int, reason: str, actor: User | None, now: datetime) -> CallOff:
    """The same for an event with every session that is not over yet. Raises NothingToCallOffError."""
    on_show = EventSession.objects.filter(event=event_id, status=EventSession.Status.PUBLISHED, ends_at__gt=now)
    sessions = [lock_event_session(pk) for pk in on_show.order_by("pk").values_list("pk", flat=True)]
    ended = Event.objects.filter(pk=event_id, status=Event.Status.PUBLISHED).update(status=Event.Status.CANCELLED)
    if not ended:
        raise NothingToCallOffError(title=Event.objects.get(pk=event_id))
    call_off = CallOff(event_id=event_id, is_whole_event=True, reason=reason, requested_by=actor, started_at=now)
    # Another call-off may have been quicker with one of them, before we had its lock.
    return _begin(call_off, [each for each in sessions if each.status == EventSession.Status.PUBLISHED])


def _begin(call_off: CallOff, sessions: Sequence[EventSession]) -> CallOff:
    EventSession.objects.filter(pk__in=[each.pk for each in sessions]).update(status=EventSession.Status.CANCELLED)
    call_off.save()
    call_off.sessions.set(sessions)
    note_bookings(call_off)
    _start_chains(call_off.pk)
    return call_off


def note_bookings(call_off: CallOff) -> int:
    """Inner step: a row for each booking that holds valid tickets and has none yet; returns how many are new."""
    valid = Ticket.objects.filter(event_session__call_offs=call_off, status=Ticket.Status.VALID)
    holders = Booking.objects.filter(pk__in=valid.values("booking"))
    # Read without a lock first: rows of the table are locked by the workers that are at them.
    unnoted = holders.exclude(pk__in=CalledOffBooking.objects.filter(call_off=call_off).values("booking"))
    rows = [CalledOffBooking(call_off=call_off, booking=booking) for booking in unnoted.only("currency").order_by("pk")]
    for row in rows:
        row.amount = Money(0, row.booking.currency)
    CalledOffBooking.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)


def _start_chains(call_off_id: int) -> None:
    for _chain in range(CHAINS):
        publish(TOPIC, call_off_id=call_off_id)


def go_on(*, call_off_id: int) -> None:
    """Outbox handler: deal with the next bookings, then hand on to the next message; a repeat changes nothing."""
    call_off = CallOff.objects.get(pk=call_off_id)
    for _booking in range(BATCH):
        if retry_on_conflict(partial(repay_next, call_off=call_off, now=timezone.now())) is None:
            finish(call_off_id=call_off_id, now=timezone.now())
            return
    publish(TOPIC, call_off_id=call_off_id)


@transaction.atomic(durable=True)
def repay_next(*, call_off: CallOff, now: datetime) -> CalledOffBooking | None:
    """Make the tickets of one booking void and promise all of their money back; None when no booking waits.

    One that cannot be dealt with is noted as failed and holds up no other.
    """
    row = lock_next_called_off(call_off.pk)
    if row is None:
        return None
    try:
        with transaction.atomic():
            _repay(row, call_off, now)
    except OperationalError:
        raise  # A deadlock took the whole transaction with it; the caller repeats it.
    except Exception as fault:
        logger.exception("called-off booking failed", extra={"booking_id": row.booking_id})
        row.status, row.error, row.done_at = Status.FAILED, f"{type(fault).__name__}: {fault}"[:300], None
        row.posting, row.amount = "", Money(0, row.amount.currency)
    else:
        row.status, row.error, row.done_at = Status.DONE, "", now
    row.save(update_fields=["status", "error", "done_at", "posting", "amount"])
    return row


def _repay(row: CalledOffBooking, call_off: CallOff, now: datetime) -> None:
    booking = lock_booking(row.booking_id)
    valid = booking.tickets.filter(event_session__call_offs=call_off, status=Ticket.Status.VALID)
    tickets = list(valid.order_by("pk"))
    if not tickets:
        return  # Cancelled by somebody meanwhile, who was told and got what there was to get.
    items = list(BookingItem.objects.filter(ticket__in=tickets).select_related("event_session").order_by("pk"))
    void_called_off(booking, tickets, now, actor_id=call_off.requested_by_id)
    key = name_void(booking, tickets)
    amount = take_back(booking, items, kept=Decimal(0), key=key, now=now)
    row.posting, row.amount = f"void:{key}", Money(amount, booking.currency)
    publish(
        "payments.tickets_called_off",
        booking_id=booking.pk,
        posting=row.posting,
        item_ids=[item.pk for item in items],
    )
    # Nobody in particular asks for these, so the limit above which a second person decides does not apply.
    promise_from_booking(
        booking.pk,
        amount,
        reason=Refund.Reason.CALLED_OFF,
        key=f"{refund_key(call_off.pk)}{booking.pk}",
        now=now,
        note=call_off.reason[:200],
    )


def refund_key(call_off_id: int) -> str:
    """What the keys of its refunds begin with."""
    return f"calloff:{call_off_id}:"


@transaction.atomic(durable=True)
def finish(*, call_off_id: int, now: datetime) -> None:
    """Note that no booking waits any more; others may still be at the last ones, and will call this after them."""
    rows = CalledOffBooking.objects.filter(call_off=call_off_id)
    if rows.filter(status=Status.WAITING).exists():
        return
    ended = CallOff.objects.filter(pk=call_off_id, finished_at=None).update(finished_at=now)
    if ended and (failed := rows.filter(status=Status.FAILED).count()):
        raise_alarm("Bookings of a cancelled date were not refunded", call_off_id=call_off_id, bookings=failed)


@transaction.atomic(durable=True)
def resume_call_off(*, call_off_id: int) -> int:
    """Staff try the bookings that failed once more, and every refund that the provider refused; how many bookings."""
    failed = CalledOffBooking.objects.filter(call_off=call_off_id, status=Status.FAILED)
    count = failed.update(status=Status.WAITING, error="")
    if CalledOffBooking.objects.filter(call_off=call_off_id, status=Status.WAITING).exists():
        CallOff.objects.filter(pk=call_off_id).update(finished_at=None)
        _start_chains(call_off_id)
    publish("payments.call_off_resumed", call_off_id=call_off_id)
    return count


def send_failed_again(*, call_off_id: int) -> None:
    """Outbox handler."""
    failed = Refund.objects.filter(key__startswith=refund_key(call_off_id), status=Refund.Status.FAILED)
    for refund_id in list(failed.values_list("pk", flat=True)):
        retry_on_conflict(partial(retry_refund, refund_id=refund_id))


def watch_call_offs(*, now: datetime) -> int:
    """Deal with bookings that were confirmed in the very moment the sale ended; returns how many there were."""
    watched = CallOff.objects.filter(Q(finished_at=None) | Q(started_at__gt=now - WATCHED_FOR))
    call_off_ids = list(watched.order_by("pk").values_list("pk", flat=True))
    return sum(retry_on_conflict(partial(_watch, call_off_id)) for call_off_id in call_off_ids)


@transaction.atomic(durable=True)
def _watch(call_off_id: int) -> int:
    call_off = CallOff.objects.get(pk=call_off_id)
    late = note_bookings(call_off)
    if late:
        CallOff.objects.filter(pk=call_off_id).update(finished_at=None)
    is_idle = not Message.objects.filter(topic=TOPIC, sent_at=None).exists()
    if late or (is_idle and call_off.finished_at is None):
        _start_chains(call_off_id)
    return late
