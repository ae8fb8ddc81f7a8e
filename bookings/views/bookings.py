from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bookings.changes import list_lines_of, list_made_of
from bookings.forms import AttendeeForm
from bookings.models import Booking, Ticket
from bookings.selectors import Summary, get_booking, list_items
from bookings.tickets.calendar import render_calendar
from bookings.tickets.codes import sign_ticket
from bookings.tickets.pdf import render_pages
from bookings.tickets.qr import qr_png
from bookings.tickets.selectors import list_tickets


@never_cache
@require_safe
def booking(request: HttpRequest, access_key: str) -> HttpResponse:
    """The booking's own page behind its private link: tickets, or how it stands."""
    booking = get_booking(access_key)
    if booking.is_live(timezone.now()):
        return redirect("bookings:basket")
    return show_booking(request, booking)


def show_booking(
    request: HttpRequest, booking: Booking, *, names: AttendeeForm | None = None, status: int = 200
) -> HttpResponse:
    items = list_items(booking)
    tickets = [item.ticket for item in items if hasattr(item, "ticket")]
    context = {
        "booking": booking,
        "items": items,
        "summary": Summary(booking=booking, items=items),
        "tickets": tickets,
        "has_codes": any(ticket.status == Ticket.Status.VALID and ticket.transfer_id is None for ticket in tickets),
        "names": names or AttendeeForm(items=items, now=timezone.now()),
        "may_change": any(line.refusal is None for line in list_lines_of(booking, items, timezone.now())),
        "changes": list_made_of(booking, items),
    }
    return render(request, "bookings/booking.html", context, status=status)


@never_cache
@require_safe
def tickets_pdf(request: HttpRequest, access_key: str) -> HttpResponse:
    booking = get_confirmed(access_key)
    tickets = list_tickets(booking)
    if not tickets:
        raise Http404
    response = HttpResponse(render_pages(booking, tickets), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="tickets-{booking.reference}.pdf"'
    return response


@never_cache
@require_safe
def calendar(request: HttpRequest, access_key: str) -> HttpResponse:
    booking = get_confirmed(access_key)
    response = HttpResponse(render_calendar(booking), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="tickets-{booking.reference}.ics"'
    return response


@never_cache
@require_safe
def ticket_qr(request: HttpRequest, access_key: str, code: str) -> HttpResponse:
    booking = get_confirmed(access_key)
    ticket = booking.tickets.filter(code=code, status=Ticket.Status.VALID, transfer=None).first()
    if ticket is None:
        raise Http404
    return HttpResponse(qr_png(sign_ticket(ticket.pk, ticket.revision)), content_type="image/png")


def get_confirmed(access_key: str) -> Booking:
    booking = get_booking(access_key)
    if not booking.is_confirmed or booking.gift_amount:
        raise Http404
    return booking
