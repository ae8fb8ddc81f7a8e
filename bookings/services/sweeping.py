import logging
from datetime import datetime
from functools import partial

from bookings.availability import keep_left, mark_dirty, pop_dirty
from bookings.models import Booking, Place
from bookings.seating.occupancy import taken_seats
from bookings.seatmap.figures import count_hidden, count_left
from bookings.services.lifecycle import expire_booking
from events.models import EventSession
from ticketing.transactions import retry_on_conflict
from venues.models import Section
from waitingroom.guard import list_guarded
from waitingroom.services.running import tell_left

logger = logging.getLogger(__name__)

BATCH = 500


def release_lapsed_holds(*, now: datetime) -> int:
    """Close baskets whose time is up; returns how many. Those at payment wait for the gateway's word.

    One that fails is logged and tried again next time; it does not keep the others.
    """
    lapsed = Booking.objects.filter(status=Booking.Status.HELD, held_until__lte=now).order_by("held_until")
    released = 0
    for booking_id in lapsed.values_list("pk", flat=True)[:BATCH]:
        try:
            retry_on_conflict(partial(expire_booking, booking_id=booking_id, now=now))
        except Exception:
            logger.exception("hold not released", extra={"booking_id": booking_id})
        else:
            released += 1
    return released


def refresh_free_places() -> int:
    """Bring the figures shown in lists and on maps up to the inventory, for sessions that changed.

    One that fails is logged and stays marked for the next time; it does not keep the others.
    """
    refreshed = 0
    for event_session_id in pop_dirty():
        try:
            refresh_event_session(event_session_id)
        except Exception:
            logger.exception("free places not counted", extra={"event_session_id": event_session_id})
            mark_dirty(event_session_id)
        else:
            refreshed += 1
    return refreshed


def refresh_event_session(event_session_id: int) -> None:
    event_session = EventSession.objects.get(pk=event_session_id)
    taken = taken_seats(event_session_id, event_session.plan_id)
    sections = list(Section.objects.filter(plan=event_session.plan_id))
    left = count_left(taken, event_session_id, sections)
    free, hidden = sum(left.values()), count_hidden(taken, event_session_id, sections)
    EventSession.objects.filter(pk=event_session_id).update(free_places=free, hidden_places=hidden)
    keep_left(event_session_id, left)
    if event_session_id in list_guarded():
        held = Place.objects.filter(event_session=event_session_id, state=Place.State.HELD)
        tell_left(event_session_id, left=free - hidden, baskets=held.values("booking").distinct().count())
