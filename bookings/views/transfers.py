"""Passing a ticket on: by who booked, behind the booking's link, and by who was passed it, behind their own."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings.forms import PassOnForm
from bookings.models import Ticket
from bookings.services.transferring import offer_ticket, withdraw_transfer
from bookings.transfers import (
    ON_TICKET,
    count_passed_on,
    find_open_transfer,
    full_link,
    get_received,
    why_not_passed_on,
)
from bookings.views.bookings import get_confirmed
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

SHOWN = [name.removeprefix("ticket__") for name in ON_TICKET if name != "sender"]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pass_on(request: HttpRequest, access_key: str, ticket_id: int) -> HttpResponse:
    """By who booked; a ticket that is somebody else's by now is shown on the booking's page alone."""
    booking = get_confirmed(access_key)
    ticket = booking.tickets.select_related(*SHOWN).filter(pk=ticket_id).first()
    if ticket is None:
        raise Http404
    if ticket.transfer_id is not None:
        return redirect(booking)
    return answer(request, ticket, back=booking.get_absolute_url())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pass_received_on(request: HttpRequest, access_key: str) -> HttpResponse:
    """By who was passed it before."""
    transfer = get_received(access_key)
    if transfer.ticket.transfer_id != transfer.pk:
        return redirect(transfer)
    return answer(request, transfer.ticket, back=transfer.get_absolute_url())


def answer(request: HttpRequest, ticket: Ticket, *, back: str) -> HttpResponse:
    """Ask whom it goes to, or show whom it waits for."""
    if request.method != "POST":
        return show(request, ticket, PassOnForm(), back=back)
    if "take_back" in request.POST:
        return take_back(request, ticket, back=back)
    form = PassOnForm(request.POST)
    if not form.is_valid():
        return show(request, ticket, form, back=back, status=422)
    email = form.address()
    try:
        retry_on_conflict(
            lambda: offer_ticket(ticket_id=ticket.pk, holder_id=ticket.transfer_id, email=email, now=timezone.now())
        )
    except DomainError as refusal:
        return show(request, ticket, form, back=back, refusal=refusal, status=refusal.status)
    if email:
        messages.success(request, _("It is on its way to %(email)s.") % {"email": email})
    return redirect(request.path)


def take_back(request: HttpRequest, ticket: Ticket, *, back: str) -> HttpResponse:
    waiting = find_open_transfer(ticket)
    if waiting is not None:
        try:
            retry_on_conflict(lambda: withdraw_transfer(transfer_id=waiting.pk, now=timezone.now()))
        except DomainError as refusal:
            messages.warning(request, str(refusal))
            return redirect(back)
    messages.success(request, _("The ticket stays yours, and its code stays as it was."))
    return redirect(back)


def show(
    request: HttpRequest,
    ticket: Ticket,
    form: PassOnForm,
    *,
    back: str,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = find_open_transfer(ticket)
    context = {
        "ticket": ticket,
        "form": form,
        "back": back,
        "refusal": refusal,
        "waiting": waiting,
        "link": full_link(waiting.offer_url) if waiting and not waiting.email else "",
        "reason": why_not_passed_on(ticket, timezone.now(), passed_on=count_passed_on(ticket)),
    }
    return render(request, "bookings/pass_on.html", context, status=status)
