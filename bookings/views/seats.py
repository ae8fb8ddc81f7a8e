from functools import partial

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from bookings.forms import read_numbered, read_numbers
from bookings.models import Booking, BookingItem
from bookings.seating.geometry import COMPANION, RESTRICTED, WHEELCHAIR
from bookings.seatmap.hall import Viewer, view_hall
from bookings.seatmap.scene import Scene, get_scene
from bookings.seatmap.standing import list_standing
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
    """The page where places are chosen: the plan, or an overview, or with ?section= that section."""
    return render(request, "bookings/seats.html", map_context(request, event_session_id, request.GET))


@never_cache
@require_safe
def seat_map(request: HttpRequest, event_session_id: int) -> HttpResponse:
    """The map alone, for a viewer who was away too long for a delta; keeps what was chosen."""
    return render(request, "bookings/_seat_map.html", map_context(request, event_session_id, request.GET))


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
        return refuse(request, event_session_id, refusal)
    return go_to_basket(request, booking)


def go_to_basket(request: HttpRequest, booking: Booking) -> HttpResponse:
    if request.htmx:
        response: HttpResponse = HttpResponseClientRedirect("/basket/")
    else:
        response = redirect("bookings:basket")
    keep_basket(response, booking)
    return response


def refuse(request: HttpRequest, event_session_id: int, refusal: DomainError) -> HttpResponse:
    """The view as it is now, with the reason and the choices that still stand."""
    context = map_context(request, event_session_id, request.POST, refusal=refusal)
    template = "bookings/_seat_map.html" if request.htmx else "bookings/seats.html"
    return render(request, template, context, status=refusal.status)


def map_context(
    request: HttpRequest, event_session_id: int, data: QueryDict, *, refusal: DomainError | None = None
) -> dict[str, object]:
    """What the map's templates show; `data` has the section in view and the seats chosen so far."""
    scene, version = get_scene(event_session_id)
    event_session, parts = scene.event_session, scene.parts
    basket = get_basket(request)
    items: list[BookingItem] = list_items(basket) if basket else []
    mine = [item.place.seat_id for item in items if item.event_session_id == event_session.pk and item.place.seat_id]
    gone = refusal.facts.get("seat_ids", []) if refusal else []
    chosen = [seat for seat in read_numbers(data, "seat") if seat not in gone]  # type: ignore[operator]
    hall = view_hall(scene, version, section_id=read_section(scene, data), viewer=Viewer(chosen, mine))
    standing = list_standing(scene)
    upright = {each.section.category_id for each in standing}
    return {
        "event_session": event_session,
        "is_on_sale": event_session.is_on_sale(timezone.now()),
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
        "version": version,
        "mine": mine,
        "elsewhere": [seat for seat in chosen if seat not in set(hall.seat_ids)],
        "basket": basket,
        "items": items,
        "summary": Summary(booking=basket, items=items) if basket else None,
        "refusal": refusal,
    }


def read_section(scene: Scene, data: QueryDict) -> int | None:
    """The section in view; standing ones are chosen beside the overview, so they have no view of their own."""
    numbers = read_numbers(data, "section")
    if not numbers or any(section.pk == numbers[0] and section.is_standing for section in scene.parts.sections):
        return None
    return numbers[0]
