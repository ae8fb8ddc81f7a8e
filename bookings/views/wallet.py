"""One ticket on the whole screen, as it is held up at the door; it stays readable without a network."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bookings.models import Ticket
from bookings.selectors import get_booking
from bookings.tickets.pdf import make_data_url
from bookings.tickets.selectors import list_tickets

# Until when the phone keeps the page: a night may run late, and nothing should stay for ever.
KEPT_AFTER_END = timedelta(days=1)


@never_cache
@require_safe
def ticket(request: HttpRequest, access_key: str, code: str) -> HttpResponse:
    """A valid ticket of a confirmed booking, with the way to those before and after it."""
    booking = get_booking(access_key)
    tickets = list_tickets(booking) if booking.is_confirmed else []
    position = next((number for number, each in enumerate(tickets) if each.code == code), None)
    if position is None:
        raise Http404
    shown = tickets[position]
    context = {
        "booking": booking,
        "ticket": shown,
        "qr": make_data_url(shown),
        "back": booking.get_absolute_url(),
        "number": position + 1,
        "tickets": tickets,
        "previous": tickets[position - 1] if position else None,
        "next": tickets[position + 1] if position + 1 < len(tickets) else None,
    }
    return show_on_screen(request, shown, context)


def show_on_screen(request: HttpRequest, shown: Ticket, context: dict[str, Any]) -> HttpResponse:
    """The page that the phone keeps until the day after; `context` says what the template needs."""
    response = render(request, "bookings/wallet/ticket.html", context)
    seconds = int((shown.event_session.ends_at + KEPT_AFTER_END - timezone.now()).total_seconds())
    # Read by the worker below; other caches are told to keep nothing.
    response.headers["Wallet-Keep"] = str(max(0, seconds))
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker that keeps opened tickets; a browser lets it look after what lies beside its address."""
    response = render(request, "bookings/wallet/worker.js", content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
