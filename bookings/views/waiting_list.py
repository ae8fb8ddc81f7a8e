"""The waiting list of a sold-out session: joining it, and each party's own page behind its private link."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.errors import CustomerLimitError
from bookings.models import WaitingEntry
from bookings.selectors import Summary, get_visible_session, list_items
from bookings.services.holds import release_booking
from bookings.services.waiting_list import accept_offer, join_again, join_list, leave_list
from bookings.throttle import count_entry
from bookings.views.basket_cookie import buyer_of, get_basket, keep_basket
from bookings.waiting_forms import WaitingForm
from bookings.waiting_list_errors import AlreadyListedError, ListClosedError, PlacesLeftError
from bookings.waiting_lists import count_before, get_entry, is_list_open, list_prices
from events.models import EventSession
from ticketing.errors import DomainError
from ticketing.requests import HttpRequest, read_network
from ticketing.transactions import retry_on_conflict


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """How many, where, and whom to write to."""
    event_session = get_visible_session(event_session_id)
    form = make_form(request, event_session)
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(put_on_list(request, event_session, form))
        except AlreadyListedError as error:
            form.add_error("email", str(error))
        except CustomerLimitError as error:
            form.add_error("party_size", str(error))
        except DomainError as error:
            refusal = error
    context = {
        "event_session": event_session,
        "form": form,
        "refusal": refusal,
        "can_book": isinstance(refusal, PlacesLeftError),
        "is_open": is_list_open(event_session, timezone.now()) and not isinstance(refusal, ListClosedError),
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    response = render(request, "bookings/waiting_list/join.html", context, status=status)
    if refusal is not None and "seconds" in refusal.facts:
        response.headers["Retry-After"] = str(refusal.facts["seconds"])
    return response


def make_form(request: HttpRequest, event_session: EventSession) -> WaitingForm:
    user = buyer_of(request)
    known = {"name": user.get_short_name(), "email": user.email} if user else {}
    return WaitingForm(
        request.POST or None,
        most=event_session.customer_limit,
        categories=list_prices(event_session.pk),
        initial={"party_size": 2, **known},
    )


def put_on_list(request: HttpRequest, event_session: EventSession, form: WaitingForm) -> WaitingEntry:
    user = buyer_of(request)
    if user is None:
        count_entry(read_network(request))
    return join_list(
        event_session_id=event_session.pk,
        contact=form.contact(str(user.phone) if user else ""),
        party=form.party(),
        user=user,
        now=timezone.now(),
    )


@never_cache
@require_safe
def entry(request: HttpRequest, access_key: str) -> HttpResponse:
    """How it stands with this party, and the one thing to do about it."""
    return show_entry(request, get_entry(access_key))


def show_entry(request: HttpRequest, entry: WaitingEntry, refusal: DomainError | None = None) -> HttpResponse:
    now = timezone.now()
    booking = entry.booking
    is_offered = entry.status == WaitingEntry.Status.OFFERED and booking is not None and booking.is_live(now)
    items = list_items(booking) if booking and is_offered else []
    basket = get_basket(request) if is_offered else None
    context = {
        "entry": entry,
        "event_session": entry.event_session,
        "state": "missed" if entry.status == WaitingEntry.Status.OFFERED and not is_offered else entry.status,
        "before": count_before(entry) if entry.status == WaitingEntry.Status.WAITING else 0,
        "booking": booking,
        "items": items,
        "summary": Summary(booking=booking, items=items) if booking else None,
        "other_basket": basket if basket is not None and basket != booking else None,
        "can_join": is_list_open(entry.event_session, now),
        "refusal": refusal,
    }
    status = refusal.status if refusal else 200
    return render(request, "bookings/waiting_list/entry.html", context, status=status)


@require_POST
def accept(request: HttpRequest, access_key: str) -> HttpResponse:
    """The offered places become this browser's basket; one that it has already is given up only when asked."""
    entry, now = get_entry(access_key), timezone.now()
    basket = get_basket(request)
    try:
        if basket is not None and basket.pk != entry.booking_id:
            if "give_up" not in request.POST:
                return show_entry(request, entry)
            other_id = basket.pk
            retry_on_conflict(lambda: release_booking(booking_id=other_id, now=now))
        booking = retry_on_conflict(lambda: accept_offer(entry_id=entry.pk, user=buyer_of(request), now=now))
    except DomainError as refusal:
        return show_entry(request, get_entry(access_key), refusal)
    response = redirect("bookings:basket")
    keep_basket(response, booking)
    return response


@require_POST
def leave(request: HttpRequest, access_key: str) -> HttpResponse:
    entry = get_entry(access_key)
    try:
        retry_on_conflict(lambda: leave_list(entry_id=entry.pk, now=timezone.now()))
    except DomainError as refusal:
        return show_entry(request, entry, refusal)
    return redirect(entry)


@require_POST
def again(request: HttpRequest, access_key: str) -> HttpResponse:
    """The same party at the end of the list."""
    entry = get_entry(access_key)
    try:
        return redirect(join_again(entry=entry, now=timezone.now()))
    except DomainError as refusal:
        return show_entry(request, entry, refusal)
