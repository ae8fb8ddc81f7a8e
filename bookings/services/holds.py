from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import User
from bookings.availability import announce
from bookings.errors import (
    CustomerLimitError,
    HoldLapsedError,
    NotEnoughPlacesError,
    NothingChosenError,
    NotOnSaleError,
    OtherCurrencyError,
    PaymentUnderWayError,
    RenewalLimitError,
    SeatsTakenError,
)
from bookings.locks import free_places_of, lock_booking, lock_free_standing, take_places, take_seats
from bookings.models import Booking, BookingItem, Place
from bookings.services.items import add_items
from events.models import EventSession, PriceTier
from venues.models import Section


@transaction.atomic(durable=True)
def hold_places(
    *,
    event_session_id: int,
    seat_ids: Collection[int],
    standing: Mapping[int, int],
    booking_id: int | None,
    buyer: User | None,
    now: datetime,
) -> Booking:
    """Hold every requested place, or none of them.

    `standing` maps section ids to numbers of places. `booking_id` is the customer's open basket, to
    which the places are added while it is live; otherwise a new one begins. Raises NothingChosenError,
    NotOnSaleError, OtherCurrencyError, CustomerLimitError, PaymentUnderWayError, SeatsTakenError,
    NotEnoughPlacesError.
    """
    seat_ids = set(seat_ids)
    standing = {section: count for section, count in standing.items() if count > 0}
    wanted = len(seat_ids) + sum(standing.values())
    if not wanted:
        raise NothingChosenError
    event_session = EventSession.objects.select_related("event").get(pk=event_session_id)
    if not event_session.is_on_sale(now):
        raise NotOnSaleError
    # Before anything is written: a request for more than the limit must not lock a thousand rows.
    if wanted > event_session.customer_limit:
        raise CustomerLimitError(limit=event_session.customer_limit)

    booking, is_new = _open_basket(booking_id, event_session, buyer, now)
    _check_limit(booking, event_session, wanted, is_new=is_new)
    if seat_ids:
        _take_chosen_seats(booking, event_session, seat_ids, now)
    for section_id, count in sorted(standing.items()):
        _take_standing(booking, event_session, section_id, count, now)
    if add_items(booking, event_session) < wanted:
        raise NotOnSaleError
    announce(event_session.pk, taken=seat_ids)
    return booking


def _open_basket(
    booking_id: int | None, event_session: EventSession, buyer: User | None, now: datetime
) -> tuple[Booking, bool]:
    if booking_id is not None:
        booking = lock_booking(booking_id)
        if booking.status == Booking.Status.AWAITING_PAYMENT and booking.is_live(now):
            raise PaymentUnderWayError
        if booking.is_live(now):
            if booking.currency != event_session.event.currency:
                raise OtherCurrencyError(basket=booking.currency, event=event_session.event.currency)
            return booking, False
    booking = Booking.objects.create(
        buyer=buyer,
        name=buyer.get_short_name() if buyer else "",
        phone=buyer.phone if buyer else "",
        email=buyer.email if buyer else "",
        currency=event_session.event.currency,
        created_at=now,
        held_until=now + event_session.hold_period,
    )
    return booking, True


def _check_limit(booking: Booking, event_session: EventSession, wanted: int, *, is_new: bool) -> None:
    """Counts this basket and, for people who are signed in, their confirmed bookings too."""
    already = 0
    if booking.buyer_id is not None:
        mine = BookingItem.objects.filter(
            booking__buyer=booking.buyer_id,
            event_session=event_session,
            booking__status__in=[
                Booking.Status.HELD,
                Booking.Status.AWAITING_PAYMENT,
                Booking.Status.CONFIRMED,
            ],
        )
        already = mine.count()
    elif not is_new:
        already = BookingItem.objects.filter(booking=booking, event_session=event_session).count()
    if already + wanted > event_session.customer_limit:
        raise CustomerLimitError(limit=event_session.customer_limit)


def _take_chosen_seats(booking: Booking, event_session: EventSession, seat_ids: Collection[int], now: datetime) -> None:
    taken = take_seats(
        event_session_id=event_session.pk,
        seat_ids=seat_ids,
        booking=booking,
        held_until=booking.held_until,
        now=now,
    )
    if taken == len(seat_ids):
        return
    lost = (
        Place.objects.filter(event_session=event_session, seat__in=seat_ids)
        .exclude(booking=booking)
        .select_related("seat", "section")
        .order_by("pk")
    )
    labels = "; ".join(place.label for place in lost)
    raise SeatsTakenError(labels=labels or "-", seat_ids=[place.seat_id for place in lost])


def _take_standing(booking: Booking, event_session: EventSession, section_id: int, count: int, now: datetime) -> None:
    standing = Section.objects.filter(plan=event_session.plan_id, kind=Section.Kind.STANDING)
    section = standing.filter(pk=section_id).first()
    if section is None:
        raise NotOnSaleError
    place_ids = lock_free_standing(event_session_id=event_session.pk, section=section, count=count, now=now)
    if len(place_ids) < count:
        raise NotEnoughPlacesError(left=len(place_ids), wanted=count, section=section.name)
    take_places(place_ids=place_ids, booking=booking, held_until=booking.held_until, now=now)


def _lock_open_basket(booking_id: int, now: datetime) -> Booking:
    """The basket, locked and surely the customer's; raises HoldLapsedError, PaymentUnderWayError."""
    booking = lock_booking(booking_id)
    if not booking.is_live(now):
        raise HoldLapsedError
    if booking.status == Booking.Status.AWAITING_PAYMENT:
        raise PaymentUnderWayError
    return booking


@transaction.atomic(durable=True)
def remove_item(*, booking_id: int, item_id: int, now: datetime) -> Booking:
    """Give one place back; an empty basket is closed. A repeated request changes nothing."""
    booking = _lock_open_basket(booking_id, now)
    item = BookingItem.objects.filter(pk=item_id, booking=booking).select_related("place").first()
    if item is None:
        return booking
    item.delete()
    Place.objects.filter(pk=item.place_id, booking=booking).update(
        booking=None, state=Place.State.FREE, held_until=None
    )
    if item.place.seat_id:
        announce(item.event_session_id, free=[item.place.seat_id])
    if not booking.items.exists():
        booking.move_to(Booking.Status.CANCELLED)
        booking.closed_at = now
        booking.save(update_fields=["status", "closed_at"])
    return booking


@transaction.atomic(durable=True)
def change_ticket_types(*, booking_id: int, ticket_types: Mapping[int, int], now: datetime) -> Booking:
    """Set the ticket type of items (item id -> ticket type id) at today's price; unknown ones are ignored."""
    booking = _lock_open_basket(booking_id, now)
    items = list(booking.items.select_related("place"))
    sessions = {item.event_session_id for item in items}
    tiers = {
        (tier.event_session_id, tier.category_id, tier.ticket_type_id): tier
        for tier in PriceTier.objects.filter(event_session__in=sessions)
    }
    for item in items:
        wanted = ticket_types.get(item.pk)
        tier = tiers.get((item.event_session_id, item.place.category_id, wanted or 0))
        if tier is not None:
            item.ticket_type_id = tier.ticket_type_id
            item.price = tier.price
    BookingItem.objects.bulk_update(items, ["ticket_type", "price", "price_currency"])
    return booking


@transaction.atomic(durable=True)
def renew_hold(*, booking_id: int, now: datetime) -> Booking:
    """Start the hold period again, never beyond the cap counted from the first hold."""
    booking = _lock_open_basket(booking_id, now)
    cap = booking.created_at + settings.HOLD_CAP
    held_until = min(now + _hold_period(booking), cap)
    if held_until <= booking.held_until:
        raise RenewalLimitError
    booking.held_until = held_until
    booking.save(update_fields=["held_until"])
    Place.objects.filter(booking=booking).update(held_until=held_until)
    return booking


def _hold_period(booking: Booking) -> timedelta:
    item = booking.items.select_related("event_session").first()
    return item.event_session.hold_period if item else settings.HOLD_PERIOD


@transaction.atomic(durable=True)
def release_booking(*, booking_id: int, now: datetime) -> Booking:
    """The customer gives the whole basket back; a closed one stays as it is."""
    booking = lock_booking(booking_id)
    if booking.status == Booking.Status.HELD:
        booking.move_to(Booking.Status.CANCELLED)
        booking.closed_at = now
        booking.save(update_fields=["status", "closed_at"])
        release_places(booking)
    elif booking.status == Booking.Status.AWAITING_PAYMENT:
        raise PaymentUnderWayError
    return booking


def release_places(booking: Booking, place_ids: Collection[int] | None = None) -> None:
    """Inner step: free what the booking still owns, or these of its places, and tell the maps."""
    owned = Place.objects.filter(booking=booking)
    if place_ids is not None:
        owned = owned.filter(pk__in=place_ids)
    # Locked, so that maps are not told of a place that someone takes over in between.
    locked = owned.order_by("pk").select_for_update().values_list("event_session_id", "seat_id")
    freed: dict[int, list[int]] = {}
    for event_session_id, seat_id in locked:
        freed.setdefault(event_session_id, []).extend([seat_id] if seat_id else [])
    free_places_of(booking, place_ids)
    for event_session_id, seat_ids in freed.items():
        announce(event_session_id, free=seat_ids)
