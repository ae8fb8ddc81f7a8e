from datetime import datetime

from django.db.models import Count, Q

from bookings.availability import keep_standing, pop_dirty
from bookings.models import Booking, Place
from bookings.services.lifecycle import expire_booking
from events.models import EventSession
from ticketing.transactions import retry_on_conflict

BATCH = 500


def release_lapsed_holds(*, now: datetime) -> int:
    """Close baskets whose time is up. Those at payment wait for the gateway's word (see payments)."""
    lapsed = Booking.objects.filter(status=Booking.Status.HELD, held_until__lte=now).order_by("held_until")
    booking_ids = list(lapsed.values_list("pk", flat=True)[:BATCH])
    for booking_id in booking_ids:
        retry_on_conflict(lambda: expire_booking(booking_id=booking_id, now=now))  # noqa: B023  Called at once.
    return len(booking_ids)


def refresh_free_places() -> int:
    """Bring the figures shown in lists up to the inventory, for sessions that changed."""
    dirty = pop_dirty()
    for event_session_id in dirty:
        refresh_event_session(event_session_id)
    return len(dirty)


def refresh_event_session(event_session_id: int) -> None:
    counts = (
        Place.objects.filter(event_session=event_session_id)
        .values("section_id", "section__kind")
        .annotate(left=Count("pk", filter=Q(state=Place.State.FREE)))
    )
    rows = list(counts)
    EventSession.objects.filter(pk=event_session_id).update(free_places=sum(row["left"] for row in rows))
    keep_standing(
        event_session_id, {row["section_id"]: row["left"] for row in rows if row["section__kind"] == "standing"}
    )
