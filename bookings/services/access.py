"""Access codes: hidden prices, and booking before it opens for everybody. Reads only; uses are counted elsewhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bookings.models import Booking, BookingItem
from events.models import EventSession, PriceTier
from promotions.errors import (
    AccessCodeUselessError,
    PromoCodeElsewhereError,
    PromoCodeOverError,
    PromoCodeTooEarlyError,
)
from promotions.models import PromoCode
from promotions.selectors import find_promo_code, is_open_to


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody with this code may buy of one session: all their prices, the usual ticket type first.

    Early, before booking opens, those that the code is for; later everybody's, and hidden ones as well.
    """

    code: PromoCode
    is_early: bool
    tiers: tuple[PriceTier, ...]

    @property
    def tier_ids(self) -> frozenset[int]:
        return frozenset(tier.pk for tier in self.tiers)

    def is_needed(self, category_ids: Collection[int | None], ticket_type_id: int | None) -> bool:
        """Whether places of these categories would be sold at a price that others do not get."""
        if self.is_early:
            return True
        return any((tier := self._pick(each, ticket_type_id)) and tier.is_hidden for each in category_ids)

    def has_hidden(self, ticket_type_id: int | None) -> bool:
        return any(tier.is_hidden and tier.ticket_type_id == ticket_type_id for tier in self.tiers)

    def _pick(self, category_id: int | None, ticket_type_id: int | None) -> PriceTier | None:
        """The price that such a place gets: of the wanted type where there is one, else of the usual one."""
        of_category = [tier for tier in self.tiers if tier.category_id == category_id]
        wanted = [tier for tier in of_category if tier.ticket_type_id == ticket_type_id]
        return next(iter(wanted or of_category), None)


def find_access(event_session: EventSession, typed: Sequence[str], now: datetime) -> Access | None:
    """What the first of these codes that opens something of the session opens; needs the event loaded."""
    if not typed:
        return None
    known = {code.code: code for code in PromoCode.objects.filter(code__in=typed, is_active=True)}
    for code in [known[each] for each in typed if each in known]:
        if is_in_time(code, now) and (access := _open(code, event_session, now)):
            return access
    return None


def check_access_code(event_session: EventSession, typed: str, now: datetime) -> PromoCode:
    """The code that somebody typed to get to this session's closed places; whether a use is left is seen later.

    Raises PromoCodeUnknownError, PromoCodeTooEarlyError, PromoCodeOverError, PromoCodeElsewhereError, and
    AccessCodeUselessError for one that only takes something off.
    """
    code = find_promo_code(typed)
    code.check_dates(now)
    if not code.is_access_code:
        raise AccessCodeUselessError
    if _open(code, event_session, now) is None:
        raise PromoCodeElsewhereError
    return code


def is_in_time(code: PromoCode, now: datetime) -> bool:
    try:
        code.check_dates(now)
    except (PromoCodeTooEarlyError, PromoCodeOverError):
        return False
    return True


def _open(code: PromoCode, event_session: EventSession, now: datetime) -> Access | None:
    """None where the code opens nothing that is closed without it."""
    is_early = now < event_session.booking_opens_at
    tiers = PriceTier.objects.filter(event_session=event_session).select_related("category", "ticket_type")
    opened, public = [], []
    for tier in tiers.order_by("ticket_type__rank", "pk"):
        is_closed = tier.is_hidden or is_early
        if is_closed and code.opens(tier, event_session, is_early=is_early):
            opened.append(tier)
        elif not is_closed:
            public.append(tier)
    if not opened:
        return None
    both = sorted([*opened, *public], key=lambda tier: (tier.ticket_type.rank, tier.pk))
    return Access(code=code, is_early=is_early, tiers=tuple(both))


def list_closed(booking: Booking, code: PromoCode | None, now: datetime) -> list[BookingItem]:
    """What is in the basket and could not be, had it this code, or none; each with its place for show."""
    items = booking.items.select_related("event_session", "place__section", "place__seat").order_by("pk")
    tiers = list_tiers({item.event_session_id for item in items})
    closed = []
    for item in items:
        tier = tiers.get((item.event_session_id, item.place.category_id, item.ticket_type_id))
        if tier and not is_open_to(code, tier, item.event_session, now):
            closed.append(item)
    return closed


def list_tiers(event_session_ids: Collection[int]) -> dict[tuple[int, int, int], PriceTier]:
    """(session, category, ticket type) -> its price, with category and session."""
    tiers = PriceTier.objects.filter(event_session__in=event_session_ids).select_related("category", "event_session")
    return {(tier.event_session_id, tier.category_id, tier.ticket_type_id): tier for tier in tiers}
