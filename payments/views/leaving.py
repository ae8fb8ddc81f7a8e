"""Back from the checkout to the basket, or to the tickets that a second press finds."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from bookings.errors import HoldLapsedError
from bookings.forms import ContactForm
from bookings.models import Booking, BookingItem
from bookings.selectors import list_items
from bookings.services.lapsed import note_typed
from bookings.views.basket_cookie import buyer_of, get_last_basket


def leave(request: HttpRequest) -> HttpResponse:
    """Nothing to pay: a second press finds the tickets, and who typed too long types nothing twice."""
    last = get_last_basket(request) if request.method == "POST" else None
    if last is not None and last.is_confirmed:
        return redirect(last)
    if last is not None:
        form = ContactForm(request.POST, region=region_of(list_items(last)))
        form.is_valid()
        typed = {name: str(value) for name, value in form.cleaned_data.items()}
        note_typed(access_key=last.access_key, buyer=buyer_of(request), typed=typed)
    return redirect("bookings:basket")


def leave_late(request: HttpRequest, booking: Booking, refusal: HoldLapsedError) -> HttpResponse:
    """The time ran out at this very moment, or another press of the same button was quicker."""
    booking.refresh_from_db(fields=["status"])
    if booking.is_confirmed:
        return redirect(booking)
    messages.warning(request, str(refusal))
    return redirect("bookings:basket")


def region_of(items: Sequence[BookingItem]) -> str | None:
    """The country that people travel to."""
    return items[0].event_session.hall.venue.country if items else None
