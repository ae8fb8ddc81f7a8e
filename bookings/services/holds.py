from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from accounts.models import User
from bookings.availability import announce
from bookings.errors import (
    AlreadyYoursError,
    NotEnoughPlacesError,
    NotOnSaleError,
    PaymentUnderWayError,
    PlanChangedError,
    RenewalLimitError,
    SeatsTakenError,
)
from bookings.locks import free_places_of, lock_booking, lock_free_standing, take_places, take_seats
from bookings.models import Booking, BookingItem, Place, WaitingEntry
from bookings.seating.companions import lone_companions
from bookings.seating.geometry import WHEELCHAIR, get_rows
from bookings.services.access import list_tiers
from bookings.services.baskets import enter_sale, lock_open_basket, open_basket
from bookings.services.items import add_items, set_sums
from bookings.services.listing import check_not_listed
from bookings.services.promo_codes import bring_code
from bookings.services.seating_rules import check_companions, check_gaps
from events.models import EventSession
from promotions.selectors import is_open_to
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
    ticket_type_id: int | None = None,
    codes: Sequence[str] = (),
) -> Booking:
    """Hold every requested place, or none of them.

    `standing` maps section ids to numbers of places. `booking_id` is the customer's open basket, to
    which the places are added while it is live; otherwise a new one begins. Places get the price of
    the ticket type where their category has it, else of the usual one. `codes` are the customer's access
    codes; one that is needed stays with the basket. Raises NothingChosenError, NotOnSaleError,
    OtherCurrencyError, CustomerLimitError, PaymentUnderWayError, SeatsTakenError, AlreadyYoursError,
    PlanChangedError, NotEnoughPlacesError, CompanionError, SingleGapError, ListedPlacesError, and for a code
    that is needed OtherCodeError, PromoCodeUsedUpError, PromoCodeSpentError.
    """
    seat_ids = set(seat_ids)
    standing = {section: count for section, count in standing.items() if count > 0}
    wanted = len(seat_ids) + sum(standing.values())
    event_session, access = enter_sale(event_session_id, wanted, codes, now)
    rows = get_rows(event_session.plan_id) if seat_ids else None
    check_not_listed(event_session, rows, seat_ids, standing)

    booking, is_new = open_basket(booking_id, event_session, buyer, wanted, now)
    if access:
        categories = _list_categories(event_session, seat_ids, standing)
        access = bring_code(booking, access, categories, ticket_type_id, now)
    if rows is not None:
        _take_chosen_seats(booking, event_session, seat_ids, now)
        check_companions(rows, booking, event_session, seat_ids, is_new=is_new)
        check_gaps(rows, event_session, seat_ids, now)
    for section_id, count in sorted(standing.items()):
        take_standing(booking, event_session, section_id, count, now)
    if add_items(booking, event_session, ticket_type_id, access.tier_ids if access else None) < wanted:
        raise NotOnSaleError
    announce(event_session.pk, taken=seat_ids)
    return booking


def _list_categories(
    event_session: EventSession, seat_ids: Collection[int], section_ids: Collection[int]
) -> set[int | None]:
    seats = Place.objects.filter(event_session=event_session, seat__in=seat_ids).order_by()
    standing = Section.objects.filter(plan=event_session.plan_id, pk__in=section_ids)
    return {*seats.values_list("category", flat=True), *standing.values_list("category", flat=True)}


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
    wanted = Place.objects.filter(event_session=event_session, seat__in=seat_ids)
    wanted = wanted.select_related("seat", "section").order_by("pk")
    if lost := list(wanted.exclude(booking=booking)):
        raise SeatsTakenError(**_facts_of(lost))
    if own := list(wanted.filter(items__booking=booking)):
        raise AlreadyYoursError(**_facts_of(own))
    # The rest are no seats of this session: they were chosen on the map of an earlier plan.
    raise PlanChangedError(seat_ids=sorted(seat_ids))


def _facts_of(places: Sequence[Place]) -> dict[str, object]:
    return {"labels": "; ".join(place.label for place in places), "seat_ids": [place.seat_id for place in places]}


def take_standing(booking: Booking, event_session: EventSession, section_id: int, count: int, now: datetime) -> None:
    """Inner step: hold any `count` places of a standing section; raises NotOnSaleError, NotEnoughPlacesError."""
    standing = Section.objects.filter(plan=event_session.plan_id, kind=Section.Kind.STANDING)
    section = standing.filter(pk=section_id).first()
    if section is None:
        raise NotOnSaleError
    place_ids = lock_free_standing(event_session_id=event_session.pk, section=section, count=count, now=now)
    if len(place_ids) < count:
        raise NotEnoughPlacesError(left=len(place_ids), wanted=count, section=section.name)
    take_places(place_ids=place_ids, booking=booking, held_until=booking.held_until, now=now)


@transaction.atomic(durable=True)
def remove_item(*, booking_id: int, item_id: int, now: datetime) -> Booking:
    """Give one place back; an empty basket is closed. A repeated request changes nothing.

    Companion places go back with the last wheelchair place that they were sold with.
    """
    booking = lock_open_basket(booking_id, now)
    item = BookingItem.objects.filter(pk=item_id, booking=booking).select_related("place", "event_session").first()
    if item is None:
        return booking
    _give_back(booking, item.event_session_id, [item])
    if item.place.seat_id:
        _give_companions_back(booking, item.event_session, item.place.seat_id)
    _close_if_empty(booking, now)
    return booking


@transaction.atomic(durable=True)
def drop_called_off(*, booking_id: int, now: datetime) -> tuple[Booking, list[BookingItem]]:
    """Take the places of dates that were cancelled out of the basket; the rest is kept, an empty basket is closed.

    Returns what went too; a repeat finds nothing. Raises HoldLapsedError, PaymentUnderWayError.
    """
    booking = lock_open_basket(booking_id, now)
    items = booking.items.select_related("place", "event_session__event").order_by("pk")
    gone = [item for item in items if item.event_session.is_called_off]
    for event_session_id in {item.event_session_id for item in gone}:
        _give_back(booking, event_session_id, [item for item in gone if item.event_session_id == event_session_id])
    if gone:
        _close_if_empty(booking, now)
    return booking, gone


def _close_if_empty(booking: Booking, now: datetime) -> None:
    set_sums(booking)
    # A change goes on without places: others are chosen in their stead.
    if booking.replaces_id is None and not booking.items.exists():
        booking.move_to(Booking.Status.CANCELLED)
        booking.closed_at = now
        booking.save(update_fields=["status", "closed_at"])


def _give_back(booking: Booking, event_session_id: int, items: Sequence[BookingItem]) -> None:
    BookingItem.objects.filter(pk__in=[item.pk for item in items]).delete()
    places = Place.objects.filter(pk__in=[item.place_id for item in items], booking=booking)
    places.update(booking=None, state=Place.State.FREE, held_until=None)
    # Standing places too: without seats it only has the session counted again. What a change keeps was never free.
    freed = [item.place for item in items if item.place.booking_id == booking.pk]
    announce(event_session_id, free=[place.seat_id for place in freed if place.seat_id])


def _give_companions_back(booking: Booking, event_session: EventSession, removed_seat: int) -> None:
    rows = get_rows(event_session.plan_id)
    removed = rows.slot_of(removed_seat)
    if removed is None or not rows.flags[removed] & WHEELCHAIR:
        return
    items = booking.items.filter(event_session=event_session).select_related("place")
    by_seat = {item.place.seat_id: item for item in items if item.place.seat_id}
    lone = lone_companions(rows, rows.slots_of(by_seat))
    _give_back(booking, event_session.pk, [by_seat[rows.ids[slot]] for slot in lone])


@transaction.atomic(durable=True)
def change_ticket_types(*, booking_id: int, ticket_types: Mapping[int, int], now: datetime) -> Booking:
    """Set the ticket type of items (item id -> ticket type id) at today's price.

    Unknown ones are ignored, and those that need an access code which the basket does not have.
    """
    booking = lock_open_basket(booking_id, now)
    items = list(booking.items.select_related("place"))
    tiers = list_tiers({item.event_session_id for item in items})
    for item in items:
        wanted = ticket_types.get(item.pk)
        tier = tiers.get((item.event_session_id, item.place.category_id, wanted or 0))
        is_same = tier is not None and tier.ticket_type_id == item.ticket_type_id
        if tier is not None and (is_same or is_open_to(booking.promo_code, tier, tier.event_session, now)):
            item.ticket_type_id = tier.ticket_type_id
            item.price, item.taken_off = tier.price, Decimal(0)
    BookingItem.objects.bulk_update(items, ["ticket_type", "price", "price_currency", "taken_off"])
    set_sums(booking)
    return booking


@transaction.atomic(durable=True)
def renew_hold(*, booking_id: int, now: datetime) -> Booking:
    """Start the hold period again, never beyond the cap counted from the first hold, nor beyond an offer's end.

    Raises RenewalLimitError.
    """
    booking = lock_open_basket(booking_id, now)
    if WaitingEntry.objects.filter(booking=booking).exists():
        raise RenewalLimitError
    cap = booking.created_at + settings.HOLD_CAP
    held_until = min(now + _hold_period(booking), cap)
    if held_until <= booking.held_until:
        raise RenewalLimitError
    booking.held_until = held_until
    booking.save(update_fields=["held_until"])
    Place.objects.filter(booking=booking).update(held_until=held_until)
    return booking


def _hold_period(booking: Booking) -> timedelta:
    """The shortest of its sessions': one countdown runs for all of them."""
    shortest: timedelta | None = booking.items.aggregate(period=Min("event_session__hold_period"))["period"]
    return settings.HOLD_PERIOD if shortest is None else shortest


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
