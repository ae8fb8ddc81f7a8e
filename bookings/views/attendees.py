from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bookings.forms import AttendeeForm
from bookings.selectors import list_items
from bookings.services.attendees import name_attendees
from bookings.views.bookings import get_confirmed, show_booking
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict


@never_cache
@require_POST
def attendees(request: HttpRequest, access_key: str) -> HttpResponse:
    """Write names on the booking's tickets; the private link is the right to do so."""
    booking = get_confirmed(access_key)
    now = timezone.now()
    form = AttendeeForm(request.POST, items=list_items(booking), now=now)
    if not form.is_valid():
        return show_booking(request, booking, names=form, status=422)
    try:
        retry_on_conflict(lambda: name_attendees(booking_id=booking.pk, names=form.names(), now=now))
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The names are on the tickets."))
    return redirect(booking)
