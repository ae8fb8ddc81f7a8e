"""The tickets of a booking as one PDF, a page each, sized for a phone and printable as A6."""

import base64
from collections.abc import Iterable

from bookings.models import Booking, Ticket
from bookings.tickets.codes import sign_ticket
from bookings.tickets.qr import qr_png
from bookings.tickets.selectors import list_tickets
from ticketing.pdf import render_pdf


def render_tickets_pdf(booking: Booking) -> bytes:
    """All valid tickets of a booking; the same tickets give the same codes each time."""
    return render_pages(booking, list_tickets(booking))


def render_pages(booking: Booking, tickets: Iterable[Ticket]) -> bytes:
    """These tickets; they need what `list_tickets` loads."""
    pages = [{"ticket": ticket, "qr": make_data_url(ticket)} for ticket in tickets]
    return render_pdf("bookings/pdf/tickets.html", {"booking": booking, "pages": pages})


def make_data_url(ticket: Ticket) -> str:
    png = qr_png(sign_ticket(ticket.pk, ticket.revision))
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
