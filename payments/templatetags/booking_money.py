"""{% load booking_money %}: what a booking's page says about its money, which bookings know nothing of."""

from collections.abc import Collection
from typing import Any

from django import template
from django.utils import timezone

from bookings.models import Booking, BookingItem, Ticket
from payments.policy import quote_cancellation
from payments.resales import may_be_resold
from payments.selectors import list_refunds_of

register = template.Library()


@register.inclusion_tag("payments/_booking_money.html")
def booking_money(booking: Booking, items: Collection[BookingItem]) -> dict[str, Any]:
    """Refunds and how they stand, and the way to cancel; needs what `list_items` loads."""
    held = [item for item in items if hasattr(item, "ticket") and item.ticket.status == Ticket.Status.VALID]
    now = timezone.now()
    quote = quote_cancellation(held, now)
    return {
        "booking": booking,
        "refunds": list_refunds_of(booking) if booking.confirmed_at or not booking.is_open else [],
        "may_cancel": any(line.refusal is None for line in quote.lines),
        "may_resell": any(may_be_resold(item, now) for item in items if hasattr(item, "ticket")),
        "events": list(dict.fromkeys(item.event_session.event for item in held)),
    }
