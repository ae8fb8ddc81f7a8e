"""A customer's own bookings as rows for a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import BookingItem
from bookings.selectors import bookings_of

RELATED = [
    *("booking", "ticket", "ticket_type", "place__section", "place__seat"),
    *("event_session__event", "event_session__hall__venue"),
]


def list_rows(user: User, search: str = "") -> Iterator[list[Any]]:
    """The headings, then a row for each place, newest booking first; times as on the venue's clock."""
    yield [
        *(_("Booking"), _("Status"), _("Event"), _("Starts"), _("Time zone"), _("Venue"), _("Hall")),
        *(
            _("Place"),
            _("Attendee"),
            _("Ticket type"),
            _("Ticket"),
            _("Price"),
            _("Fee"),
            _("Currency"),
            _("Booked (UTC)"),
        ),
    ]
    items = BookingItem.objects.filter(booking__in=bookings_of(user, search).order_by())
    items = items.select_related(*RELATED).defer("event_session__event__description")
    for item in items.order_by("-booking_id", "pk").iterator(chunk_size=500):
        yield make_row(item)


def make_row(item: BookingItem) -> list[Any]:
    booking, event_session = item.booking, item.event_session
    venue = event_session.hall.venue
    return [
        booking.reference,
        booking.get_status_display(),
        event_session.event.title,
        f"{event_session.starts_at.astimezone(venue.zone):%Y-%m-%d %H:%M}",
        venue.time_zone,
        venue.name,
        event_session.hall.name,
        item.place.label,
        item.ticket.attendee if hasattr(item, "ticket") else "",
        item.ticket_type.name,
        item.ticket.get_status_display() if hasattr(item, "ticket") else "",
        item.price.amount,
        item.fee.amount,
        booking.currency,
        f"{booking.created_at:%Y-%m-%d %H:%M}",
    ]
