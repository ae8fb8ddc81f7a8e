"""{% load change_sum %}: what a change of tickets comes to, which bookings know nothing of."""

from typing import Any

from django import template

from bookings.selectors import Summary
from payments.changes import sum_up_change

register = template.Library()


@register.inclusion_tag("payments/_change_sum.html")
def change_sum(summary: Summary) -> dict[str, Any]:
    """Nothing, without a look, for an ordinary basket and for a change without places."""
    is_change = summary.booking.replaces_id is not None and summary.items
    return {"sum": sum_up_change(summary.booking, summary.total) if is_change else None}
