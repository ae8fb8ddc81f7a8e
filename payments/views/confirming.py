from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings.contacts import email_key
from bookings.errors import EmailCodeError, HoldLapsedError
from bookings.forms import EmailCodeForm
from bookings.models import Booking, EmailCode
from bookings.services.email_codes import verify_code
from bookings.views.basket_cookie import get_basket
from bookings.views.email_cookie import remember_email
from payments.views.asking import ask_for_code, show_code_page
from payments.views.checkout import checkout
from payments.views.leaving import leave, leave_late


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest) -> HttpResponse:
    """Take the code from the mail, and go on to the payment with all that was typed before."""
    booking = get_basket(request)
    if booking is None:
        return leave(request)
    code = EmailCode.objects.filter(booking=booking).first()
    if code is None:
        return redirect("payments:checkout")
    if request.method != "POST":
        if booking.verified_key == email_key(code.email):
            return redirect("payments:checkout")
        return show_code_page(request, booking, code.email, EmailCodeForm())
    if "again" in request.POST:
        return ask_for_code(request, booking, code.email, is_asked=True)
    return take_code(request, booking, code.email)


def take_code(request: HttpRequest, booking: Booking, email: str) -> HttpResponse:
    form = EmailCodeForm(request.POST)
    if form.is_valid():
        try:
            key = verify_code(booking_id=booking.pk, typed=form.cleaned_data["email_code"], now=timezone.now())
        except HoldLapsedError as error:
            return leave_late(request, booking, error)
        except EmailCodeError as error:
            form.add_error("email_code", str(error))
        else:
            # A page that was opened by its address brings nothing that was typed.
            response = checkout(request) if "email" in request.POST else redirect("payments:checkout")
            remember_email(request, response, key)
            return response
    return show_code_page(request, booking, email, form)
