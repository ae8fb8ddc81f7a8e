"""Customers change tickets behind their private link: say which and into what, then choose as with any basket."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bookings.change_errors import ChangeUnderWayError
from bookings.changes import list_change_lines, list_dates
from bookings.errors import CompanionStaysError
from bookings.forms import ChangeForm, read_numbers
from bookings.models import Booking
from bookings.selectors import get_booking
from bookings.services.changing import keep_places, list_open_changes, start_change
from bookings.views.basket_cookie import buyer_of, get_basket, keep_basket
from ticketing.errors import DomainError
from ticketing.requests import HttpRequest
from ticketing.transactions import retry_on_conflict


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, access_key: str) -> HttpResponse:
    """Which tickets, and what to change about them. Nothing is changed here: the basket that follows does it."""
    booking = get_booking(access_key)
    if not booking.is_confirmed:
        return redirect(booking)
    if request.method != "POST":
        return ask(request, booking, read_numbers(request.GET, "ticket"))
    return answer(request, booking)


def answer(request: HttpRequest, booking: Booking) -> HttpResponse:
    """On to choosing, or what is wrong with what was asked for."""
    ticket_ids, now = read_numbers(request.POST, "ticket"), timezone.now()
    form = ChangeForm(request.POST, dates=list_dates(booking, now))
    if is_busy(request, booking) or not form.is_valid():
        return ask(request, booking, ticket_ids, form=form, status=422)
    try:
        begun = begin(request, booking, ticket_ids, now, keeps_places=form.keeps_places)
    except ChangeUnderWayError as refusal:
        return go_to_other_window(request, booking, refusal)
    except CompanionStaysError as refusal:
        # Ticked for them: one more press takes both.
        return ask(request, booking, [*ticket_ids, *refusal.ticket_ids], form=form, refusal=refusal)
    except DomainError as refusal:
        return ask(request, booking, ticket_ids, form=form, refusal=refusal)
    response = redirect("bookings:basket") if form.keeps_places else redirect(where_to_choose(begun, form.date_id))
    keep_basket(response, begun)
    return response


def begin(
    request: HttpRequest, booking: Booking, ticket_ids: list[int], now: datetime, *, keeps_places: bool
) -> Booking:
    begun = retry_on_conflict(
        lambda: start_change(booking_id=booking.pk, ticket_ids=ticket_ids, now=now, buyer=buyer_of(request))
    )
    return retry_on_conflict(lambda: keep_places(booking_id=begun.pk, now=now)) if keeps_places else begun


def is_busy(request: HttpRequest, booking: Booking) -> bool:
    """Whether something else is in the basket: it would be lost from sight."""
    basket = get_basket(request)
    return basket is not None and basket.replaces_id != booking.pk


def ask(
    request: HttpRequest,
    booking: Booking,
    ticket_ids: list[int],
    *,
    form: ChangeForm | None = None,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    lines = list_change_lines(booking, now)
    free = [line.item.ticket.pk for line in lines if not line.refusal]
    context = {
        "booking": booking,
        "lines": lines,
        "may_change": bool(free),
        "chosen": ticket_ids or (free if len(free) == 1 else []),
        "form": form or ChangeForm(dates=list_dates(booking, now)),
        "refusal": refusal,
        "is_busy": is_busy(request, booking),
    }
    return render(request, "bookings/change.html", context, status=refusal.status if refusal else status)


def where_to_choose(begun: Booking, event_session_id: int | None = None) -> str:
    """The places of the wished date, else of the date of the first ticket."""
    first = begun.gives_up.order_by("pk").values_list("event_session", flat=True).first()
    return reverse("bookings:seats", args=[event_session_id or first])


def go_to_other_window(request: HttpRequest, booking: Booking, refusal: DomainError) -> HttpResponse:
    """The change that is under way may be finished or given up in this window too."""
    messages.warning(request, str(refusal))
    response = redirect("bookings:basket")
    if under_way := list_open_changes(booking.pk, timezone.now()).order_by("-pk").first():
        keep_basket(response, under_way)
    return response


@never_cache
@require_safe
def open_change(request: HttpRequest, access_key: str) -> HttpResponse:
    """A change that somebody began for the customer: on to choosing, or to what was chosen already."""
    begun = get_booking(access_key)
    if begun.replaces is None:
        raise Http404
    if not begun.is_live(timezone.now()):
        return redirect(begun if begun.confirmed_at else begun.replaces)
    if is_busy(request, begun.replaces):
        messages.warning(request, _("Finish this basket or give it back first. Then change your tickets."))
        return redirect("bookings:basket")
    response = redirect("bookings:basket") if begun.items.exists() else redirect(where_to_choose(begun))
    keep_basket(response, begun)
    return response
