"""{% load receipts %}: the papers on a booking's page, which bookings know nothing of."""

from typing import Any

from django import template
from django.utils import timezone

from bookings.models import Booking
from payments.receipts.selectors import is_receipt_coming, list_receipts

register = template.Library()


@register.inclusion_tag("payments/_receipts.html")
def receipt_links(booking: Booking) -> dict[str, Any]:
    """One line for each receipt and correction, or that it is being written."""
    receipts = list_receipts(booking)
    return {
        "booking": booking,
        "receipts": receipts,
        "is_coming": is_receipt_coming(booking, receipts, timezone.now()),
    }
