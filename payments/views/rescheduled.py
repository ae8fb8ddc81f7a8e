"""A date has moved: the customer keeps the tickets, or gives some or all of them back, behind their private link."""

from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from djmoney.money import Money

from bookings.models import RescheduledBooking
from bookings.selectors import get_booking
from bookings.services.changing import start_change
from payments.errors import TermsChangedError
from payments.forms import AgreementForm
from payments.reschedulings import Return, list_moved_items, plan_return
from payments.services.rescheduling_answers import keep_tickets, return_tickets
from payments.views.cancelling import read_ids
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

SHOWN = [
    "rescheduling__event_session__event",
    "rescheduling__event_session__hall__venue",
    "rescheduling__old_hall__venue",
]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rescheduled(request: HttpRequest, access_key: str, row_id: int) -> HttpResponse:
    """What has changed and what one may do about it; with tickets in the address, the sum that they give back."""
    booking = get_booking(access_key)
    related = RescheduledBooking.objects.select_related(
        "rescheduling__event_session__event",
        "rescheduling__event_session__hall__venue",
        "rescheduling__old_hall__venue",
    )
    row = get_object_or_404(related, pk=row_id, booking=booking)
    row.booking = booking
    if request.method == "POST":
        return ANSWERS.get(request.POST.get("answer", ""), give_back)(request, row)
    plan = plan_return(row, booking)
    if ticket_ids := read_ids(request.GET.getlist("ticket")):
        plan = plan.choose(ticket_ids)
        if plan.tickets and row.rescheduling.is_open(timezone.now()):
            return show_sum(request, row, plan)
    return show_choice(request, row, plan)


def show_choice(
    request: HttpRequest, row: RescheduledBooking, plan: Return, refusal: DomainError | None = None
) -> HttpResponse:
    rescheduling = row.rescheduling
    context = {
        "booking": row.booking,
        "row": row,
        "rescheduling": rescheduling,
        "event_session": rescheduling.event_session,
        "has_new_hall": rescheduling.old_hall_id != rescheduling.event_session.hall_id,
        "items": list_moved_items(row),
        "plan": plan,
        "is_open": rescheduling.is_open(timezone.now()),
        "refusal": refusal,
    }
    return render(request, "payments/moved.html", context, status=refusal.status if refusal else 200)


def show_sum(
    request: HttpRequest, row: RescheduledBooking, plan: Return, refusal: DomainError | None = None
) -> HttpResponse:
    form = AgreementForm(initial={"back": plan.back.amount})
    context = {"booking": row.booking, "row": row, "plan": plan, "form": form, "refusal": refusal}
    return render(request, "payments/moved_return.html", context, status=refusal.status if refusal else 200)


def keep(request: HttpRequest, row: RescheduledBooking) -> HttpResponse:
    try:
        retry_on_conflict(lambda: keep_tickets(row_id=row.pk, now=timezone.now()))
    except DomainError as refusal:
        return show_choice(request, row, plan_return(row, row.booking), refusal)
    messages.success(request, _("Your tickets are valid for the new date. See you there."))
    return redirect(row.booking)


def look(request: HttpRequest, row: RescheduledBooking) -> HttpResponse:
    """The page with the sum has an address of its own, which may be loaded again."""
    query = urlencode({"ticket": sorted(read_ids(request.POST.getlist("ticket")))}, doseq=True)
    return redirect(f"{row.get_absolute_url()}?{query}")


def exchange(request: HttpRequest, row: RescheduledBooking) -> HttpResponse:
    """Begin a change of these tickets, whatever the event says about changing."""
    now = timezone.now()
    buyer = request.user if request.user.is_authenticated else None
    ticket_ids = read_ids(request.POST.getlist("ticket"))
    try:
        change = retry_on_conflict(
            lambda: start_change(booking_id=row.booking_id, ticket_ids=ticket_ids, now=now, buyer=buyer)
        )
    except DomainError as refusal:
        return show_choice(request, row, plan_return(row, row.booking).choose(ticket_ids), refusal)
    return redirect("bookings:open_change", change.access_key)


def give_back(request: HttpRequest, row: RescheduledBooking) -> HttpResponse:
    """Do it for the sum that was shown, or show what has changed. A second press finds nothing left to do."""
    ticket_ids = read_ids(request.POST.getlist("ticket"))
    form = AgreementForm(request.POST)
    plan = plan_return(row, row.booking).choose(ticket_ids)
    if not form.is_valid() or not ticket_ids:
        return show_choice(request, row, plan)
    back: Decimal = form.cleaned_data["back"]
    try:
        retry_on_conflict(lambda: return_tickets(row_id=row.pk, ticket_ids=ticket_ids, back=back, now=timezone.now()))
    except TermsChangedError as refusal:
        return show_sum(request, row, plan, refusal)
    except DomainError as refusal:
        return show_choice(request, row, plan_return(row, row.booking), refusal)
    amount = Money(back, row.booking.currency)
    messages.success(request, _("Your tickets are given back. %(amount)s is on its way to you.") % {"amount": amount})
    return redirect(row.booking)


ANSWERS = {"keep": keep, "look": look, "exchange": exchange}
