"""The calendar file that comes with a booking."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from bookings.models import Booking, Transfer
from bookings.tickets.selectors import list_event_sessions
from events.models import EventSession


def render_calendar(booking: Booking) -> bytes:
    """One calendar entry for each session of the booking, in the venue's own time zone.

    The zone is named, not only converted: a calendar then keeps 20:00 at the venue even when
    the law moves the clocks between booking and show.
    """
    return render_entries(make_entry(booking, event_session) for event_session in list_event_sessions(booking))


def render_received_calendar(transfer: Transfer) -> bytes:
    """The same for who was passed a ticket, with their own link; needs what `get_received` loads."""
    ticket = transfer.ticket
    return render_entries([make_entry(ticket.booking, ticket.event_session, transfer)])


def render_entries(entries: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//tickets//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for entry in entries:
        calendar.add_component(entry)
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content


def make_entry(booking: Booking, event_session: EventSession, transfer: Transfer | None = None) -> Event:
    venue = event_session.hall.venue
    part = f"-{transfer.pk}" if transfer else ""
    path = transfer.get_absolute_url() if transfer else booking.get_absolute_url()
    entry = Event()
    # The same id for the same session of a booking, so that a second mail updates the entry.
    entry.add("uid", f"{booking.reference}-{event_session.pk}{part}@{urlsplit(settings.SITE_URL).hostname}")
    # A higher number replaces the entry when the session has moved.
    entry.add("sequence", event_session.revision)
    entry.add("dtstamp", booking.confirmed_at or booking.created_at)
    entry.add("dtstart", event_session.starts_at.astimezone(venue.zone))
    entry.add("dtend", event_session.ends_at.astimezone(venue.zone))
    entry.add("summary", event_session.event.title)
    entry.add("location", ", ".join([event_session.hall.name, venue.name, *venue.address_lines]))
    entry.add("description", f"{booking.reference}\n{settings.SITE_URL}{path}")
    if venue.latitude is not None and venue.longitude is not None:
        entry.add("geo", (float(venue.latitude), float(venue.longitude)))
    return entry
