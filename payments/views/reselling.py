"""Customers offer tickets for resale behind their private link, and take them back while nobody has them."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings.errors import CompanionStaysError
from bookings.models import Booking
from bookings.selectors import get_booking
from bookings.services.reselling import offer_for_resale, take_back
from payments.errors import NoTicketChosenError
from payments.resales import list_resale_lines
from payments.views.cancelling import read_ids
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resale(request: HttpRequest, access_key: str) -> HttpResponse:
    """The booking's tickets with what each would give back; a POST offers those ticked, or takes them back."""
    booking = get_booking(access_key)
    if not booking.is_confirmed:
        return redirect(booking)
    if request.method != "POST":
        return show(request, booking)
    ticket_ids, now = read_ids(request.POST.getlist("ticket")), timezone.now()
    service: Callable[..., object] = take_back if "take_back" in request.POST else offer_for_resale
    try:
        if not ticket_ids:
            raise NoTicketChosenError
        retry_on_conflict(lambda: service(booking_id=booking.pk, ticket_ids=ticket_ids, now=now))
    except CompanionStaysError as refusal:
        # Ticked for them: one more press offers both.
        return show(request, booking, {*ticket_ids, *refusal.ticket_ids}, refusal)
    except DomainError as refusal:
        return show(request, booking, ticket_ids, refusal)
    if service is take_back:
        messages.success(request, _("It is yours again: the same code opens the door."))
    else:
        messages.success(request, _("It is on sale. You get the money once somebody has bought it."))
    return redirect("payments:resale", booking.access_key)


def show(
    request: HttpRequest, booking: Booking, chosen: set[int] | None = None, refusal: DomainError | None = None
) -> HttpResponse:
    lines = list_resale_lines(booking, timezone.now())
    context = {
        "booking": booking,
        "lines": [line for line in lines if not line.is_offered],
        "offered": [line for line in lines if line.is_offered],
        "may_offer": any(line.refusal is None for line in lines),
        "chosen": chosen or set(),
        "refusal": refusal,
    }
    return render(request, "payments/resale.html", context, status=refusal.status if refusal else 200)
