"""The page that asks for the code mailed to a guest's address, between the checkout's form and the payment."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bookings.errors import HoldLapsedError, TooManyEmailCodesError
from bookings.forms import EmailCodeForm
from bookings.models import Booking
from bookings.selectors import Summary, list_items
from bookings.services.email_codes import send_code
from payments.views.leaving import leave_late
from ticketing.errors import DomainError
from ticketing.requests import read_network
from ticketing.transactions import retry_on_conflict

# What the page itself adds to what was typed at the checkout.
OWN_FIELDS = {"csrfmiddlewaretoken", "email_code", "again", "look"}


def ask_for_code(request: HttpRequest, booking: Booking, email: str, *, is_asked: bool = False) -> HttpResponse:
    """Have a code mailed, where none works that went there before, and show the page that takes it."""
    network, now = read_network(request), timezone.now()
    try:
        retry_on_conflict(
            lambda: send_code(booking_id=booking.pk, email=email, network=network, now=now, is_asked=is_asked)
        )
    except HoldLapsedError as error:
        return leave_late(request, booking, error)
    except TooManyEmailCodesError as error:
        response = show_code_page(request, booking, email, EmailCodeForm(), refusal=error)
        if "seconds" in error.facts:
            response.headers["Retry-After"] = str(error.facts["seconds"])
        return response
    return show_code_page(request, booking, email, EmailCodeForm(), is_sent=is_asked)


def show_code_page(
    request: HttpRequest,
    booking: Booking,
    email: str,
    form: EmailCodeForm,
    *,
    refusal: DomainError | None = None,
    is_sent: bool = False,
) -> HttpResponse:
    """What was typed at the checkout goes along, so that the right code leads on to the payment at once."""
    items = list_items(booking)
    context = {
        "booking": booking,
        "items": items,
        "summary": Summary(booking=booking, items=items),
        "email": email,
        "form": form,
        "refusal": refusal,
        "is_sent": is_sent,
        "typed": [(name, values[-1]) for name, values in request.POST.lists() if name not in OWN_FIELDS],
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "payments/confirm_email.html", context, status=status)
