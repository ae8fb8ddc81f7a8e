"""Times as the clock on the venue's wall shows them; the database keeps UTC."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.forms import SplitDateTimeField
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from venues.models import Venue


def show_local(moment: datetime, venue: Venue) -> str:
    """“Sat 14 Jun 2025, 20:00 CEST”."""
    return f"{moment.astimezone(venue.zone):%a %d %b %Y, %H:%M %Z}"


def wall_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock shows, without a zone, for a form field."""
    return moment.astimezone(zone).replace(tzinfo=None)


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment when the clock shows this; the first one where it shows it twice.

    Raises ValidationError for a time that the clocks skip when they go forward.
    """
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if wall_time(moment, zone) != wall:
        raise ValidationError(
            _("The clocks go forward then: %(time)s does not exist in %(zone)s."),
            params={"time": f"{wall:%H:%M}", "zone": zone.key},
        )
    return moment


class WallTimeField(SplitDateTimeField):
    """Reads a date and a time and leaves the zone to the form, which learns it from the hall."""

    widget = UnfoldAdminSplitDateTimeWidget

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        date, time = data_list
        if not date:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if time is None or time == "":
            raise ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        return datetime.combine(date, time)
