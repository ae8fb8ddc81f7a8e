from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from events.browse_links import list_active_filters, list_quick_days, page_query
from events.forms import SearchForm
from events.models import EventType
from events.posters.drawing import BANNER, CARD, draw_poster, draw_type_tile
from events.selectors.browsing import (
    PAGE_SIZE,
    list_hall_places,
    list_next_session_ids,
    list_opening_session_ids,
)
from events.selectors.cards import make_cards, pick_this_week
from events.selectors.event_page import get_event_page, get_visible_event
from events.structured_data import describe_event
from ticketing.public_pages import public_page

YEAR = 365 * 24 * 3600


@require_safe
@public_page(query=[*SearchForm.base_fields, "page"])
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    halls = list_hall_places()
    types = list(EventType.objects.all())
    form = SearchForm(request.GET, halls=halls, types=types)
    search = form.search()
    page = read_page_number(request)
    found = list_next_session_ids(search, halls=halls, now=now, page=page)
    is_front = search.is_empty and page == 1 and not form.errors
    opening = list_opening_session_ids(now=now) if is_front else []
    # One call for both lists, so that the front page needs no query more than a search.
    cards = make_cards([*opening, *found[:PAGE_SIZE]], now=now)
    this_week = pick_this_week(cards[len(opening) :], now=now) if is_front else []
    context = {
        "form": form,
        "search": search,
        "types": types,
        "is_front": is_front,
        "opening": cards[: len(opening)],
        "this_week": this_week,
        "cards": cards[len(opening) + len(this_week) :],
        "quick_days": list_quick_days(now.date()),
        "active_filters": list_active_filters(request, form),
        "page": page,
        "previous_query": page_query(request, page - 1) if page > 1 else "",
        "next_query": page_query(request, page + 1) if len(found) > PAGE_SIZE else "",
        "now": now,
    }
    return render(request, "events/home.html", context)


@require_safe
@public_page(flags=["all"])
def event(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    page = get_event_page(slug, now=now, all_dates="all" in request.GET)
    context = {"page": page, "event": page.event, "now": now, "structured_data": describe_event(page)}
    return render(request, "events/event.html", context)


@require_safe
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    """The drawn poster; its address changes with it, so everyone may keep it."""
    event = get_visible_event(slug)
    shape = BANNER if request.GET.get("shape") == "banner" else CARD
    return svg(draw_poster(event.title, event.event_type.name, event.event_type.slug, shape))


@require_safe
def type_tile(request: HttpRequest, slug: str) -> HttpResponse:
    return svg(draw_type_tile(slug))


def svg(drawing: str) -> HttpResponse:
    response = HttpResponse(drawing, content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    return response


def read_page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not text.isdecimal() or len(text) > 5 or not 1 <= int(text) <= 10_000:
        raise Http404
    return int(text)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return render(request, "events/robots.txt", content_type="text/plain")
