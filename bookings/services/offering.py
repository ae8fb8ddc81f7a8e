"""What comes back to a sold-out session is offered along its waiting list: in order, to whole parties.

Only workers do this. Every step is a transaction of its own and finds out by itself what is left to do, so that a
worker that dies leaves nothing behind but work.
"""

import logging
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bookings.availability import announce
from bookings.errors import NotEnoughPlacesError, NotOnSaleError, PlacesContestedError
from bookings.locks import lock_booking, lock_event_session, lock_waiting_entry
from bookings.models import Booking, WaitingEntry
from bookings.services.baskets import count_places
from bookings.services.best import Search, Wish, take_any_standing, take_best
from bookings.services.items import add_items
from bookings.services.lifecycle import expire
from bookings.waiting_lists import (
    count_room,
    find_listed,
    find_next,
    is_list_open,
    list_categories,
    list_sessions_with_entries,
    waiting_in,
    wished_of,
)
from events.models import EventSession
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)

# Among how many of the best blocks one is taken: hardly anybody else is choosing.
CHOICES = (1, 1, 4)
BATCH = 200
# Of an offer whose basket came to its end. One that was confirmed and cancelled later has served all the same.
OUTCOMES = {
    Booking.Status.CONFIRMED: WaitingEntry.Status.BOOKED,
    Booking.Status.EXPIRED: WaitingEntry.Status.MISSED,
    Booking.Status.CANCELLED: WaitingEntry.Status.LEFT,
}


def serve_waiting_lists(*, now: datetime) -> int:
    """Bring every waiting list up to the present; returns how many offers were made.

    One that fails is logged and tried again next time; it does not keep the others.
    """
    made = 0
    for event_session_id in list_sessions_with_entries():
        try:
            made += serve_list(event_session_id=event_session_id, now=now)
        except Exception:
            logger.exception("waiting list not served", extra={"event_session_id": event_session_id})
    return made


def serve_list(*, event_session_id: int, now: datetime) -> int:
    """Note what became of offers, make those there is room for, and say which categories stay with the list.

    A list whose time is over is closed. Returns how many offers were made.
    """
    settle_offers(event_session_id=event_session_id, now=now)
    made = 0
    with suppress(NotEnoughPlacesError, NotOnSaleError):  # Taken at this moment: there will be another look.
        while retry_on_conflict(partial(offer_next, event_session_id=event_session_id, now=now)):
            made += 1
    while retry_on_conflict(partial(close_if_over, event_session_id=event_session_id, now=now)):
        pass
    retry_on_conflict(partial(update_listed, event_session_id=event_session_id, now=now))
    return made


def serve_after_cancelling(booking_id: int, **_facts: object) -> None:
    """Outbox handler: places of this booking came back."""
    waiting = WaitingEntry.objects.filter(status=WaitingEntry.Status.WAITING)
    sessions = waiting.filter(event_session__booking_items__booking=booking_id).values_list("event_session", flat=True)
    for event_session_id in sessions.distinct():
        serve_list(event_session_id=event_session_id, now=timezone.now())


def serve_after_move(event_session_id: int) -> None:
    """Outbox handler: somebody joined or left."""
    serve_list(event_session_id=event_session_id, now=timezone.now())


@transaction.atomic(durable=True)
def offer_next(*, event_session_id: int, now: datetime) -> bool:
    """Offer free places to the first on the list whose whole party finds room; False when there is none.

    The offer is a basket, kept for WAITING_LIST_OFFER and not renewed. Raises NotEnoughPlacesError when the room
    went to somebody else meanwhile.
    """
    event_session = EventSession.objects.select_related("event").get(pk=event_session_id)
    if not is_list_open(event_session, now):
        return False
    categories = list_categories(event_session_id)
    entry_id = find_next(event_session_id, count_room(event_session_id, categories, now), categories)
    if entry_id is None:
        return False
    entry = lock_waiting_entry(entry_id)
    if entry.status != WaitingEntry.Status.WAITING:
        return True  # Another worker served it, or it left: look again.
    user, limit = entry.user, event_session.customer_limit
    if user and count_places(None, event_session, user, now) + entry.party_size > limit:
        close(entry, WaitingEntry.Status.LEFT, now)  # They booked as many as one may have in another way.
        return True
    _offer(entry, event_session, wished_of(entry.categories, categories), now)
    return True


def _offer(entry: WaitingEntry, event_session: EventSession, categories: set[int], now: datetime) -> None:
    booking = Booking.objects.create(
        buyer_id=entry.user_id,
        name=entry.name,
        phone=entry.phone,
        email=entry.email,
        email_key=entry.email_key,
        currency=event_session.event.currency,
        created_at=now,
        held_until=now + settings.WAITING_LIST_OFFER,
    )
    seat_ids = _take_together(booking, event_session, categories, entry.party_size, now)
    if add_items(booking, event_session) < entry.party_size:
        raise NotOnSaleError
    entry.status = WaitingEntry.Status.OFFERED
    entry.booking, entry.offered_until = booking, booking.held_until
    entry.save(update_fields=["status", "booking", "offered_until"])
    announce(event_session.pk, taken=seat_ids)
    publish("bookings.waiting_list_offered", entry_id=entry.pk)


def _take_together(
    booking: Booking, event_session: EventSession, categories: set[int], count: int, now: datetime
) -> list[int]:
    """Seats while there are as many, else places to stand; raises NotEnoughPlacesError, NotOnSaleError."""
    wish = Wish(event_session.pk, None, None, count, is_accessible=False)
    search = Search(event_session, wish, frozenset(categories), event_session.event.title)
    board = search.look()
    if not search.categories.isdisjoint(board.rows.categories):
        try:
            return take_best(booking, search, board, CHOICES, now)
        except PlacesContestedError:
            raise
        except NotEnoughPlacesError:
            pass
    take_any_standing(booking, search, now)
    return []


def settle_offers(*, event_session_id: int, now: datetime) -> None:
    """Note which offers were booked, missed or given back; what lapsed is free for the next at once."""
    offered = WaitingEntry.objects.filter(event_session=event_session_id, status=WaitingEntry.Status.OFFERED)
    for entry_id in offered.values_list("pk", flat=True):
        retry_on_conflict(partial(settle_offer, entry_id=entry_id, now=now))


@transaction.atomic(durable=True)
def settle_offer(*, entry_id: int, now: datetime) -> WaitingEntry:
    """What became of one offer, if its end has come; a repeat changes nothing.

    One whose basket is at payment when its time ends waits for the provider's word.
    """
    entry = lock_waiting_entry(entry_id)
    if entry.status != WaitingEntry.Status.OFFERED or entry.booking_id is None:
        return entry
    booking = lock_booking(entry.booking_id)
    if booking.status == Booking.Status.HELD and booking.held_until <= now:
        expire(booking, now)
    status = Booking.Status.CONFIRMED if booking.confirmed_at else Booking.Status(booking.status)
    if outcome := OUTCOMES.get(status):
        close(entry, outcome, now)
    return entry


def settle_late(booking_id: int, **_facts: object) -> None:
    """Outbox handler: money came late for an offer that was missed by then, and there were places all the same."""
    confirmed = WaitingEntry.objects.filter(booking=booking_id, booking__status=Booking.Status.CONFIRMED)
    confirmed.filter(status=WaitingEntry.Status.MISSED).update(status=WaitingEntry.Status.BOOKED)


def close(entry: WaitingEntry, status: WaitingEntry.Status, now: datetime) -> None:
    """Inner step: the entry's end, which who missed an offer or waited in vain is told; the caller has its lock."""
    entry.status = status
    entry.closed_at = now
    entry.save(update_fields=["status", "closed_at"])
    if status in {WaitingEntry.Status.MISSED, WaitingEntry.Status.CLOSED}:
        publish(f"bookings.waiting_list_{status}", entry_id=entry.pk)


@transaction.atomic(durable=True)
def close_if_over(*, event_session_id: int, now: datetime) -> bool:
    """Close some entries of a list whose time is over, or whose date was called off; True while there may be more.

    Offers that are out stay good until their own end.
    """
    event_session = EventSession.objects.select_related("event").get(pk=event_session_id)
    if is_list_open(event_session, now) or now < event_session.booking_opens_at:
        return False
    entries = list(waiting_in(event_session_id).select_for_update()[:BATCH])
    for entry in entries:
        close(entry, WaitingEntry.Status.CLOSED, now)
    return len(entries) == BATCH


@transaction.atomic(durable=True)
def update_listed(*, event_session_id: int, now: datetime) -> None:
    """Say which categories are for the list alone; most often nothing has changed, and then nobody is kept waiting."""
    event_session = EventSession.objects.select_related("event").get(pk=event_session_id)
    if find_listed(event_session, now) == event_session.listed_categories:
        return
    # Looked at again with the lock, because somebody may have joined in between.
    event_session = lock_event_session(event_session_id)
    event_session.listed_categories = find_listed(event_session, now)
    event_session.save(update_fields=["listed_categories"])
