"""What a card says beyond its session: prices, further dates, whether one can still get in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, F, Min, Q, Sum
from djmoney.money import Money

from events.models import Event, EventSession, PriceTier


class Mark(StrEnum):
    """The one quiet remark a card carries."""

    NONE = ""
    FEW = "few"
    SOLD_OUT = "sold_out"
    OTHER_DATES = "other_dates"
    ON_SALE_FROM = "on_sale_from"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Card:
    event: Event
    event_session: EventSession
    price_from: Money | None
    further_dates: int
    mark: Mark


@dataclass(frozen=True)
class EventTotals:
    dates: int
    free: int
    total: int


def make_cards(event_sessions: Collection[EventSession], *, now: datetime) -> list[Card]:
    """Cards in the order given, with two queries however many there are."""
    event_ids = {event_session.event_id for event_session in event_sessions}
    prices = get_lowest_prices(event_ids, now=now)
    totals = get_totals(event_ids, now=now)
    nothing = EventTotals(0, 0, 0)
    return [
        Card(
            event=event_session.event,
            event_session=event_session,
            price_from=prices.get(event_session.event_id),
            further_dates=max(totals.get(event_session.event_id, nothing).dates - 1, 0),
            mark=choose_mark(event_session, totals.get(event_session.event_id, nothing), now=now),
        )
        for event_session in event_sessions
    ]


def get_lowest_prices(event_ids: Collection[int], *, now: datetime) -> dict[int, Money]:
    """The lowest price among an event's sessions to come."""
    rows = (
        PriceTier.objects.order_by()
        .filter(
            event_session__event__in=event_ids,
            event_session__status=EventSession.Status.PUBLISHED,
            event_session__starts_at__gte=now,
        )
        .values_list("event_session__event", "event_session__event__currency")
        .annotate(lowest=Min("price"))
    )
    return {event_id: Money(lowest, currency) for event_id, currency, lowest in rows}


def get_totals(event_ids: Collection[int], *, now: datetime) -> dict[int, EventTotals]:
    """How many sessions are to come, and how many places can be bought in them now."""
    on_sale = Q(booking_opens_at__lte=now, booking_closes_at__gt=now)
    rows = (
        EventSession.objects.order_by()
        .filter(event__in=event_ids, status=EventSession.Status.PUBLISHED, starts_at__gte=now)
        .values("event_id")
        .annotate(
            dates=Count("pk"), free=Sum("free_places", filter=on_sale, default=0), total=Sum("total_places", default=0)
        )
        .values_list(F("event_id"), "dates", "free", "total")
    )
    return {event_id: EventTotals(dates, int(free), int(total)) for event_id, dates, free, total in rows}


def choose_mark(event_session: EventSession, totals: EventTotals, *, now: datetime) -> Mark:
    if event_session.is_called_off:
        return Mark.CANCELLED
    if now < event_session.booking_opens_at:
        return Mark.ON_SALE_FROM
    if event_session.is_sold_out:
        return Mark.OTHER_DATES if totals.free else Mark.SOLD_OUT
    if event_session.booking_closes_at <= now:
        return Mark.OTHER_DATES if totals.free else Mark.CLOSED
    return Mark.FEW if event_session.has_few_places else Mark.NONE


def pick_this_week(cards: list[Card], *, now: datetime, most: int = 8) -> list[Card]:
    """The first cards whose session is less than a week away; `cards` come in order of time."""
    return [card for card in cards[:most] if card.event_session.starts_at < now + timedelta(days=7)]
