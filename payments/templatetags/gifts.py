"""{% load gifts %}: a gift voucher on its booking's page, which bookings know nothing of."""

from typing import Any

from django import template
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from payments.models import GiftVoucher
from payments.selectors import list_gifts_of

register = template.Library()


@register.simple_tag
def gifts_of(user: User, search: str = "") -> list[GiftVoucher]:
    """For the page of one's own bookings, each with `is_over`: whether its time has run out."""
    gifts, now = list_gifts_of(user, search), timezone.now()
    for gift in gifts:
        gift.is_over = gift.voucher is not None and gift.voucher.is_expired(now)  # type: ignore[attr-defined]
    return gifts


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
        "may_go_back": booking.is_confirmed and is_untouched and not gift.is_given,
    }
