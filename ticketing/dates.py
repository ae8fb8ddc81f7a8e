"""How moments are said: always in the venue's zone, the year only when it is not this one."""

from datetime import date, datetime, tzinfo

from django.utils import timezone
from django.utils.dateformat import format as format_date


def say_date(day: date) -> str:
    """Sat 14 June, or Sat 14 June 2031 in another year."""
    return format_date(day, "D j F" if day.year == timezone.now().year else "D j F Y")


def say_day(moment: datetime, zone: tzinfo) -> str:
    """Sat 14 June, or Sat 14 June 2031 in another year."""
    local = moment.astimezone(zone)
    is_this_year = local.year == timezone.now().astimezone(zone).year
    return format_date(local, "D j F" if is_this_year else "D j F Y")


def say_time(moment: datetime, zone: tzinfo) -> str:
    """20:00"""
    return format_date(moment.astimezone(zone), "H:i")


def say_moment(moment: datetime, zone: tzinfo) -> str:
    """Sat 14 June, 20:00"""
    return f"{say_day(moment, zone)}, {say_time(moment, zone)}"
