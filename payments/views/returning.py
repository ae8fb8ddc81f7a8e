"""Where the provider sends people back to: every way a payment can go has its own honest page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from bookings.selectors import Summary, list_items
from bookings.views.basket_cookie import forget_basket
from payments.errors import GatewayRefusedError, GatewayUnavailableError
from payments.models import Payment, Refund
from payments.services.settling import abandon_payment, refresh_payment
from ticketing.requests import HttpRequest

BANK_STEP = "bank"


@never_cache
@require_safe
def back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask how the payment stands, then show it. Asking is idempotent, so a reload is harmless."""
    payment = ask(request, get_payment(request, public_id))
    booking = payment.booking
    if booking.is_confirmed and bought_tickets(payment):
        response = go_to_tickets(request, booking.get_absolute_url())
        forget_basket(response)
        return response
    items = list_items(booking)
    context = {
        "payment": payment,
        "booking": booking,
        "items": items,
        "summary": Summary(booking=booking, items=items),
        "state": "bank" if is_for_bank(request, payment) else state_of(payment),
        "reason": reason_of(payment),
        "is_live": booking.is_live(timezone.now()),
    }
    template = "payments/_state.html" if request.htmx else "payments/return.html"
    return render(request, template, context)


def get_payment(request: HttpRequest, public_id: UUID) -> Payment:
    """The id in the address is the customer's key; staff, who read it in the back office, are nobody's customers."""
    payments = Payment.objects.at_providers()
    if request.user.is_authenticated and request.user.is_staff:
        payments = payments.filter(booking__buyer=request.user)
    return get_object_or_404(payments, public_id=public_id)


def bought_tickets(payment: Payment) -> bool:
    """Whether it is not on its way back for what the page would have to explain; goodwill leaves all tickets valid."""
    is_paid = payment.status in {Payment.Status.PAID, Payment.Status.REFUNDED}
    return is_paid and not payment.refunds.exclude(reason=Refund.Reason.GOODWILL).exists()


def go_to_tickets(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def ask(request: HttpRequest, payment: Payment) -> Payment:
    now = timezone.now()
    try:
        if request.GET.get("outcome") == "cancelled" and payment.status == Payment.Status.PENDING:
            abandon_payment(payment_id=payment.pk, now=now)
        else:
            refresh_payment(payment_id=payment.pk, now=now)
    except (GatewayUnavailableError, GatewayRefusedError):
        pass  # Shown as still waiting; the webhook or the next look settles it.
    return Payment.objects.select_related("booking").get(pk=payment.pk)


def state_of(payment: Payment) -> str:
    """refunding, mismatch, declined, waiting, abandoned, expired or unreachable: the page's word for it."""
    if payment.status in {Payment.Status.PAID, Payment.Status.REFUNDED}:
        return "refunding"
    if payment.status == Payment.Status.PENDING:
        known = {Payment.Failure.DECLINED: "declined", Payment.Failure.MISMATCH: "mismatch"}
        return known.get(Payment.Failure(payment.failure), "waiting")
    return payment.failure or "declined"


def is_for_bank(request: HttpRequest, payment: Payment) -> bool:
    """Whether the customer is on the way to the bank of a saved card, which wants to see them first."""
    is_open = payment.status == Payment.Status.PENDING and not payment.failure and bool(payment.page_url)
    return is_open and request.GET.get("step") == BANK_STEP


def reason_of(payment: Payment) -> str:
    """Why the money goes back; a cancelled booking's refund row comes a moment later."""
    refund = payment.refunds.exclude(reason=Refund.Reason.GOODWILL).first()
    return refund.reason if refund else Refund.Reason.CANCELLED


@require_POST
def give_up(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The customer wants the basket back instead of paying: close the provider's page first."""
    payment = get_payment(request, public_id)
    try:
        payment = abandon_payment(payment_id=payment.pk, now=timezone.now())
    except (GatewayUnavailableError, GatewayRefusedError):
        return redirect(payment)
    if payment.status == Payment.Status.FAILED:
        return redirect("bookings:basket")
    return redirect(payment)
