"""{% load tickets %}: what may be done with a ticket."""

from django import template
from django.utils import timezone

from bookings.models import BookingItem
from bookings.transfers import why_not_passed_on

register = template.Library()


@register.filter
def may_be_passed_on(item: BookingItem) -> bool:
    """By who booked; needs what `list_items` loads."""
    item.ticket.event_session = item.event_session
    return item.ticket.transfer_id is None and why_not_passed_on(item.ticket, timezone.now()) is None
