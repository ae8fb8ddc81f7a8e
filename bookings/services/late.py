"""Money that arrives after the hold lapsed: the same places, equal ones together, or a refund."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import F, prefetch_related_objects

from bookings.availability import announce
from bookings.errors import PlacesGoneError
from bookings.locks import lock_free_standing, sell_places_of, take_places
from bookings.models import Booking, BookingItem, Place

# Only bridges the few statements until the same transaction sells the places.
BRIEFLY = timedelta(minutes=1)
TRIES = 3


def sell_places(booking: Booking, items: Sequence[BookingItem], now: datetime) -> bool:
    """Inner step: sell every item's place to the booking, which may have lost some; the caller holds its lock.

    Returns True when the customer sits elsewhere than chosen. Raises PlacesGoneError, and the caller's
    transaction must then release what the booking owns.
    """
    if any(item.event_session.is_called_off or item.event_session.ends_at <= now for item in items):
        raise PlacesGoneError
    # Sold first and counted then, or the next buyer of a lapsed hold takes a place between our look and our sale.
    if sell_places_of(booking) == len(items):
        return False
    prefetch_related_objects(items, "place__section", "place__seat")
    # Half a party that found places must not keep its items there; on the usual way nothing is undone.
    with transaction.atomic():
        was_moved = not _take_same(booking, items, now)
        if was_moved:
            _move_elsewhere(booking, items, now)
        sell_places_of(booking)
    return was_moved


def _move_elsewhere(booking: Booking, items: Sequence[BookingItem], now: datetime) -> None:
    groups: dict[tuple[int, int, int | None], list[BookingItem]] = defaultdict(list)
    for item in items:
        # A seat and a standing place may cost the same and still are no substitute for each other.
        floor = item.place.section_id if item.place.seat_id is None else None
        groups[item.event_session_id, item.place.category_id, floor].append(item)
    owned = set(Place.objects.filter(booking=booking).values_list("pk", flat=True))
    for group in groups.values():
        if any(item.place_id not in owned for item in group):
            _reseat(booking, group, now)


def _take_same(booking: Booking, items: Sequence[BookingItem], now: datetime) -> bool:
    owned = set(Place.objects.filter(booking=booking).values_list("pk", flat=True))
    missing = [item for item in items if item.place_id not in owned]
    if not missing:
        return True
    if any(item.place.section.plan_id != item.event_session.plan_id for item in missing):
        return False  # Free for a moment, but its seat went when the date moved.
    place_ids = [item.place_id for item in missing]
    taken = take_places(place_ids=place_ids, booking=booking, held_until=now + BRIEFLY, now=now)
    return taken == len(missing)


def _reseat(booking: Booking, group: Sequence[BookingItem], now: datetime) -> None:
    """Move a party to equal places side by side; standing people to any."""
    first = group[0].place
    kept = Place.objects.filter(booking=booking, pk__in=[item.place_id for item in group])
    freed = list(kept.exclude(seat=None).values_list("seat_id", flat=True))
    kept.update(booking=None, state=Place.State.FREE, held_until=None)
    announce(first.event_session_id, free=freed)
    for _ in range(TRIES):
        places = _find_equal([item.place for item in group], now)
        taken = take_places(
            place_ids=[place.pk for place in places], booking=booking, held_until=now + BRIEFLY, now=now
        )
        if taken == len(group):
            _move(group, places)
            announce(first.event_session_id, taken=[place.seat_id for place in places if place.seat_id])
            return
        Place.objects.filter(booking=booking, pk__in=[place.pk for place in places]).update(
            booking=None, state=Place.State.FREE, held_until=None
        )
    raise PlacesGoneError


def _move(group: Sequence[BookingItem], places: Sequence[Place]) -> None:
    """Who keeps a place stays on it: for a moment two items on one place would break the unique index."""
    kept = {item.place_id for item in group} & {place.pk for place in places}
    movers = [item for item in group if item.place_id not in kept]
    new_places = [place for place in places if place.pk not in kept]
    for item, place in zip(movers, new_places, strict=True):
        item.place = place
        item.save(update_fields=["place"])


def _find_equal(wanted: Sequence[Place], now: datetime) -> list[Place]:
    """As many free places as wanted and no worse; raises PlacesGoneError when there are none."""
    first, count = wanted[0], len(wanted)
    places = Place.objects.filter(event_session=first.event_session_id, category=first.category_id)
    places = places.filter(section__plan=F("event_session__plan"))
    if first.seat is None:
        place_ids = lock_free_standing(
            event_session_id=first.event_session_id, section=first.section, count=count, now=now
        )
        found = list(places.filter(pk__in=place_ids).select_related("seat"))
    elif any(place.seat and (place.seat.is_wheelchair or place.seat.is_companion) for place in wanted):
        # An ordinary seat is no use to someone in a wheelchair.
        found = []
    else:
        seats = places.free(now).filter(seat__is_wheelchair=False, seat__is_companion=False).select_related("seat")
        if not all(place.seat and place.seat.has_restricted_view for place in wanted):
            seats = seats.filter(seat__has_restricted_view=False)
        found = nearest_block(list(seats.order_by("section", "seat__row_rank", "seat__position")), first, count)
    if len(found) < count:
        raise PlacesGoneError
    return found


def nearest_block(places: Sequence[Place], first: Place, count: int) -> list[Place]:
    """The `count` neighbouring seats nearest to where the party sat first; empty when there is no block.

    `places` come ordered by section, row and position.
    """
    blocks = [places[start : start + count] for start in range(len(places) - count + 1)]
    together = [list(block) for block in blocks if all(is_next_to(left, right) for left, right in pairwise(block))]
    if not together:
        return []
    return min(together, key=lambda block: distance(block[0], first))


def is_next_to(left: Place, right: Place) -> bool:
    a, b = left.seat, right.seat
    if a is None or b is None or a.section_id != b.section_id or a.row_rank != b.row_rank:
        return False
    return b.position - a.position == 1


def distance(place: Place, other: Place) -> float:
    if place.seat is None or other.seat is None:
        return 0
    return (place.seat.x - other.seat.x) ** 2 + (place.seat.y - other.seat.y) ** 2
