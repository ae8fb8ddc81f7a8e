"""Gift vouchers: the page that sells them, the paper to hand over, the way back, and what is left on a code."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.models import Booking
from bookings.selectors import get_booking
from bookings.throttle import counted_guess
from bookings.views.basket_cookie import buyer_of, get_basket, keep_basket
from payments.credit import find_voucher
from payments.errors import CreditUnknownError
from payments.gift_forms import BalanceForm, GiftForm
from payments.gift_pdf import render_gift_pdf
from payments.models import GiftVoucher
from payments.services.gifts import choose_gift, return_gift
from ticketing.errors import DomainError
from ticketing.requests import read_network
from ticketing.transactions import retry_on_conflict


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def gift(request: HttpRequest) -> HttpResponse:
    """Choose a voucher, or another one than that in the basket; then on to the usual checkout."""
    if not settings.GIFT_VOUCHER_MOST:
        raise Http404
    basket = get_basket(request)
    chosen = GiftVoucher.objects.filter(booking=basket).first() if basket else None
    form = GiftForm(request.POST or None, initial=known_of(chosen))
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        wish, booking_id, buyer, now = form.wish(), basket.pk if basket else None, buyer_of(request), timezone.now()
        try:
            booking = retry_on_conflict(lambda: choose_gift(wish=wish, booking_id=booking_id, buyer=buyer, now=now))
        except DomainError as error:
            refusal = error
        else:
            response = redirect("payments:checkout")
            keep_basket(response, booking)
            return response
    is_at_payment = chosen is not None and basket is not None and basket.status == Booking.Status.AWAITING_PAYMENT
    context = {
        "form": form,
        "currency": settings.DEFAULT_CURRENCY,
        "refusal": refusal,
        "payment": basket.payments.first() if basket and is_at_payment else None,
        "basket": basket if basket and not chosen else None,
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "payments/gift.html", context, status=status)


def known_of(chosen: GiftVoucher | None) -> dict[str, object]:
    if chosen is None:
        return {}
    names = ("recipient_name", "recipient_email", "message", "deliver_on")
    return {"amount": chosen.amount.amount} | {name: getattr(chosen, name) for name in names}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def balance(request: HttpRequest) -> HttpResponse:
    """What is left on a voucher; unknown codes are counted, so that nobody tries them out."""
    form = BalanceForm(request.POST or None)
    voucher, status, seconds = None, 200, None
    if request.method == "POST" and form.is_valid():
        try:
            with counted_guess(read_network(request), unknown=CreditUnknownError):
                voucher = find_voucher(form.cleaned_data["code"])
        except DomainError as refusal:
            form.add_error("code", str(refusal))
            status = refusal.status
            seconds = refusal.facts.get("seconds")
    elif request.method == "POST":
        status = 422
    context = {"form": form, "voucher": voucher, "is_over": bool(voucher and voucher.is_expired(timezone.now()))}
    response = render(request, "payments/balance.html", context, status=status)
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


@never_cache
@require_safe
def gift_pdf(request: HttpRequest, access_key: str) -> HttpResponse:
    response = HttpResponse(render_gift_pdf(get_gift(access_key)), content_type="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="gift-voucher.pdf"'
    return response


@require_POST
def give_back(request: HttpRequest, access_key: str) -> HttpResponse:
    """The buyer gives back what nobody has used; pressing twice is once."""
    booking, now = get_gift(access_key, is_confirmed=False).booking, timezone.now()
    try:
        retry_on_conflict(lambda: return_gift(booking_id=booking.pk, now=now))
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.info(request, _("The voucher is void, and your money is on its way back."))
    return redirect(booking)


def get_gift(access_key: str, *, is_confirmed: bool = True) -> GiftVoucher:
    """The buyer's gift behind their private link; 404 for any other, and for one that staff gave."""
    booking = get_booking(access_key)
    gifts = GiftVoucher.objects.select_related("booking", "voucher").exclude(voucher=None)
    found = gifts.filter(booking=booking, reason="").first()
    if found is None or (is_confirmed and not booking.is_confirmed):
        raise Http404
    return found
