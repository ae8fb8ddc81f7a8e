"""{% load dates %}: `{{ moment|moment:venue.zone }}`, `|day:` and `|clock:`, and `{% time_tag moment zone %}`."""

from datetime import datetime, tzinfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ticketing.dates import say_day, say_moment, say_time

register = template.Library()
register.filter("moment", say_moment)
register.filter("day", say_day)
register.filter("clock", say_time)


@register.simple_tag
def time_tag(moment: datetime, zone: tzinfo) -> SafeString:
    """The moment as people say it, and for machines with its offset."""
    return format_html('<time datetime="{}">{}</time>', moment.astimezone(zone).isoformat(), say_moment(moment, zone))
