"""What a moved date means for a booking until the deadline; read by pages and by the rules of changing."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import F

from bookings.models import BookingItem, Place, RescheduledBooking


def sessions_moved_for(booking_id: int, now: datetime) -> set[int]:
    """Sessions of the booking that were moved, while their customers may still exchange their tickets."""
    rows = RescheduledBooking.objects.filter(booking=booking_id, rescheduling__deadline__gt=now)
    return set(rows.values_list("rescheduling__event_session", flat=True))


def went_with_move(place_ids: Collection[int]) -> bool:
    """Whether one of these is not on its session's plan any more.

    Stays so while the lock of the booking that has them is held: a move notes that booking first, and waits for it.
    """
    places = Place.objects.filter(pk__in=place_ids)
    return places.exclude(section__plan=F("event_session__plan")).exists()


def list_moves_of(booking_id: int, items: Iterable[BookingItem]) -> list[RescheduledBooking]:
    """The last move of each session of these items; costs a query only where one was moved."""
    moved = {item.event_session_id for item in items if item.event_session.revision}
    if not moved:
        return []
    rows = RescheduledBooking.objects.filter(booking=booking_id, rescheduling__event_session__in=moved)
    rows = rows.select_related(
        "booking",
        "rescheduling__event_session__event",
        "rescheduling__event_session__hall__venue",
        "rescheduling__old_hall__venue",
    )
    return list({row.rescheduling.event_session_id: row for row in rows.order_by("pk")}.values())
