"""One event as the public sees it: at most three queries, whatever it holds."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import Max, Min
from django.http import Http404
from djmoney.money import Money

from events.models import Event, EventSession, PriceTier, Tag
from venues.models import Venue

# A cinema may list hundreds; more than these are asked for by a link.
SESSIONS_SHOWN = 40


class SaleState(StrEnum):
    """What a visitor can do about a session right now."""

    OPEN = "open"
    FEW = "few"
    NOT_YET = "not_yet"
    SOLD_OUT = "sold_out"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OVER = "over"


@dataclass(frozen=True)
class SessionLine:
    event_session: EventSession
    state: SaleState
    price_from: Money | None
    can_wait: bool = False
    takes_codes: bool = False

    @property
    def venue(self) -> Venue:
        return self.event_session.hall.venue

    @property
    def can_buy(self) -> bool:
        return self.state in {SaleState.OPEN, SaleState.FEW}


@dataclass(frozen=True)
class CategoryPrices:
    """A row of the price table: for each ticket type the lowest and highest price over the sessions."""

    category: str
    prices: list[tuple[Money, Money] | None]


@dataclass(frozen=True)
class EventPage:
    event: Event
    lines: list[SessionLine]
    is_shortened: bool
    tags: list[Tag] = field(default_factory=list)
    ticket_types: list[str] = field(default_factory=list)
    prices: list[CategoryPrices] = field(default_factory=list)

    @property
    def venues(self) -> list[Venue]:
        """Each venue once, in the order of the sessions."""
        return list({line.venue.pk: line.venue for line in self.lines}.values())

    @property
    def first_open(self) -> SessionLine | None:
        return next((line for line in self.lines if line.can_buy), None)

    @property
    def price_from(self) -> Money | None:
        prices = [line.price_from for line in self.lines if line.price_from is not None]
        return min(prices, default=None)

    @property
    def can_choose(self) -> bool:
        return sum(line.can_buy for line in self.lines) > 1


def get_visible_event(slug: str) -> Event:
    """The event with its type; 404 for one that is unknown or a draft."""
    event = Event.objects.visible().select_related("event_type").filter(slug=slug).first()
    if event is None:
        raise Http404
    return event


def get_event_page(slug: str, *, now: datetime, all_dates: bool = False) -> EventPage:
    """Everything the event page shows; 404 for an unknown event or a draft."""
    sessions = list_event_sessions(slug, now=now, limit=None if all_dates else SESSIONS_SHOWN + 1)
    is_shortened = not all_dates and len(sessions) > SESSIONS_SHOWN
    sessions = sessions[:SESSIONS_SHOWN] if is_shortened else sessions
    # The sessions bring their event along; only an event without any asks for it by itself.
    event = sessions[0].event if sessions else get_visible_event(slug)
    lines = [make_line(event_session, event, now=now) for event_session in sessions]
    ticket_types, prices = list_prices(event, now=now) if lines else ([], [])
    return EventPage(event, lines, is_shortened, list(event.tags.all()), ticket_types, prices)


def list_event_sessions(slug: str, *, now: datetime, limit: int | None) -> list[EventSession]:
    """Sessions that have not ended, by time, each with its lowest price as `lowest`."""
    sessions = (
        EventSession.objects.filter(
            event__slug=slug,
            event__status__in=[Event.Status.PUBLISHED, Event.Status.CANCELLED],
            status__in=[EventSession.Status.PUBLISHED, EventSession.Status.CANCELLED],
            ends_at__gte=now,
        )
        .select_related("event__event_type", "hall__venue")
        .with_lowest_price()
        .order_by("starts_at", "pk")
    )
    return list(sessions[:limit])


def make_line(event_session: EventSession, event: Event, *, now: datetime) -> SessionLine:
    lowest = getattr(event_session, "lowest", None)
    price = None if lowest is None else Money(lowest, event.currency)
    state = get_sale_state(event_session, now=now)
    # The list closes somewhat before the start.
    takes_names = event.has_waiting_list and now < event_session.starts_at - settings.WAITING_LIST_CLOSES
    is_hidden = state == SaleState.NOT_YET or (state == SaleState.SOLD_OUT and event_session.hidden_places > 0)
    return SessionLine(
        event_session,
        state,
        price,
        can_wait=state == SaleState.SOLD_OUT and takes_names,
        takes_codes=event.takes_access_codes and is_hidden,
    )


def get_sale_state(event_session: EventSession, *, now: datetime) -> SaleState:
    if event_session.is_called_off:
        return SaleState.CANCELLED
    if event_session.ends_at <= now:
        return SaleState.OVER
    if now < event_session.booking_opens_at:
        return SaleState.NOT_YET
    if event_session.booking_closes_at <= now:
        return SaleState.CLOSED
    if event_session.is_sold_out:
        return SaleState.SOLD_OUT
    return SaleState.FEW if event_session.has_few_places else SaleState.OPEN


def list_prices(event: Event, *, now: datetime) -> tuple[list[str], list[CategoryPrices]]:
    """Ticket types and one row a category, over all sessions to come, with one grouped query."""
    rows = (
        PriceTier.objects.filter(
            event_session__event=event,
            event_session__status=EventSession.Status.PUBLISHED,
            event_session__ends_at__gte=now,
            is_hidden=False,
        )
        .order_by()
        .values_list("category__name", "ticket_type__name")
        .annotate(
            lowest=Min("price"),
            highest=Max("price"),
            category_rank=Min("category__rank"),
            type_rank=Min("ticket_type__rank"),
        )
    )
    by_type_rank: dict[str, int] = {}
    by_category: dict[str, tuple[int, dict[str, tuple[Money, Money]]]] = {}
    for category, ticket_type, lowest, highest, category_rank, type_rank in rows:
        by_type_rank[ticket_type] = type_rank
        _rank, prices = by_category.setdefault(category, (category_rank, {}))
        prices[ticket_type] = (Money(lowest, event.currency), Money(highest, event.currency))
    ticket_types = sorted(by_type_rank, key=lambda name: (by_type_rank[name], name))
    categories = sorted(by_category, key=lambda name: (by_category[name][0], name))
    table = [
        CategoryPrices(category, [by_category[category][1].get(name) for name in ticket_types])
        for category in categories
    ]
    return ticket_types, table
