"""What a card says beyond its session: prices, further dates, whether one can still get in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, F, Min, Q, Sum
from djmoney.money import Money

from events.models import Event, EventSession


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
    """An event's sessions to come: how many, the places that can be bought now, the lowest price."""

    dates: int = 0
    free: int = 0
    lowest: Decimal | None = None


def make_cards(event_session_ids: Collection[int], *, now: datetime) -> list[Card]:
    """Cards in the order given, with two queries however many there are."""
    rows = EventSession.objects.select_related("event__event_type", "hall__venue").defer("event__description")
    by_id = rows.in_bulk(event_session_ids)
    event_sessions = [by_id[pk] for pk in event_session_ids if pk in by_id]
    totals = get_totals({event_session.event_id for event_session in event_sessions}, now=now)
    return [
        make_card(event_session, totals.get(event_session.event_id, EventTotals()), now=now)
        for event_session in event_sessions
    ]


def make_card(event_session: EventSession, totals: EventTotals, *, now: datetime) -> Card:
    event = event_session.event
    return Card(
        event=event,
        event_session=event_session,
        price_from=None if totals.lowest is None else Money(totals.lowest, event.currency),
        further_dates=max(totals.dates - 1, 0),
        mark=choose_mark(event_session, totals, now=now),
    )


def get_totals(event_ids: Collection[int], *, now: datetime) -> dict[int, EventTotals]:
    on_sale = Q(booking_opens_at__lte=now, booking_closes_at__gt=now)
    rows = (
        EventSession.objects.order_by()
        .filter(event__in=event_ids, status=EventSession.Status.PUBLISHED, starts_at__gte=now)
        .with_lowest_price()
        .values("event_id")
        .annotate(
            dates=Count("pk"),
            free=Sum(F("free_places") - F("hidden_places"), filter=on_sale, default=0),
            cheapest=Min("lowest"),
        )
        .values_list("event_id", "dates", "free", "cheapest")
    )
    return {event_id: EventTotals(dates, int(free), cheapest) for event_id, dates, free, cheapest in rows}


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
