from collections.abc import Callable, Collection
from contextlib import nullcontext
from functools import partial

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from bookings.availability import Moment
from bookings.changes import describe_change
from bookings.errors import HoldLapsedError
from bookings.forms import read_number, read_numbered, read_numbers
from bookings.models import Booking, BookingItem
from bookings.seating.geometry import COMPANION, RESTRICTED, WHEELCHAIR
from bookings.seatmap.hall import Viewer, view_hall
from bookings.seatmap.scene import Scene, get_scene
from bookings.seatmap.standing import list_standing
from bookings.selectors import Summary, get_visible_session, list_items
from bookings.services.access import Access, find_access
from bookings.services.best import hold_best_places
from bookings.services.holds import hold_places
from bookings.services.lapsed import keep_typed
from bookings.throttle import counted_begin
from bookings.views.access_cookie import read_codes
from bookings.views.basket_cookie import NAME, buyer_of, get_basket, keep_basket
from bookings.views.door import enter, stay
from bookings.waiting_lists import invite
from events.models import EventSession
from ticketing.errors import DomainError
from ticketing.requests import HttpRequest, read_network
from ticketing.transactions import retry_on_conflict
from waitingroom.errors import PassNeededError
from waitingroom.health import watch_hold
from waitingroom.views.refusals import behind_queue


@never_cache
@require_safe
@behind_queue
def seats(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """The page where places are chosen: the plan, or an overview, or with ?section= that section."""
    try:
        inside = enter(request, event_session_id, is_arrival=True)
    except PassNeededError:
        return redirect("waitingroom:queue", event_session_id)
    context = map_context(request, event_session_id, request.GET)
    return render(request, "bookings/seats.html", context | {"inside": inside})


@never_cache
@require_safe
@behind_queue
def seat_map(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """The map alone, for a viewer who was away too long for a delta; keeps what was chosen."""
    enter(request, event_session_id)
    return render(request, "bookings/_seat_map.html", map_context(request, event_session_id, request.GET))


@require_POST
@behind_queue
def hold(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """Keep the chosen seats, and so many places in standing sections."""
    basket = get_basket(request)
    write = partial(
        hold_places,
        event_session_id=event_session_id,
        seat_ids=read_numbers(request.POST, "seat"),
        standing=read_numbered(request.POST, "standing-"),
        ticket_type_id=read_number(request.POST, "ticket_type"),
        booking_id=basket.pk if basket else None,
        buyer=buyer_of(request),
        codes=read_codes(request),
        now=timezone.now(),
    )
    return keep(request, event_session_id, basket, write, refusal_name="refusal")


@require_POST
@behind_queue
def best(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """Keep the best places that are left, so many together."""
    basket = get_basket(request)
    write = partial(
        hold_best_places,
        event_session_id=event_session_id,
        category_id=read_number(request.POST, "category"),
        ticket_type_id=read_number(request.POST, "ticket_type"),
        count=read_number(request.POST, "count") or 0,
        is_accessible="accessible" in request.POST,
        booking_id=basket.pk if basket else None,
        buyer=buyer_of(request),
        codes=read_codes(request),
        now=timezone.now(),
    )
    return keep(request, event_session_id, basket, write, refusal_name="best_refusal")


def keep(
    request: HttpRequest,
    event_session_id: int,
    basket: Booking | None,
    write: Callable[[], Booking],
    *,
    refusal_name: str,
) -> HttpResponse:
    """On to the basket with what `write` holds, or why not; new baskets of guests are counted."""
    given = enter(request, event_session_id)
    is_guests_first = basket is None and buyer_of(request) is None
    try:
        check_change_is_open(request, basket)
        counted = counted_begin(read_network(request)) if is_guests_first else nullcontext()
        with counted, watch_hold(event_session_id):
            booking = retry_on_conflict(write)
    except EventSession.DoesNotExist:
        get_visible_session(event_session_id)
        raise
    except DomainError as refusal:
        return refuse(request, event_session_id, refusal, refusal_name)
    stay([given], booking)
    if basket is None and (earlier_key := request.COOKIES.get(NAME)):
        keep_typed(booking_id=booking.pk, earlier_key=earlier_key)
    return go_to_basket(request, booking)


def check_change_is_open(request: HttpRequest, basket: Booking | None) -> None:
    """Who was changing tickets shall not get an ordinary basket at the full price, when the change has lapsed."""
    begun = request.POST.get("change")
    if begun and (basket is None or basket.reference != begun):
        raise HoldLapsedError


def go_to_basket(request: HttpRequest, booking: Booking) -> HttpResponse:
    if request.htmx:
        response: HttpResponse = HttpResponseClientRedirect("/basket/")
    else:
        response = redirect("bookings:basket")
    keep_basket(response, booking)
    return response


def refuse(request: HttpRequest, event_session_id: int, refusal: DomainError, name: str) -> HttpResponse:
    """The reason alone for a page that keeps its map and its choice; else the view as it is now with both."""
    if request.htmx:
        get_scene(event_session_id)  # 404 for what the public may not see.
        response = render(request, "bookings/_refusal.html", {"refusal": refusal}, status=refusal.status)
        return tell_when(response, refusal)
    gone = refusal.facts.get("seat_ids", [])
    context = map_context(request, event_session_id, request.POST, gone=gone)  # type: ignore[arg-type]
    response = render(request, "bookings/seats.html", context | {name: refusal}, status=refusal.status)
    return tell_when(response, refusal)


def tell_when(response: HttpResponse, refusal: DomainError) -> HttpResponse:
    """When it is worth trying again, where the refusal knows."""
    if "seconds" in refusal.facts:
        response.headers["Retry-After"] = str(refusal.facts["seconds"])
    return response


def map_context(
    request: HttpRequest, event_session_id: int, data: QueryDict, *, gone: Collection[int] = ()
) -> dict[str, object]:
    """What the map's templates show; `data` has the section in view and the seats chosen so far."""
    access = get_access(request, event_session_id)
    scene, moment = get_scene(event_session_id, access.tier_ids if access else None)
    event_session, parts = scene.event_session, scene.parts
    basket = get_basket(request)
    changing = describe_change(basket)
    items: list[BookingItem] = list_items(basket) if basket else []
    mine = [item.place.seat_id for item in items if item.event_session_id == event_session.pk and item.place.seat_id]
    chosen = [seat for seat in read_numbers(data, "seat") if seat not in gone]
    hall = view_hall(scene, moment, section_id=read_section(scene, data), viewer=Viewer(chosen, mine))
    standing = list_standing(scene)
    # Standing alone is chosen by its number; the map and the house's choice are about seats.
    seated = {category for counts in parts.seat_counts.values() for category in counts}
    upright = {each.section.category_id for each in standing} - seated
    return {
        "event_session": event_session,
        # Whose code opens what the public does not see is not sent to wait for it.
        "waiting_list": "" if access and event_session.hidden_places else invite(event_session, timezone.now()),
        "is_on_sale": event_session.is_on_sale(timezone.now(), is_early=access is not None and access.is_early),
        "access": access,
        "now": timezone.now(),
        "offers": [offer for offer in scene.offers if offer.category.pk not in upright],
        "ticket_types": scene.ticket_types,
        "standing": standing,
        "has_seats": bool(parts.seated),
        "has_wheelchair": bool(parts.flags & WHEELCHAIR),
        "has_companion": bool(parts.flags & COMPANION),
        "has_restricted": bool(parts.flags & RESTRICTED),
        "hall": hall,
        "view": hall.kind,
        "version": hall.version,
        "mine": mine,
        "elsewhere": [seat for seat in chosen if seat not in set(hall.seat_ids)],
        "basket": basket,
        "changing": changing,
        "most": min(event_session.customer_limit, changing.missing) if changing else event_session.customer_limit,
        "items": items,
        "summary": Summary(booking=basket, items=items) if basket else None,
        "best": {name: data.get(name, "") for name in ("count", "category", "ticket_type", "accessible")},
    }


def get_access(request: HttpRequest, event_session_id: int) -> Access | None:
    """What the visitor's codes open of the session; who has none costs no statement."""
    codes = read_codes(request)
    if not codes:
        return None
    scene, _moment = get_scene(event_session_id)
    return find_access(scene.event_session, codes, timezone.now())


def get_own_scene(request: HttpRequest, event_session_id: int) -> tuple[Scene, Moment]:
    """The session as this visitor may see it."""
    access = get_access(request, event_session_id)
    return get_scene(event_session_id, access.tier_ids if access else None)


def read_section(scene: Scene, data: QueryDict) -> int | None:
    """The section in view; standing ones are chosen beside the overview, so they have no view of their own."""
    section_id = read_number(data, "section")
    is_standing = any(section.pk == section_id and section.is_standing for section in scene.parts.sections)
    return None if is_standing else section_id
