import json
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django import template
from django.utils.dateformat import format as format_date
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from djmoney.money import Money

from events.descriptions import clean_description
from events.models import Event
from events.posters.drawing import poster_url

register = template.Library()
register.filter("description", clean_description)

# Inside a script element only these can end it early or open a comment.
SCRIPT_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.filter
def picture(event: Event) -> str:
    """The event's own picture, else its drawn poster."""
    return event.image.url if event.image else poster_url(event)


@register.filter
def banner(event: Event) -> str:
    """The wide picture of the event page."""
    return event.image.url if event.image else poster_url(event, banner=True)


@register.filter
def ld_json(data: Any) -> SafeString:
    """JSON that is safe inside a script element of type application/ld+json."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(SCRIPT_ESCAPES))  # noqa: S308


@register.filter
def price(money: Money) -> str:
    """€45.00, or “free” where nothing is asked."""
    return str(money) if money.amount else _("free")


@register.filter
def price_from(money: Money) -> str:
    """from €45.00, or “free”."""
    return _("from %(price)s") % {"price": money} if money.amount else _("free")


@register.filter
def price_span(span: tuple[Money, Money]) -> str:
    """€45.00, or €45.00 – €60.00 where sessions differ."""
    lowest, highest = span
    return price(lowest) if lowest == highest else f"{price(lowest)} – {price(highest)}"


@register.filter
def duration(length: timedelta) -> str:
    """2 h 15 min"""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    parts = [
        _("%(hours)s h") % {"hours": hours} if hours else "",
        _("%(minutes)s min") % {"minutes": minutes} if minutes else "",
    ]
    return " ".join(filter(None, parts))


@register.filter
def fee(event: Event) -> str:
    """“€1.50 a ticket + 5 % of the price + €2.00 a booking”; empty where there is none."""
    parts = [
        _("%(fee)s a ticket") % {"fee": Money(event.fee_per_ticket, event.currency)} if event.fee_per_ticket else "",
        _("%(percent)s %% of the price") % {"percent": f"{Decimal(event.fee_percent).normalize():f}"}
        if event.fee_percent
        else "",
        _("%(fee)s a booking") % {"fee": Money(event.fee_per_booking, event.currency)} if event.fee_per_booking else "",
    ]
    return " + ".join(filter(None, parts))


@register.filter
def cancellation(event: Event) -> str:
    """“Free cancellation until 48 hours before the start; after that half ...”, as the policy says it before buying."""
    hours, kept = event.refund_free_hours, Decimal(event.refund_kept_percent)
    if hours is None:
        return _("Tickets cannot be given back.")
    if not hours or not kept:
        until = _("Free cancellation until the doors open")
    else:
        until = ngettext(
            "Free cancellation until an hour before the start",
            "Free cancellation until %(hours)s hours before the start",
            hours,
        ) % {"hours": hours}
    words = _(", then %(percent)s %% of the price is kept") % {"percent": f"{kept.normalize():f}"}
    after = words if hours and 0 < kept < 100 else ""
    fees = _(" Booking fees are kept.") if event.refund_keeps_fees and fee(event) else ""
    return f"{until}{after}.{fees}"


@register.filter
def leaf(moment: datetime, zone: tzinfo) -> list[str]:
    """Weekday, day and month, as on the leaf of a calendar."""
    local = moment.astimezone(zone)
    return [format_date(local, "D"), format_date(local, "j"), format_date(local, "M")]


@register.filter
def machine_time(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).isoformat()
