from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings.errors import HoldLapsedError
from bookings.forms import ContactForm
from bookings.selectors import Summary, list_items
from bookings.services.lifecycle import confirm_free_booking, start_checkout
from bookings.views.basket_cookie import buyer_of, get_basket
from payments.errors import NoWayToPayError
from payments.forms import MethodForm
from payments.offers import Offer, list_offers, list_saved_offers
from payments.services.checkout import start_payment
from payments.views.returning import BANK_STEP
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Who is coming, what it costs and how it is paid; then on to the provider's page."""
    booking = get_basket(request)
    if booking is None:
        return redirect("bookings:basket")
    items = list_items(booking)
    summary = Summary(booking=booking, items=items)
    region = items[0].event_session.hall.venue.country if items else None
    known = {"name": booking.name, "phone": booking.phone, "email": booking.email}
    form = ContactForm(request.POST or None, initial=known, region=region)
    method_form = MethodForm(request.POST or None, offers=offers_for(request, summary))
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid() and method_form.is_valid():
        try:
            return HttpResponseRedirect(pay(request, summary, form, method_form))
        except HoldLapsedError as error:
            messages.warning(request, str(error))
            return redirect("bookings:basket")
        except DomainError as error:
            refusal = error
    context = {
        "booking": booking,
        "items": items,
        "summary": summary,
        "form": form,
        "method_form": method_form,
        "refusal": refusal,
    }
    status = refusal.status if refusal else 422 if form.errors or method_form.errors else 200
    return render(request, "payments/checkout.html", context, status=status)


def offers_for(request: HttpRequest, summary: Summary) -> list[Offer]:
    """The customer's own cards first; none where nothing is to be paid."""
    if not summary.total:
        return []
    currency = summary.booking.currency
    event_ids = {item.event_session.event_id for item in summary.items}
    user, today = buyer_of(request), timezone.localdate()
    own = list_saved_offers(user=user, currency=currency, event_ids=event_ids, today=today) if user else []
    return [*own, *list_offers(currency=currency, event_ids=event_ids)]


def pay(request: HttpRequest, summary: Summary, form: ContactForm, method_form: MethodForm) -> str:
    """Where the customer goes next: the provider's page, or straight to the tickets when nothing is due or all paid."""
    now = timezone.now()
    contact, buyer = form.contact(), buyer_of(request)
    if summary.total and not method_form.offers:
        raise NoWayToPayError
    booking_id = summary.booking.pk
    booking = retry_on_conflict(lambda: start_checkout(booking_id=booking_id, contact=contact, buyer=buyer, now=now))
    if not Summary(booking=booking, items=list_items(booking)).total:
        confirmed = retry_on_conflict(lambda: confirm_free_booking(booking_id=booking.pk, now=now))
        return confirmed.get_absolute_url()
    payment = start_payment(booking_id=booking.pk, offer=method_form.offer(), now=now)
    if payment.saved_method_id is None:
        # Closed by another window that chose later: our page says so and shows the way on.
        return payment.page_url or payment.get_absolute_url()
    # To a page of ours first: browsers let no form lead to whatever bank the card is from.
    return payment.get_absolute_url() + (f"?step={BANK_STEP}" if payment.page_url else "")
