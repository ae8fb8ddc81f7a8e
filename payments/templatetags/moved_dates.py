"""{% load moved_dates %}: what a booking's page says about dates that were moved."""

from collections.abc import Collection
from typing import Any

from django import template
from django.utils import timezone

from bookings.models import Booking, BookingItem
from bookings.reschedulings import list_moves_of

register = template.Library()


@register.inclusion_tag("payments/_moved_dates.html")
def moved_dates(booking: Booking, items: Collection[BookingItem]) -> dict[str, Any]:
    """The last move of each session, and until when one may answer; needs what `list_items` loads."""
    now = timezone.now()
    rows = list_moves_of(booking.pk, items) if booking.is_confirmed else []
    return {
        "moves": [(row, row.rescheduling.is_open(now)) for row in rows if row.rescheduling.event_session.ends_at > now]
    }
