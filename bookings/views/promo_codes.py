from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from bookings.models import Booking
from bookings.services.promo_codes import drop_promo_code, use_promo_code
from bookings.throttle import counted_guess
from bookings.views.basket import change
from ticketing.requests import HttpRequest, read_network

LONGEST_CODE = 60


@require_POST
def use(request: HttpRequest) -> HttpResponse:
    """Take off what the code says; a refusal stands beside the field, with what was typed in it."""
    typed = request.POST.get("code", "")[:LONGEST_CODE]

    def write(booking_id: int) -> Booking:
        with counted_guess(read_network(request)):
            return use_promo_code(booking_id=booking_id, typed=typed, now=timezone.now())

    return change(request, write, typed_code=typed)


@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    return change(request, lambda pk: drop_promo_code(booking_id=pk, now=timezone.now()))
