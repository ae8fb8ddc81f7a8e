from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from bookings.changes import describe_change
from bookings.errors import HoldLapsedError, PaymentUnderWayError
from bookings.forms import read_numbered
from bookings.models import Booking, BookingItem
from bookings.selectors import Summary, list_items, list_ticket_types
from bookings.services.holds import change_ticket_types, drop_called_off, release_booking, remove_item, renew_hold
from bookings.views.basket_cookie import forget_basket, get_basket, get_last_basket
from bookings.views.door import enter_all, stay
from bookings.views.seats import tell_when
from ticketing.errors import DomainError
from ticketing.requests import HttpRequest
from ticketing.transactions import retry_on_conflict
from waitingroom.errors import PassNeededError, QueueAwayError
from waitingroom.views.refusals import behind_queue


@never_cache
@require_safe
def basket(request: HttpRequest) -> HttpResponse:
    booking = get_basket(request)
    if booking is None:
        return empty_basket(request)
    if booking.gift_amount:
        return redirect("payments:gift")
    context = basket_context(booking)
    has_called_off = any(item.event_session.is_called_off for item in context["summary"].items)
    if has_called_off and booking.status == Booking.Status.HELD:
        leave_called_off(request, booking)
        return redirect("bookings:basket")
    return render(request, "bookings/basket.html", context)


def leave_called_off(request: HttpRequest, booking: Booking) -> None:
    """Dates that were cancelled while they were in the basket leave it, and the customer is told which."""
    try:
        booking, gone = retry_on_conflict(lambda: drop_called_off(booking_id=booking.pk, now=timezone.now()))
    except (HoldLapsedError, PaymentUnderWayError):
        return  # Another window was quicker; the page says what it is now.
    if not gone:
        return
    words = {"events": "”, “".join(sorted({item.event_session.event.title for item in gone}))}
    if booking.is_open:
        text = _("“%(events)s” was cancelled by the organiser, so its places left your basket. The others stay yours.")
    else:
        text = _("“%(events)s” was cancelled by the organiser, so its places left your basket. You paid nothing.")
    messages.warning(request, text % words)


def empty_basket(request: HttpRequest) -> HttpResponse:
    """Nothing kept: either nothing was chosen yet, or the time ran out."""
    last = get_last_basket(request)
    lapsed = last if last is not None and last.status not in {"confirmed", "cancelled"} else None
    items = list_items(lapsed) if lapsed else []
    response = render(request, "bookings/basket_empty.html", {"lapsed": lapsed, "items": items})
    if last is not None and lapsed is None:
        forget_basket(response)
    return response


def basket_context(booking: Booking) -> dict[str, Any]:
    items = list_items(booking)
    changing = describe_change(booking)
    rows = list(zip(items, list_ticket_types(booking, items, timezone.now()), strict=True))
    return {
        "booking": booking,
        "changing": changing,
        "rows": rows,
        "summary": Summary(booking=booking, items=items),
        "can_renew": booking.held_until < booking.created_at + settings.HOLD_CAP,
    }


def change(request: HttpRequest, write: Callable[[int], Booking], *, typed_code: str | None = None) -> HttpResponse:
    """Carry out one change of the basket and show it again.

    Why a promo code was refused is said beside its field, which keeps what was typed.
    """
    booking = get_basket(request)
    if booking is None:
        messages.warning(request, str(HoldLapsedError()))
        return go_to_basket(request)
    refusal = None
    booking_id = booking.pk
    try:
        booking = retry_on_conflict(lambda: write(booking_id))
    except (PassNeededError, QueueAwayError):
        raise
    except DomainError as error:
        refusal = error
    was_typed = refusal is not None and typed_code is not None
    if booking.is_open and (request.htmx or was_typed):
        context = basket_context(booking)
        context |= {"code_refusal": refusal, "typed_code": typed_code} if was_typed else {"refusal": refusal}
        template = "bookings/_basket.html" if request.htmx else "bookings/basket.html"
        response = render(request, template, context, status=refusal.status if refusal else 200)
        return tell_when(response, refusal) if refusal else response
    if refusal is not None:
        messages.warning(request, str(refusal))
    return go_to_basket(request)


def go_to_basket(request: HttpRequest) -> HttpResponse:
    """The whole page: htmx would follow a plain redirect and put a page into the fragment."""
    return HttpResponseClientRedirect("/basket/") if request.htmx else redirect("bookings:basket")


@require_POST
def remove(request: HttpRequest, item_id: int) -> HttpResponse:
    return change(request, lambda pk: remove_item(booking_id=pk, item_id=item_id, now=timezone.now()))


@require_POST
def ticket_types(request: HttpRequest) -> HttpResponse:
    wanted = read_numbered(request.POST, "ticket-type-")
    return change(request, lambda pk: change_ticket_types(booking_id=pk, ticket_types=wanted, now=timezone.now()))


@require_POST
@behind_queue
def renew(request: HttpRequest) -> HttpResponse:
    def write(booking_id: int) -> Booking:
        items = BookingItem.objects.filter(booking=booking_id)
        passes = enter_all(request, items.values_list("event_session", flat=True))
        booking = renew_hold(booking_id=booking_id, now=timezone.now())
        stay(passes, booking)
        return booking

    return change(request, write)


@require_POST
def release(request: HttpRequest) -> HttpResponse:
    def write(booking_id: int) -> Booking:
        booking = release_booking(booking_id=booking_id, now=timezone.now())
        messages.info(request, _("Your places are free for others again."))
        return booking

    return change(request, write)
