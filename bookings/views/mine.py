"""Everything that the signed-in person booked."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from bookings.models import Booking
from bookings.selectors import list_bookings_of
from bookings.tickets.export import list_rows
from bookings.transfers import list_received_by
from bookings.waiting_lists import list_entries_of
from ticketing.spreadsheets import stream_csv

LONGEST_SEARCH = 100


@login_required
@never_cache
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    """What is to come first, on top what waits for a payment, then the next one; then what was, the latest on top."""
    now = timezone.now()
    search = read_search(request)
    upcoming: list[Booking] = []
    past: list[Booking] = []
    for booking in list_bookings_of(request.user, search):
        is_coming = booking.status in {Booking.Status.CONFIRMED, Booking.Status.AWAITING_PAYMENT}
        (upcoming if is_coming and latest_end(booking) >= now else past).append(booking)
    upcoming.sort(key=lambda booking: (booking.is_confirmed, first_start(booking)))
    received = [] if search else list_received_by(request.user, now)
    waiting = [] if search else list_entries_of(request.user)
    context = {"upcoming": upcoming, "past": past, "search": search, "received": received, "waiting": waiting}
    return render(request, "bookings/mine.html", context)


@login_required
@never_cache
@require_safe
def export(request: SignedInRequest) -> StreamingHttpResponse:
    """The same as a file for a spreadsheet: a row for each place."""
    rows = list_rows(request.user, read_search(request))
    response = StreamingHttpResponse(stream_csv(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="bookings.csv"'
    return response


def read_search(request: SignedInRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST_SEARCH]


def first_start(booking: Booking) -> datetime:
    return min(item.event_session.starts_at for item in booking.items.all())


def latest_end(booking: Booking) -> datetime:
    return max(item.event_session.ends_at for item in booking.items.all())
