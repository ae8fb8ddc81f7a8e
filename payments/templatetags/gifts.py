"""{% load gifts %}: a gift voucher on its booking's page, which bookings know nothing of."""

from typing import Any

from django import template

from bookings.models import Booking
from payments.models import GiftVoucher

register = template.Library()


@register.inclusion_tag("payments/_gift.html", takes_context=True)
def gift_of(context: dict[str, Any], booking: Booking) -> dict[str, Any]:
    gift = GiftVoucher.objects.select_related("voucher").get(booking=booking)
    voucher = gift.voucher
    is_untouched = voucher is not None and voucher.voided_at is None and voucher.balance == voucher.amount.amount
    return {
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
        "booking": booking,
        "gift": gift,
        "voucher": voucher,
        "may_go_back": booking.is_confirmed and is_untouched and gift.given_by_id is None,
    }
