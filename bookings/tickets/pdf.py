"""The tickets of a booking as one PDF, a page each, sized for a phone and printable as A6."""

import base64
import logging
from io import BytesIO

from django.conf import settings
from django.template.loader import render_to_string

from bookings.models import Booking, Ticket
from bookings.tickets.codes import sign_ticket
from bookings.tickets.qr import qr_png
from bookings.tickets.selectors import list_tickets

logger = logging.getLogger(__name__)


class PdfError(Exception):
    """The renderer could not make the PDF: a fault of ours, not of the buyer's."""


def render_tickets_pdf(booking: Booking) -> bytes:
    """All valid tickets of a booking; the same tickets give the same codes each time."""
    tickets = list_tickets(booking)
    pages = [{"ticket": ticket, "qr": make_data_url(ticket)} for ticket in tickets]
    html = render_to_string(
        "bookings/pdf/tickets.html",
        {"booking": booking, "pages": pages, "font_dir": settings.TICKET_FONT_DIR, "site_name": settings.SITE_NAME},
    )
    target = BytesIO()
    # Imported here: it takes 60 MB and two seconds, and few web processes ever print.
    from xhtml2pdf import pisa  # noqa: PLC0415
    from xhtml2pdf.config.resources import ResourceAccessPolicy  # noqa: PLC0415

    # The renderer may read our fonts and nothing else, whatever ends up in the HTML.
    fonts_only = ResourceAccessPolicy(allow_remote=False, base_dir=str(settings.TICKET_FONT_DIR))
    outcome = pisa.CreatePDF(html, target, encoding="utf-8", resource_policy=fonts_only)
    if outcome.err:
        logger.error("ticket pdf failed", extra={"booking_id": booking.pk})
        raise PdfError
    return target.getvalue()


def make_data_url(ticket: Ticket) -> str:
    png = qr_png(sign_ticket(ticket.pk, ticket.revision))
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
