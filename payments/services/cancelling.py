"""Tickets back against money: staff and customers cancel, the ledger and the refunds follow at once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from bookings.errors import BookingStateError
from bookings.locks import lock_booking
from bookings.models import Booking, BookingItem, Ticket
from bookings.services.audit import note_change
from bookings.services.lifecycle import close_booking, void_tickets
from payments.cancellations import plan_cancellation
from payments.errors import KeptTooMuchError, NothingToRefundError, RefundTooLargeError, TermsChangedError
from payments.gift_errors import GiftBookingError
from payments.models import Refund
from payments.selectors import left_of_booking
from payments.services.ledger import post_void
from payments.services.promising import promise_from_booking
from payments.services.refunds import withdraw_goodwill
from ticketing.outbox.services import publish


@transaction.atomic(durable=True)
def cancel_booking(
    *,
    booking_id: int,
    now: datetime,
    actor: User | None = None,
    kept: Decimal = Decimal(0),
    note: str = "",
    destination: str = Refund.Destination.ORIGINAL,
) -> Booking:
    """Void every ticket, those offered for resale too, or give a basket back; what was paid, less `kept`, goes back.

    Raises BookingStateError for a booking that is closed already, TicketUsedError, KeptTooMuchError, and
    GiftBookingError for a gift voucher.
    """
    booking = lock_booking(booking_id)
    if booking.is_confirmed and booking.gift_amount:
        raise GiftBookingError
    if booking.is_confirmed:
        tickets = list(booking.tickets.filter(status__in=Ticket.STANDING))
        _cancel(booking, tickets, kept=kept, now=now, actor=actor, note=note, destination=destination)
    else:
        actor_id = actor.pk if actor else None
        close_booking(booking, now, actor_id=actor_id)
        note_change(booking, actor_id=actor_id, text="Gave the basket back.", reason=note)
    return booking


@transaction.atomic(durable=True)
def cancel_tickets(
    *,
    booking_id: int,
    ticket_ids: Collection[int],
    now: datetime,
    actor: User | None = None,
    kept: Decimal = Decimal(0),
    kept_by: Mapping[int, Decimal] | None = None,
    note: str = "",
    destination: str = Refund.Destination.ORIGINAL,
) -> Booking:
    """Void some tickets of a confirmed booking; the others stay as they are. A repeat changes nothing.

    `kept` is what the policy keeps of their price and fees, and `kept_by` which events keep it, where not all keep
    alike. Raises BookingStateError, TicketUsedError, KeptTooMuchError.
    """
    booking = lock_booking(booking_id)
    if not booking.is_confirmed:
        raise BookingStateError(current=booking.get_status_display(), wanted=Booking.Status.CANCELLED.label)
    tickets = list(booking.tickets.filter(pk__in=ticket_ids, status__in=Ticket.STANDING))
    if tickets:
        _cancel(
            booking,
            tickets,
            kept=kept,
            kept_by=kept_by,
            now=now,
            actor=actor,
            note=note,
            destination=destination,
        )
    return booking


@transaction.atomic(durable=True)
def cancel_under_policy(
    *, booking_id: int, ticket_ids: Collection[int], back: Decimal, destination: str, now: datetime
) -> Booking:
    """The customer cancels tickets for what the events' policies give back, or more than the `back` that was shown.

    Tickets that are void already are passed over, so a repeat changes nothing. Raises TermsChangedError when less
    would go back by now, CancellationRefusedError, CompanionStaysError, TicketUsedError.
    """
    booking = lock_booking(booking_id)
    plan = plan_cancellation(booking, now).choose(ticket_ids)
    if not plan.chosen:
        return booking
    plan.check()
    if plan.back.amount < back:
        raise TermsChangedError(back=plan.back)
    quote = plan.chosen_quote
    _cancel(booking, plan.tickets, kept=quote.kept, kept_by=quote.kept_by, now=now, actor=None, destination=destination)
    return booking


def _cancel(
    booking: Booking,
    tickets: list[Ticket],
    *,
    kept: Decimal,
    kept_by: Mapping[int, Decimal] | None = None,
    now: datetime,
    actor: User | None,
    note: str = "",
    destination: str,
) -> None:
    items = list(BookingItem.objects.filter(ticket__in=tickets).select_related("event_session").order_by("pk"))
    worth = worth_of(items)
    if not 0 <= kept <= worth:
        raise KeptTooMuchError(worth=worth)
    void_tickets(booking, tickets, now, actor_id=actor.pk if actor else None)
    key = name_void(booking, tickets)
    amount = void_sale(booking, items, topic="payments.tickets_voided", kept=kept, kept_by=kept_by, key=key, now=now)
    promise_from_booking(
        booking.pk,
        amount,
        reason=Refund.Reason.CANCELLED,
        key=f"cancel:{key}",
        now=now,
        note=note,
        actor=actor,
        destination=destination,
    )
    said = f"Cancelled tickets: {len(tickets)}, kept {kept}."
    note_change(booking, actor_id=actor.pk if actor else None, text=said, reason=note)


def name_void(booking: Booking, tickets: Collection[Ticket]) -> str:
    """Each ticket becomes void once, so the first of them names the posting."""
    return f"{booking.pk}:{min(ticket.pk for ticket in tickets)}"


def void_sale(
    booking: Booking,
    items: Collection[BookingItem],
    *,
    topic: str,
    kept: Decimal = Decimal(0),
    kept_by: Mapping[int, Decimal] | None = None,
    key: str,
    now: datetime,
) -> Decimal:
    """Inner step: post and announce that the items' tickets became void; returns what of price and fees goes back.

    What was given back as goodwill before, or taken by the customer's bank, is not given a second time.
    """
    back = worth_of(items) - kept
    left = left_of_booking(booking.pk)
    if back > left:
        # Goodwill that waits for a second person would be taken for given, and lost to the customer if it is rejected.
        withdraw_goodwill(booking.pk, now)
        left = left_of_booking(booking.pk)
    amount = min(back, left)
    post_void(booking, items, kept=kept, kept_by=kept_by, given_before=back - amount, key=key, now=now)
    item_ids = [item.pk for item in items]
    publish(topic, booking_id=booking.pk, posting=f"void:{key}", item_ids=item_ids)
    return amount


def worth_of(items: Collection[BookingItem]) -> Decimal:
    return sum((Decimal(item.price.amount + item.fee.amount) for item in items), Decimal(0))


@transaction.atomic(durable=True)
def refund_amount(
    *,
    booking_id: int,
    amount: Decimal,
    key: str,
    note: str,
    now: datetime,
    actor: User,
    destination: str = Refund.Destination.ORIGINAL,
) -> list[Refund]:
    """Give back a sum as goodwill; every ticket stays valid. `key` makes a repeated request harmless.

    Raises NothingToRefundError, RefundTooLargeError.
    """
    booking = lock_booking(booking_id)
    key = f"goodwill:{key}"
    known = list(Refund.objects.filter(payment__booking=booking_id, key__startswith=f"{key}:"))
    if known:
        return known
    left = left_of_booking(booking_id)
    if amount <= 0 or left <= 0:
        raise NothingToRefundError
    if amount > left:
        raise RefundTooLargeError(left=left)
    note_change(booking, actor_id=actor.pk, text=f"Gave back {amount} as goodwill.", reason=note)
    return promise_from_booking(
        booking_id,
        amount,
        reason=Refund.Reason.GOODWILL,
        key=key,
        now=now,
        note=note,
        actor=actor,
        destination=destination,
    )
