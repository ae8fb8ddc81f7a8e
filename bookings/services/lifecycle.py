from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from bookings.availability import announce
from bookings.changes import check_complete
from bookings.contacts import email_key
from bookings.errors import HoldLapsedError, PlacesGoneError, TicketUsedError
from bookings.locks import lock_booking, lock_bookings, lock_unused
from bookings.models import Booking, BookingItem, Place, Resale, Ticket, WaitingEntry
from bookings.services.addresses import Visitor
from bookings.services.customer_limits import FellowBookingsError, check_customer_limit, check_late_limit
from bookings.services.holds import release_places
from bookings.services.late import sell_places
from bookings.services.promo_codes import secure_late_promo_code, secure_promo_code
from bookings.services.seating_rules import check_companions_stay
from bookings.services.transferring import withdraw_offers
from ticketing.outbox.services import publish

COLUMNS_TO_SELL = [
    *("booking", "event_session", "ticket_type", "price", "price_currency", "fee", "fee_currency", "tax_percent"),
    *("place", "place__event_session", "place__category", "place__section", "place__seat"),
    *("event_session__status", "event_session__ends_at", "event_session__event", "event_session__event__status"),
]
PAID_FOR = [Booking.Status.CONFIRMED, Booking.Status.CANCELLED]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to reach about a booking; email may be empty."""

    name: str
    phone: str
    email: str


def start_checkout(
    *, booking_id: int, contact: Contact, buyer: User | None, now: datetime, verified_keys: Collection[str] = ()
) -> Booking:
    """Take the basket to payment and keep its places over the payment window, once and below the cap.

    What was typed is kept even when it is refused, so that nobody types it twice. Who a guest is we learn only here,
    so that what one customer may have of a session is counted anew, over all bookings of that address, number and
    account. `verified_keys` are addresses (as `email_key` has them) that this browser has shown to be its user's: a
    session may ask for one. Raises HoldLapsedError, KnownCustomerError, EmailNeededError, EmailUnverifiedError,
    PromoCodeUsedUpError, PromoCodeSpentError, ChangeIncompleteError, TicketsGoneError.
    """
    visitor = Visitor(key=email_key(contact.email), buyer=buyer, verified_keys=verified_keys)
    _keep_contact(booking_id, contact, visitor)
    try:
        return _go_to_payment({booking_id}, booking_id=booking_id, visitor=visitor, now=now)
    except FellowBookingsError as found:
        return _go_to_payment({booking_id} | found.booking_ids, booking_id=booking_id, visitor=visitor, now=now)


def _keep_contact(booking_id: int, contact: Contact, visitor: Visitor) -> None:
    """At once, in a transaction of its own: of two baskets of one person, the later one then sees the other."""
    buyer = visitor.buyer
    unpaid = Booking.objects.filter(pk=booking_id).exclude(status__in=PAID_FOR)
    if visitor.key not in visitor.verified_keys:
        # Money for the verified address may be on its way, and shall not find another one.
        asking = BookingItem.objects.filter(booking=OuterRef("pk"), event_session__verifies_guests=True)
        unpaid = unpaid.filter(
            ~Q(status=Booking.Status.AWAITING_PAYMENT) | Q(verified_key__in=["", visitor.key]) | ~Exists(asking)
        )
    unpaid.update(
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        email_key=visitor.key,
        buyer=Coalesce("buyer", Value(buyer.pk if buyer else None)),
    )


@transaction.atomic(durable=True)
def _go_to_payment(locked: Collection[int], *, booking_id: int, visitor: Visitor, now: datetime) -> Booking:
    booking = lock_bookings(locked)[booking_id]
    if not booking.is_live(now):
        raise HoldLapsedError
    if booking.replaces_id is not None:
        check_complete(booking)
    check_customer_limit(booking, locked, visitor)
    secure_promo_code(booking, now)
    if booking.status == Booking.Status.HELD:
        booking.move_to(Booking.Status.AWAITING_PAYMENT)
    if booking.checkout_at is None:
        booking.checkout_at = now
        booking.held_until = max(booking.held_until, _keep_while_paying(booking, now))
    booking.save()
    Place.objects.filter(booking=booking).update(held_until=booking.held_until + settings.RELEASE_GRACE)
    return booking


def _keep_while_paying(booking: Booking, now: datetime) -> datetime:
    """The payment window, below the cap; whoever takes an offer at its last minute has as long to pay as anybody."""
    until, cap = now + settings.PAYMENT_WINDOW, booking.created_at + settings.HOLD_CAP
    if until <= cap or WaitingEntry.objects.filter(booking=booking).exists():
        return until
    return cap


def return_to_basket(booking: Booking) -> None:
    """Inner step: a payment failed, so the customer may change the basket or pay in another way."""
    if booking.status == Booking.Status.AWAITING_PAYMENT:
        booking.move_to(Booking.Status.HELD)
        booking.save(update_fields=["status"])


def list_items_to_sell(booking: Booking) -> list[BookingItem]:
    """With what selling them needs, and no more: an event's texts are long."""
    items = booking.items.select_related("place", "event_session__event").only(*COLUMNS_TO_SELL)
    return list(items.order_by("pk"))


def confirm_booking(booking: Booking, now: datetime, items: Sequence[BookingItem] | None = None) -> None:
    """Inner step: sell the places and issue the tickets; the caller holds the booking's lock.

    A booking whose hold lapsed gets its places back, or equal ones. `items` are those to sell, where the
    caller has them. Raises PlacesGoneError after releasing what was left; the caller then gives the money back.
    """
    items = list_items_to_sell(booking) if items is None else items
    had_expired = booking.status == Booking.Status.EXPIRED
    was_moved = False
    try:
        secure_late_promo_code(booking, now)
        check_late_limit(booking)
        was_moved = sell_places(booking, items, now)
    except PlacesGoneError:
        expire(booking, now)
        raise
    become_confirmed(booking, items, now, had_expired=had_expired, was_moved=was_moved)


def become_confirmed(
    booking: Booking,
    items: Sequence[BookingItem],
    now: datetime,
    *,
    had_expired: bool,
    was_moved: bool,
    names: Mapping[int, str] | None = None,
) -> None:
    """Inner step: its places are sold, now it gets its tickets; `names` are attendees by item."""
    booking.move_to(Booking.Status.CONFIRMED)
    booking.confirmed_at = now
    booking.closed_at = None
    changed = ["status", "confirmed_at", "closed_at"]
    booking.save(update_fields=[*changed, "buyer"] if booking.replaces_id else changed)
    _issue(booking, items, now, names or {})
    publish("bookings.confirmed", booking_id=booking.pk)
    if had_expired or was_moved:
        publish("bookings.resolved_late", booking_id=booking.pk, outcome="moved" if was_moved else "same")


def _issue(booking: Booking, items: Sequence[BookingItem], now: datetime, names: Mapping[int, str]) -> None:
    Ticket.objects.bulk_create(
        Ticket(
            booking=booking,
            item=item,
            event_session_id=item.event_session_id,
            place_id=item.place_id,
            issued_at=now,
            attendee=names.get(item.pk, ""),
        )
        for item in items
    )
    for event_session_id in {item.event_session_id for item in items}:
        mine = [item.place.seat_id for item in items if item.event_session_id == event_session_id]
        announce(event_session_id, taken=[seat_id for seat_id in mine if seat_id])


def expire(booking: Booking, now: datetime) -> None:
    """Inner step: close an unpaid booking and free its places; the caller holds its lock."""
    if booking.is_open:
        booking.move_to(Booking.Status.EXPIRED)
        booking.closed_at = now
        booking.save(update_fields=["status", "closed_at"])
    release_places(booking)


@transaction.atomic(durable=True)
def expire_booking(*, booking_id: int, now: datetime) -> Booking:
    """Close a booking whose time is up; one that was paid, closed or renewed meanwhile stays as it is."""
    booking = lock_booking(booking_id)
    if booking.is_open and booking.held_until <= now:
        expire(booking, now)
    return booking


@transaction.atomic(durable=True)
def confirm_free_booking(*, booking_id: int, now: datetime) -> Booking:
    """Confirm a booking that costs nothing; refuses one that does, and changes. Raises HoldLapsedError."""
    booking = lock_booking(booking_id)
    if booking.is_confirmed:
        return booking
    is_change = booking.replaces_id is not None
    if (
        is_change
        or not booking.is_live(now)
        or booking.gift_amount
        or any(item.price.amount + item.fee.amount for item in booking.items.all())
    ):
        raise HoldLapsedError
    confirm_booking(booking, now)
    return booking


def close_booking(booking: Booking, now: datetime, *, actor_id: int | None) -> None:
    """Inner step: cancel what is not confirmed yet, or no longer has a valid ticket; the caller holds its lock.

    Raises BookingStateError for a booking that is closed already.
    """
    booking.move_to(Booking.Status.CANCELLED)
    booking.closed_at = now
    booking.save(update_fields=["status", "closed_at"])
    release_places(booking)
    publish("bookings.cancelled", booking_id=booking.pk, actor_id=actor_id)


def void_tickets(booking: Booking, tickets: Collection[Ticket], now: datetime, *, actor_id: int | None) -> None:
    """Inner step: these tickets open no door any more and their places go back on sale.

    The last ticket closes the booking. The caller holds its lock. Raises CompanionStaysError, and
    TicketUsedError, also when a gate lets someone in at this very moment.
    """
    check_companions_stay(booking, tickets)
    voided = lock_unused(tickets, Ticket.STANDING)
    if len(voided) < len(tickets):
        used = Ticket.objects.filter(pk__in={ticket.pk for ticket in tickets} - voided)
        labels = [ticket.place.label for ticket in used.select_related("place__section", "place__seat")]
        raise TicketUsedError(labels="; ".join(labels))
    _make_void(booking, tickets, now, actor_id=actor_id)


def void_called_off(booking: Booking, tickets: Collection[Ticket], now: datetime, *, actor_id: int | None) -> None:
    """Inner step: these tickets' sessions will not take place, so that used ones become void as well.

    The last ticket closes the booking. The caller holds its lock.
    """
    _make_void(booking, tickets, now, actor_id=actor_id)


def void_resold(booking: Booking, ticket: Ticket, now: datetime) -> None:
    """Inner step: somebody else has this ticket's place by now, which stays theirs.

    The last ticket closes the booking. The caller holds its lock.
    """
    _make_void(booking, [ticket], now, actor_id=None)


def void_changed(booking: Booking, tickets: Collection[Ticket], now: datetime) -> None:
    """Inner step: others took the place of these tickets, which the caller found valid and unused, and locked.

    The last ticket closes the booking. The caller holds its lock.
    """
    _make_void(booking, tickets, now, actor_id=None)


def _make_void(booking: Booking, tickets: Collection[Ticket], now: datetime, *, actor_id: int | None) -> None:
    ticket_ids = sorted(ticket.pk for ticket in tickets)
    Ticket.objects.filter(pk__in=ticket_ids).update(status=Ticket.Status.VOID)
    # Nobody can accept or buy them any more.
    withdraw_offers(ticket_ids, now)
    Resale.objects.filter(ticket__in=ticket_ids, status=Resale.Status.OPEN).update(
        status=Resale.Status.WITHDRAWN, closed_at=now
    )
    if not booking.tickets.filter(status__in=Ticket.STANDING).exists():
        close_booking(booking, now, actor_id=actor_id)
        return
    release_places(booking, place_ids=[ticket.place_id for ticket in tickets])
    publish(
        "bookings.tickets_cancelled",
        booking_id=booking.pk,
        ticket_ids=ticket_ids,
        actor_id=actor_id,
    )
