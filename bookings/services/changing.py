"""Changing tickets of a confirmed booking: an ordinary basket that takes their place when it is confirmed.

Nothing of the old booking changes before that, so that a basket that lapses or is never paid leaves everything as
it was. A change is locked before the booking that it replaces.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from djmoney.money import Money

from accounts.models import User
from bookings.change_errors import (
    ChangeRefusedError,
    ChangeUnderWayError,
    NoTicketToChangeError,
    SeveralEventsError,
    TicketsGoneError,
)
from bookings.changes import list_change_lines, list_given_up, name_after
from bookings.errors import BookingStateError, CompanionStaysError, NotOnSaleError, PlacesGoneError
from bookings.locks import hand_over_places, lock_booking, lock_unused
from bookings.models import Booking, BookingItem, Ticket
from bookings.reschedulings import went_with_move
from bookings.services.baskets import lock_open_basket
from bookings.services.customer_limits import check_late_limit
from bookings.services.holds import release_places
from bookings.services.items import set_sums
from bookings.services.late import sell_places
from bookings.services.lifecycle import become_confirmed, expire, void_changed
from bookings.services.promo_codes import secure_late_promo_code
from bookings.services.seating_rules import check_companions_stay
from events.models import PriceTier


@transaction.atomic(durable=True)
def start_change(
    *,
    booking_id: int,
    ticket_ids: Collection[int],
    now: datetime,
    buyer: User | None = None,
    has_deadline: bool = True,
) -> Booking:
    """Begin the basket that will take the place of these tickets, with no places in it yet.

    A change of this booking that was begun before and is not being paid gives way to it. `buyer` is who is signed in;
    the change becomes the old booking's buyer's in any case. `has_deadline` binds customers, not staff. Raises
    BookingStateError, NoTicketToChangeError, ChangeRefusedError, SeveralEventsError, CompanionStaysError,
    ChangeUnderWayError.
    """
    return make_change(booking_id=booking_id, ticket_ids=ticket_ids, now=now, buyer=buyer, has_deadline=has_deadline)


def make_change(
    *,
    booking_id: int,
    ticket_ids: Collection[int],
    now: datetime,
    buyer: User | None = None,
    has_deadline: bool,
    begun_by: User | None = None,
) -> Booking:
    """Inner step: as `start_change`, also for staff, who answer for what it gives back."""
    given_back = _give_back_earlier(booking_id, now)
    old = lock_booking(booking_id)
    if not old.is_confirmed:
        raise BookingStateError(current=old.get_status_display(), wanted=Booking.Status.CONFIRMED.label)
    if list_open_changes(old.pk, now).exclude(pk__in=given_back).exists():
        # Begun in this very moment, by a second press or another window.
        raise ChangeUnderWayError
    tickets = _check_choice(old, ticket_ids, now, has_deadline=has_deadline)
    change = Booking.objects.create(
        replaces=old,
        first_id=old.chain_id,
        begun_by=begun_by,
        buyer=buyer if buyer is not None and buyer.pk == old.buyer_id else None,
        name=old.name,
        phone=old.phone,
        email=old.email,
        email_key=old.email_key,
        verified_key=old.verified_key,
        currency=old.currency,
        promo_code_id=old.promo_code_id,
        created_at=now,
        held_until=now + tickets[0].event_session.hold_period,
    )
    change.gives_up.set(tickets)
    return change


def list_open_changes(booking_id: int, now: datetime) -> QuerySet[Booking]:
    """Baskets that change tickets of this booking, not lapsed or with a payment on its way."""
    return Booking.objects.filter(replaces=booking_id).filter(
        Q(status=Booking.Status.HELD, held_until__gt=now) | Q(status=Booking.Status.AWAITING_PAYMENT)
    )


def _give_back_earlier(booking_id: int, now: datetime) -> list[int]:
    """Before the old booking is locked, because changes come first."""
    change_ids = list(list_open_changes(booking_id, now).order_by("pk").values_list("pk", flat=True))
    for change in [lock_booking(pk) for pk in change_ids]:
        if change.status == Booking.Status.AWAITING_PAYMENT:
            raise ChangeUnderWayError
        if change.is_open:
            change.move_to(Booking.Status.CANCELLED)
            change.closed_at = now
            change.save(update_fields=["status", "closed_at"])
            release_places(change)
    return change_ids


def _check_choice(old: Booking, ticket_ids: Collection[int], now: datetime, *, has_deadline: bool) -> list[Ticket]:
    lines = [
        line
        for line in list_change_lines(old, now, has_deadline=has_deadline)
        if line.item.ticket.pk in set(ticket_ids)
    ]
    if not lines:
        raise NoTicketToChangeError
    for line in lines:
        if line.refusal:
            raise ChangeRefusedError(label=line.item.place.label, reason=line.refusal)
        line.item.ticket.event_session = line.item.event_session
    if len({line.item.event_session.event_id for line in lines}) > 1:
        raise SeveralEventsError
    tickets = [line.item.ticket for line in lines]
    check_companions_stay(old, tickets)
    return tickets


@transaction.atomic(durable=True)
def keep_places(*, booking_id: int, now: datetime) -> Booking:
    """Put the very places of the tickets into the change, for those who only want other ticket types.

    They cost what they cost today. Places stay the old booking's until the change is confirmed. Raises
    HoldLapsedError, PaymentUnderWayError, TicketsGoneError, NotOnSaleError where a ticket type is not sold any more.
    """
    change = lock_open_basket(booking_id, now)
    tickets = list_given_up(change)
    if len(tickets) < change.gives_up.count():
        raise TicketsGoneError
    taken = set(change.items.values_list("place", flat=True))
    items = BookingItem.objects.filter(ticket__in=tickets).exclude(place__in=taken).order_by("pk")
    BookingItem.objects.bulk_create(
        _copy(change, item) for item in items.select_related("place", "event_session__event")
    )
    set_sums(change)
    return change


def _copy(change: Booking, item: BookingItem) -> BookingItem:
    """At today's price and tax; the fee follows with the sums."""
    tiers = PriceTier.objects.filter(event_session=item.event_session_id, category=item.place.category_id)
    usual = tiers.filter(is_hidden=False).order_by("ticket_type__rank", "pk")
    tier = tiers.filter(ticket_type=item.ticket_type_id).first() or usual.first()
    if tier is None:
        raise NotOnSaleError
    copy = BookingItem(
        booking=change,
        event_session_id=item.event_session_id,
        place_id=item.place_id,
        ticket_type_id=tier.ticket_type_id,
        tax_percent=item.event_session.event.tax_percent,
    )
    copy.price, copy.fee = tier.price, Money(0, change.currency)
    return copy


def confirm_change(change: Booking, old: Booking, now: datetime, items: Sequence[BookingItem]) -> list[Ticket]:
    """Inner step: the new places are sold, then the old tickets become void; returns those.

    The caller holds the locks of both bookings, the change's first, and posts what the old tickets are worth. A hold
    that lapsed is dealt with as `confirm_booking` does. Raises PlacesGoneError after releasing what the change had:
    the old booking is then as it was.
    """
    had_expired = change.status == Booking.Status.EXPIRED
    try:
        tickets = _lock_given_up(change, old)
        kept = {ticket.place_id for ticket in tickets} & {item.place_id for item in items}
        if any(item.event_session.is_called_off or item.event_session.ends_at <= now for item in items):
            raise PlacesGoneError
        if kept and went_with_move(kept):
            raise PlacesGoneError
        secure_late_promo_code(change, now)
        check_late_limit(change)
        was_moved = sell_places(change, [item for item in items if item.place_id not in kept], now)
    except PlacesGoneError:
        expire(change, now)
        raise
    hand_over_places(kept, old, change)
    void_changed(old, tickets, now)
    change.buyer_id = old.buyer_id or change.buyer_id
    become_confirmed(change, items, now, had_expired=had_expired, was_moved=was_moved, names=name_after(tickets, items))
    return tickets


def _lock_given_up(change: Booking, old: Booking) -> list[Ticket]:
    """All of them, valid and unused until this transaction ends. Raises TicketsGoneError."""
    tickets = list_given_up(change)
    if not tickets or len(tickets) < change.gives_up.count() or len(lock_unused(tickets)) < len(tickets):
        raise TicketsGoneError
    try:
        check_companions_stay(old, tickets)
    except CompanionStaysError as refusal:
        # The other wheelchair place beside them was cancelled meanwhile.
        raise TicketsGoneError from refusal
    return tickets
