"""A ticket that somebody passes on: accepting it, and what is then behind its recipient's private link."""

import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from bookings.forms import AcceptForm
from bookings.models import Transfer
from bookings.services.transferring import Recipient, accept_transfer
from bookings.tickets.calendar import render_received_calendar
from bookings.tickets.codes import sign_ticket
from bookings.tickets.pdf import make_data_url, render_pages
from bookings.tickets.qr import qr_png
from bookings.transfers import (
    count_passed_on,
    find_open_transfer,
    get_offer,
    get_received,
    is_theirs,
    say_over,
    why_not_passed_on,
)
from bookings.views.wallet import show_on_screen
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, offer_key: str) -> HttpResponse:
    """Who has this link may accept the ticket, with a name and an address; an account is not needed."""
    transfer = get_offer(offer_key)
    user = request.user if isinstance(request.user, User) else None
    if request.method != "POST":
        # An offer by mail is for who reads that mail; the address may still be another one of theirs.
        email = transfer.email or (user.email if user else "")
        initial = {"name": user.name if user else "", "email": email, "token": secrets.token_urlsafe(18)}
        return show_offer(request, transfer, AcceptForm(initial=initial))
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return show_offer(request, transfer, form, status=422)
    typed = form.cleaned_data
    recipient = Recipient(name=typed["name"], email=typed["email"], user=user)
    try:
        accepted = retry_on_conflict(
            lambda: accept_transfer(
                transfer_id=transfer.pk, token=typed["token"], recipient=recipient, now=timezone.now()
            )
        )
    except DomainError as refusal:
        return show_offer(request, get_offer(offer_key), form, refusal=refusal, status=refusal.status)
    return redirect(accepted)


def show_offer(
    request: HttpRequest,
    transfer: Transfer,
    form: AcceptForm,
    *,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form, or why it is too late; whose ticket it is by now is nobody else's business."""
    passed_on = count_passed_on(transfer.ticket)
    reason = (
        why_not_passed_on(transfer.ticket, timezone.now(), passed_on=passed_on)
        if transfer.is_open
        else say_over(transfer)
    )
    context = {"transfer": transfer, "ticket": transfer.ticket, "form": form, "refusal": refusal, "reason": reason}
    return render(request, "bookings/accept.html", context, status=status)


@never_cache
@require_safe
def page(request: HttpRequest, access_key: str) -> HttpResponse:
    """The recipient's own page: their ticket, or what became of it."""
    transfer = get_received(access_key)
    ticket = transfer.ticket
    reason = why_not_passed_on(ticket, timezone.now(), passed_on=count_passed_on(ticket))
    context = {
        "transfer": transfer,
        "ticket": ticket,
        "item": ticket.item,
        "is_theirs": is_theirs(transfer),
        "may_be_passed_on": reason is None,
        "waiting": find_open_transfer(ticket),
    }
    # The item is what the ticket is drawn from; it would ask for these once more.
    ticket.item.event_session, ticket.item.place = ticket.event_session, ticket.place
    return render(request, "bookings/received.html", context)


@never_cache
@require_safe
def wallet(request: HttpRequest, access_key: str) -> HttpResponse:
    """The ticket as it is held up at the door."""
    transfer = get_theirs(access_key)
    ticket = transfer.ticket
    context = {
        "booking": ticket.booking,
        "ticket": ticket,
        "qr": make_data_url(ticket),
        "back": transfer.get_absolute_url(),
        "tickets": [ticket],
    }
    return show_on_screen(request, ticket, context)


@never_cache
@require_safe
def ticket_pdf(request: HttpRequest, access_key: str) -> HttpResponse:
    ticket = get_theirs(access_key).ticket
    response = HttpResponse(render_pages(ticket.booking, [ticket]), content_type="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="ticket.pdf"'
    return response


@never_cache
@require_safe
def ticket_qr(request: HttpRequest, access_key: str) -> HttpResponse:
    ticket = get_theirs(access_key).ticket
    return HttpResponse(qr_png(sign_ticket(ticket.pk, ticket.revision)), content_type="image/png")


@never_cache
@require_safe
def calendar(request: HttpRequest, access_key: str) -> HttpResponse:
    content = render_received_calendar(get_theirs(access_key))
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="ticket.ics"'
    return response


def get_theirs(access_key: str) -> Transfer:
    """404 once they passed it on or it became void: its code is nothing of theirs any more."""
    transfer = get_received(access_key)
    if not is_theirs(transfer):
        raise Http404
    return transfer
