"""The inner steps that every way into a basket shares; the callers are the transactions."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from accounts.models import User
from bookings.changes import check_fits
from bookings.errors import (
    CustomerLimitError,
    HoldLapsedError,
    NothingChosenError,
    NotOnSaleError,
    OtherCurrencyError,
    PaymentUnderWayError,
)
from bookings.locks import lock_booking, lock_customer
from bookings.models import Booking, BookingItem, Place, Ticket, WaitingEntry
from bookings.services.access import Access, find_access
from bookings.waiting_list_errors import OfferFirstError
from events.models import EventSession


def enter_sale(
    event_session_id: int, wanted: int, codes: Sequence[str], now: datetime
) -> tuple[EventSession, Access | None]:
    """The session with its event, when so many places of it may be asked for at all, and what the codes open.

    Raises NothingChosenError, NotOnSaleError, CustomerLimitError.
    """
    if wanted < 1:
        raise NothingChosenError
    event_session = EventSession.objects.select_related("event").get(pk=event_session_id)
    access = find_access(event_session, codes, now)
    if not event_session.is_on_sale(now, is_early=access is not None and access.is_early):
        raise NotOnSaleError
    # Before anything is written: a request for more than the limit must not lock a thousand rows.
    if wanted > event_session.customer_limit:
        raise CustomerLimitError(limit=event_session.customer_limit)
    return event_session, access


def open_basket(
    booking_id: int | None, event_session: EventSession, buyer: User | None, wanted: int, now: datetime
) -> tuple[Booking, bool]:
    """The customer's live basket or a new one, locked, and whether it is new.

    Raises PaymentUnderWayError, OtherCurrencyError, OfferFirstError, and CustomerLimitError when the places asked
    for are more than the customer may still have; for a change, OtherEventError and TooManyForChangeError.
    """
    if buyer is not None:
        lock_customer(buyer.pk)
    basket = _find_live(booking_id, event_session, now)
    if basket is not None and basket.replaces_id is not None:
        check_fits(basket, event_session, wanted)
    already = count_places(basket, event_session, buyer, now)
    if already + wanted > event_session.customer_limit:
        raise CustomerLimitError(limit=event_session.customer_limit)
    if basket is None:
        return _begin_basket(event_session, buyer, now), True
    _hold_no_longer(basket, event_session, now)
    return basket, False


def _hold_no_longer(basket: Booking, event_session: EventSession, now: datetime) -> None:
    """One countdown for all: a session that keeps its places for a shorter time sets it, also for the others.

    What the waiting list offered is kept as long as was promised; where that is longer than anybody may keep places,
    no others go along. Raises OfferFirstError.
    """
    until = now + event_session.hold_period
    if basket.held_until <= until:
        return
    if WaitingEntry.objects.filter(booking=basket).exists():
        if basket.held_until > now + settings.HOLD_CAP:
            raise OfferFirstError
        return
    basket.held_until = until
    basket.save(update_fields=["held_until"])
    Place.objects.filter(booking=basket).update(held_until=until)


def _find_live(booking_id: int | None, event_session: EventSession, now: datetime) -> Booking | None:
    if booking_id is None:
        return None
    booking = lock_booking(booking_id)
    if not booking.is_live(now) or booking.gift_amount:
        return None
    if booking.status == Booking.Status.AWAITING_PAYMENT:
        raise PaymentUnderWayError
    if booking.currency != event_session.event.currency:
        raise OtherCurrencyError(basket=booking.currency, event=event_session.event.currency)
    return booking


def _begin_basket(event_session: EventSession, buyer: User | None, now: datetime) -> Booking:
    return Booking.objects.create(
        buyer=buyer,
        name=buyer.get_short_name() if buyer else "",
        phone=buyer.phone if buyer else "",
        email=buyer.email if buyer else "",
        currency=event_session.event.currency,
        created_at=now,
        held_until=now + event_session.hold_period,
    )


def count_places(basket: Booking | None, event_session: EventSession, buyer: User | None, now: datetime) -> int:
    """What this basket and, for people who are signed in, their other bookings have of the session.

    A basket whose time ran out has nothing, swept or not.
    """
    items = BookingItem.objects.filter(event_session=event_session)
    if basket is not None and basket.replaces_id is not None:
        items = items.exclude(ticket__given_up_for=basket)
    owner_id = buyer.pk if buyer else _find_owner(basket)
    already = 0
    if owner_id is not None:
        counted = [Booking.Status.HELD, Booking.Status.AWAITING_PAYMENT, Booking.Status.CONFIRMED]
        theirs = items.filter(booking__buyer=owner_id, booking__status__in=counted)
        theirs = theirs.exclude(booking__status=Booking.Status.HELD, booking__held_until__lte=now)
        already += theirs.exclude(ticket__status=Ticket.Status.VOID).count()
    if basket is not None and (owner_id is None or basket.buyer_id != owner_id):
        already += items.filter(booking=basket).count()
    return already


def _find_owner(basket: Booking | None) -> int | None:
    """Of a change, whoever booked what it replaces: they need not be signed in."""
    if basket is None or basket.buyer_id is not None or basket.replaces is None:
        return basket.buyer_id if basket else None
    return basket.replaces.buyer_id


def lock_open_basket(booking_id: int, now: datetime) -> Booking:
    """The basket, locked and surely the customer's; raises HoldLapsedError, PaymentUnderWayError."""
    booking = lock_booking(booking_id)
    if not booking.is_live(now):
        raise HoldLapsedError
    if booking.status == Booking.Status.AWAITING_PAYMENT:
        raise PaymentUnderWayError
    return booking
