"""The waiting room's door in front of holding places and paying for them."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from bookings.models import Booking
from bookings.selectors import get_visible_session
from bookings.services.access import find_access
from bookings.views.access_cookie import read_codes
from bookings.views.basket_cookie import get_basket
from bookings.waiting_lists import is_offer_of
from waitingroom.errors import PassElsewhereError, PassNeededError, QueueAwayError
from waitingroom.guard import check_pass, keep_for
from waitingroom.tokens import Pass


def enter(request: HttpRequest, event_session_id: int, *, is_arrival: bool = False) -> Pass | None:
    """The visitor's pass into this event session; None where none is needed.

    Raises PassNeededError, PassElsewhereError, QueueAwayError: views are `behind_queue`.
    """

    def has_places_since(moment: datetime) -> bool:
        basket = get_basket(request)
        if basket is None or basket.created_at >= moment:
            return False
        return basket.items.filter(event_session=event_session_id).exists()

    try:
        return check_pass(request, event_session_id, was_inside=has_places_since, is_arrival=is_arrival)
    except (PassNeededError, QueueAwayError):
        if is_early(request, event_session_id):
            return None
        raise


def is_early(request: HttpRequest, event_session_id: int) -> bool:
    """A queue is for the sale that everybody waits for: who booked, or may book, before it needs no pass."""
    codes = read_codes(request)
    if not codes:
        return False
    now = timezone.now()
    event_session = get_visible_session(event_session_id)
    if now < event_session.booking_opens_at:
        access = find_access(event_session, codes, now)
        return access is not None and access.is_early
    basket = get_basket(request)
    if basket is None or basket.created_at >= event_session.booking_opens_at:
        return False
    return basket.items.filter(event_session=event_session_id).exists()


def enter_all(request: HttpRequest, event_session_ids: Iterable[int]) -> list[Pass]:
    """As `enter`, for everything in a basket; what a waiting list offered needs no pass, its line was long enough."""
    passes = [enter_with_basket(request, event_session_id) for event_session_id in sorted(set(event_session_ids))]
    return [given for given in passes if given is not None]


def enter_with_basket(request: HttpRequest, event_session_id: int) -> Pass | None:
    try:
        return enter(request, event_session_id)
    except (PassNeededError, PassElsewhereError, QueueAwayError):
        basket = get_basket(request)
        if basket is None or not is_offer_of(event_session_id, basket):
            raise
        return None


def stay(passes: Iterable[Pass | None], booking: Booking) -> None:
    """The passes last as long as the places they hold."""
    now = timezone.now()
    for given in passes:
        if given is not None:
            keep_for(given, booking.pk, booking.held_until, now)
