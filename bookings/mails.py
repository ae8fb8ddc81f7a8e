"""What customers are told by email. Each function hears one outbox topic and welcomes a repeat."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from bookings.models import Booking, BookingItem
from bookings.selectors import Summary, list_items
from bookings.tickets.calendar import render_calendar
from bookings.tickets.pdf import render_tickets_pdf
from notifications.services import Attachment, send_rendered


def send_confirmation(*, booking_id: int, copy: int = 0) -> None:
    """The tickets: PDF, calendar file and the private link. Nothing for guests without an address.

    Staff may send them once more: each `copy` goes out once.
    """
    booking = Booking.objects.get(pk=booking_id)
    # Cancelled before we came to it: the tickets in the mail would open no door.
    if not booking.email or not booking.is_confirmed or booking.gift_amount:
        return
    send_about(
        booking,
        kind="confirmed",
        occasion=str(copy or ""),
        subject=_("Your tickets for %(event)s") % {"event": name_events(booking)},
        attachments=attach_tickets(booking),
    )


def send_late_outcome(*, booking_id: int, outcome: str) -> None:
    """What became of money that arrived after the time was up: `same`, `moved`, `refunded`, or a change `unchanged`."""
    booking = Booking.objects.get(pk=booking_id)
    if not booking.email or booking.gift_amount:
        return
    if outcome == "refunded" and (events := name_called_off(booking)):
        subject = _("Cancelled: %(events)s. Your money goes back") % {"events": events}
        send_about(booking, kind="late_called_off", subject=subject, more={"events": events})
        return
    subjects = {
        "same": _("Your payment came late, and your places are yours"),
        "moved": _("Your payment came late, and your places have changed"),
        "refunded": _("Your payment came too late, and you get it back"),
        "unchanged": _("Your tickets could not be changed, and you get your payment back"),
    }
    send_about(booking, kind=f"late_{outcome}", subject=subjects[outcome])


def send_link(*, booking_id: int | None, asked_at: str) -> None:
    """The private link to who asked for it by reference and email; nothing where the two did not fit."""
    booking = Booking.objects.filter(pk=booking_id).first() if booking_id else None
    if booking is None or not booking.email:
        return
    send_about(
        booking, kind="link", subject=_("Your booking %(reference)s") % {"reference": booking}, occasion=asked_at
    )


def send_about(
    booking: Booking,
    *,
    kind: str,
    subject: str,
    attachments: list[Attachment] | None = None,
    occasion: str = "",
    more: dict[str, Any] | None = None,
) -> None:
    """Once for each kind, or for each `occasion` of a kind that may come again; `more` is for its template."""
    context = describe(booking, list_items(booking), subject) | (more or {})
    send_rendered(
        template=f"bookings/mail/{kind}",
        context=context,
        dedupe_key=":".join(filter(None, [kind, str(booking.pk), occasion])),
        kind=f"bookings.{kind}",
        about=name_booking(booking),
        recipient=booking.email,
        subject=subject,
        attachments=attachments,
    )


def attach_tickets(booking: Booking) -> list[Attachment]:
    return [
        Attachment(f"tickets-{booking.reference}.pdf", render_tickets_pdf(booking), "application/pdf"),
        Attachment(f"tickets-{booking.reference}.ics", render_calendar(booking), "text/calendar"),
    ]


def name_booking(booking: Booking) -> str:
    """What a notification about it says that it is about."""
    return f"booking:{booking.pk}"


def describe(booking: Booking, items: list[BookingItem], subject: str) -> dict[str, Any]:
    """What the layout of a mail about these places of the booking needs."""
    return {
        "booking": booking,
        "summary": Summary(booking=booking, items=items),
        "link": f"{settings.SITE_URL}{booking.get_absolute_url()}",
        "subject": subject,
    }


def name_called_off(booking: Booking) -> str:
    """The events of this booking whose dates were cancelled, on one line; empty where all take place."""
    gone = (item.event_session.event.title for item in list_items(booking) if item.event_session.is_called_off)
    return ", ".join(dict.fromkeys(" ".join(title.split()) for title in gone))


def name_events(booking: Booking) -> str:
    """“Bach” or “Bach and 2 more”; a title with a line break in it would be refused as a header."""
    titles = list(dict.fromkeys(" ".join(item.event_session.event.title.split()) for item in list_items(booking)))
    if len(titles) == 1:
        return titles[0]
    return _("%(title)s and %(number)s more") % {"title": titles[0], "number": len(titles) - 1}
