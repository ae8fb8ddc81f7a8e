from collections.abc import Collection
from functools import partial

from django.http import HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect
from redis.exceptions import RedisError

from bookings.availability import current_version, read_delta
from bookings.errors import SeatsTakenError
from bookings.forms import read_numbered, read_numbers
from bookings.models import Booking, BookingItem
from bookings.seatmap import Scene, draw_map, get_scene, list_standing, view_box
from bookings.selectors import Summary, get_visible_session, list_items
from bookings.services.holds import hold_places
from bookings.views.basket_cookie import buyer_of, get_basket, keep_basket
from events.models import EventSession
from ticketing.errors import DomainError
from ticketing.requests import HttpRequest
from ticketing.transactions import retry_on_conflict


@never_cache
@require_safe
def seats(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """The page where places are chosen."""
    return render(request, "bookings/seats.html", map_context(get_scene(event_session_id), get_basket(request)))


@never_cache
@require_safe
def seat_map(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """The map alone, for a viewer who was away too long for a delta; keeps what was chosen."""
    chosen = read_numbers(request.GET, "seat")
    context = map_context(get_scene(event_session_id), get_basket(request), chosen=chosen)
    return render(request, "bookings/_seat_map.html", context)


@require_POST
def hold(request: HttpRequest, event_session_id: int) -> HttpResponse:
    seat_ids = read_numbers(request.POST, "seat")
    standing = read_numbered(request.POST, "standing-")
    basket = get_basket(request)
    write = partial(
        hold_places,
        event_session_id=event_session_id,
        seat_ids=seat_ids,
        standing=standing,
        booking_id=basket.pk if basket else None,
        buyer=buyer_of(request),
        now=timezone.now(),
    )
    try:
        booking = retry_on_conflict(write)
    except EventSession.DoesNotExist:
        get_visible_session(event_session_id)
        raise
    except DomainError as refusal:
        return refuse(request, event_session_id, refusal, seat_ids, basket)
    if request.htmx:
        response: HttpResponse = HttpResponseClientRedirect("/basket/")
    else:
        response = redirect("bookings:basket")
    keep_basket(response, booking)
    return response


def refuse(
    request: HttpRequest,
    event_session_id: int,
    refusal: DomainError,
    seat_ids: Collection[int],
    basket: Booking | None,
) -> HttpResponse:
    """The map as it is now, with the reason and the choices that still stand."""
    gone = refusal.facts.get("seat_ids", []) if isinstance(refusal, SeatsTakenError) else []
    chosen = [seat for seat in seat_ids if seat not in gone]  # type: ignore[operator]
    context = map_context(get_scene(event_session_id), basket, chosen=chosen) | {"refusal": refusal}
    template = "bookings/_seat_map.html" if request.htmx else "bookings/seats.html"
    return render(request, template, context, status=refusal.status)


def map_context(scene: Scene, basket: Booking | None, chosen: Collection[int] = ()) -> dict[str, object]:
    event_session, offers = scene.event_session, scene.offers
    # The version is read first: what happens after it comes with the delta, twice rather than never.
    version = current_version(event_session.pk)
    items: list[BookingItem] = list_items(basket) if basket else []
    mine = [item.place.seat_id for item in items if item.event_session_id == event_session.pk and item.place.seat_id]
    standing = list_standing(event_session, scene.sections, offers)
    upright = {each.section.category_id for each in standing}
    return {
        "event_session": event_session,
        "is_on_sale": event_session.is_on_sale(timezone.now()),
        "now": timezone.now(),
        "offers": [offer for offer in offers if offer.category.pk not in upright],
        "standing": standing,
        "has_seats": any(not section.is_standing for section in scene.sections),
        "map": draw_map(event_session, offers, chosen=chosen, mine=mine),
        "view_box": view_box(event_session.plan),
        "version": version,
        "basket": basket,
        "items": items,
        "summary": Summary(booking=basket, items=items) if basket else None,
    }


@require_safe
def availability(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """What changed since a version: the same answer for everyone, so a shared cache may keep it a second."""
    since = request.GET.get("since", "0")
    try:
        delta = read_delta(event_session_id, int(since) if since.isdecimal() and len(since) < 17 else 0)
    except RedisError:
        return JsonResponse({}, status=503, headers={"Retry-After": "3"})
    etag = f'"{delta.version}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = JsonResponse(
            {
                "version": delta.version,
                "stale": delta.is_stale,
                "taken": delta.taken,
                "free": delta.free,
                "standing": delta.standing,
            }
        )
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, max-age=1"
    return response
