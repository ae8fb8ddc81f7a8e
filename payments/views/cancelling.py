"""Customers cancel tickets behind their private link: choose them, see the sum, then agree to it."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from djmoney.money import Money

from bookings.errors import CompanionStaysError
from bookings.models import Booking
from bookings.selectors import get_booking
from payments.cancellations import CancellationPlan, plan_cancellation
from payments.errors import NoTicketChosenError, TermsChangedError
from payments.forms import AgreementForm
from payments.models import Refund
from payments.services.cancelling import cancel_under_policy
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, access_key: str) -> HttpResponse:
    """The tickets in the address are looked at together; without any they are asked for. A POST agrees."""
    booking = get_booking(access_key)
    if not booking.is_confirmed:
        return redirect(booking)
    if request.method == "POST":
        return agree(request, booking)
    plan = plan_cancellation(booking, timezone.now())
    if "all" in request.GET or len(plan.quote.lines) == 1:
        plan = plan.choose(line.item.ticket.pk for line in plan.quote.lines if not line.refusal)
    else:
        plan = plan.choose(read_ids(request.GET.getlist("ticket")))
    return answer(request, plan)


def read_ids(values: list[str]) -> set[int]:
    """Numbers that keys can be; Python refuses to read thousands of digits, and nobody's ticket has them."""
    return {int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 20}


def answer(request: HttpRequest, plan: CancellationPlan) -> HttpResponse:
    """The sum, or the tickets to choose from with what is wrong with the choice."""
    try:
        plan.check()
    except NoTicketChosenError as refusal:
        return ask_which(request, plan, refusal if request.GET or request.method == "POST" else None)
    except CompanionStaysError as refusal:
        # Ticked for them: one more press takes both.
        return ask_which(request, plan.choose({*plan.chosen, *refusal.ticket_ids}), refusal)
    except DomainError as refusal:
        return ask_which(request, plan, refusal)
    return show_sum(request, plan)


def ask_which(request: HttpRequest, plan: CancellationPlan, refusal: DomainError | None = None) -> HttpResponse:
    context = {"booking": plan.booking, "plan": plan, "refusal": refusal}
    return render(request, "payments/cancel.html", context, status=refusal.status if refusal else 200)


def show_sum(request: HttpRequest, plan: CancellationPlan, refusal: DomainError | None = None) -> HttpResponse:
    form = AgreementForm(initial={"back": plan.back.amount, "destination": Refund.Destination.ORIGINAL})
    context = {"booking": plan.booking, "plan": plan, "form": form, "refusal": refusal}
    return render(request, "payments/cancel_agree.html", context, status=refusal.status if refusal else 200)


def agree(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Do it for the sum that was shown, or show what has changed. A second press finds nothing left to do."""
    ticket_ids, now = read_ids(request.POST.getlist("ticket")), timezone.now()
    form = AgreementForm(request.POST)
    plan = plan_cancellation(booking, now).choose(ticket_ids)
    if not form.is_valid() or not ticket_ids:
        return answer(request, plan)
    back, destination = form.cleaned_data["back"], form.cleaned_data["destination"]
    try:
        retry_on_conflict(
            lambda: cancel_under_policy(
                booking_id=booking.pk, ticket_ids=ticket_ids, back=back, destination=destination, now=now
            )
        )
    except TermsChangedError as refusal:
        return show_sum(request, plan, refusal)
    except DomainError:
        return answer(request, plan_cancellation(booking, now).choose(ticket_ids))
    messages.success(request, say_done(booking, back, destination))
    return redirect(booking)


def say_done(booking: Booking, back: Decimal, destination: str) -> str:
    if not back:
        return _("It is cancelled. The codes no longer open the door.")
    amount = Money(back, booking.currency)
    if destination == Refund.Destination.CREDIT:
        return _("It is cancelled. Credit of %(amount)s is on its way to you.") % {"amount": amount}
    return _("It is cancelled. %(amount)s is on its way back to you.") % {"amount": amount}
