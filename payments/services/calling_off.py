"""Dates that will not take place: the sale ends at once, then workers give everybody their money back.

`call_off_session` and `call_off_event` end the sale and note every booking in one transaction; `ticketing.batches`
then deals with them, each in one transaction of its own, whose row, posting and refunds exist once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from djmoney.money import Money

from accounts.models import User
from bookings.locks import lock_booking, lock_event_session
from bookings.models import Booking, BookingItem, Ticket
from bookings.services.lifecycle import void_called_off
from events.models import Event, EventSession
from notifications.alarms import raise_alarm
from payments.errors import NothingToCallOffError
from payments.models import CalledOffBooking, CallOff, Refund
from payments.services.cancelling import name_void, void_sale
from payments.services.promising import promise_from_booking
from payments.services.refunds import retry_refund
from ticketing.batches import Batch
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

TOPIC = "payments.call_off_goes_on"
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
    REPAYING.start(call_off.pk)
    publish("payments.dates_called_off", event_session_ids=[each.pk for each in sessions])
    return call_off


def note_bookings(call_off: CallOff) -> int:
    """Inner step: a row for each booking that holds valid tickets and has none yet; returns how many are new."""
    valid = Ticket.objects.filter(event_session__call_offs=call_off, status__in=Ticket.STANDING)
    holders = Booking.objects.filter(pk__in=valid.values("booking"))
    # Read without a lock first: rows of the table are locked by the workers that are at them.
    unnoted = holders.exclude(pk__in=CalledOffBooking.objects.filter(call_off=call_off).values("booking"))
    rows = [CalledOffBooking(call_off=call_off, booking=booking) for booking in unnoted.only("currency").order_by("pk")]
    for row in rows:
        row.amount = Money(0, row.booking.currency)
    CalledOffBooking.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)


def go_on(*, call_off_id: int) -> None:
    """Outbox handler: deal with the next bookings; a repeat changes nothing."""
    REPAYING.go_on(call_off_id)


def _repay(row: CalledOffBooking, call_off: CallOff, now: datetime) -> None:
    """Make the tickets of one booking void and promise all of their money back."""
    booking = lock_booking(row.booking_id)
    valid = booking.tickets.filter(event_session__call_offs=call_off, status__in=Ticket.STANDING)
    tickets = list(valid.order_by("pk"))
    if not tickets:
        return  # Cancelled by somebody meanwhile, who was told and got what there was to get.
    items = list(BookingItem.objects.filter(ticket__in=tickets).select_related("event_session").order_by("pk"))
    void_called_off(booking, tickets, now, actor_id=call_off.requested_by_id)
    key = name_void(booking, tickets)
    amount = void_sale(booking, items, topic="payments.tickets_called_off", key=key, now=now)
    row.posting, row.amount = f"void:{key}", Money(amount, booking.currency)
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


def note_failures(call_off_id: int, count: int) -> None:
    raise_alarm("Bookings of a cancelled date were not refunded", call_off_id=call_off_id, bookings=count)


REPAYING = Batch(
    topic=TOPIC,
    jobs=CallOff,
    rows=CalledOffBooking,
    link="call_off",
    columns=["posting", "amount", "amount_currency"],
    deal=_repay,
    note_failures=note_failures,
)


@transaction.atomic(durable=True)
def resume_call_off(*, call_off_id: int) -> int:
    """Staff try the bookings that failed once more, and every refund that the provider refused; how many bookings."""
    count = REPAYING.try_again(call_off_id)
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
    REPAYING.wake(call_off, has_new=bool(late))
    return late
