"""The list of events: which ones, in which order, and what a card says.

A card stands for an event and shows its next matching session. The query walks the sessions in
order of time and keeps the first of each event, so that a page of 24 among 10,000 events reads
little more than 24 rows.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from events.models import Event, EventSession, EventSessionQuerySet, PriceTier, Tag
from venues.models import Hall

PAGE_SIZE = 24


@dataclass(frozen=True, kw_only=True)
class Search:
    """What someone looks for; the empty one means everything that is still to come."""

    text: str = ""
    date_from: date | None = None
    date_to: date | None = None
    city: str = ""
    type_slug: str = ""
    price_max: Decimal | None = None
    only_available: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Search()

    @property
    def words(self) -> list[str]:
        return self.text.split()[:6]


@dataclass(frozen=True)
class PlaceChoices:
    """Cities to choose from, and the time zones their dates are meant in."""

    cities: list[str]
    zones: list[str]


def list_place_choices() -> PlaceChoices:
    """One query for both, over the venues that have a hall."""
    rows = Hall.objects.order_by().values_list("venue__city", "venue__time_zone").distinct()
    pairs = list(rows)
    return PlaceChoices(sorted({city for city, _zone in pairs}), sorted({zone for _city, zone in pairs}))


def list_next_sessions(search: Search, *, zones: list[str], now: datetime, page: int = 1) -> list[EventSession]:
    """One session for each matching event, the next one first; one more than a page if there is more.

    Cancelled sessions come up only where someone searches by words, so that a ticket holder
    finds what became of the evening.
    """
    matching = matching_sessions(search, zones=zones, now=now)
    earlier = (
        session_conditions(search, zones=zones, now=now)
        .filter(event=OuterRef("event"))
        .filter(Q(starts_at__lt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), pk__lt=OuterRef("pk")))
    )
    first = (page - 1) * PAGE_SIZE
    sessions = (
        matching.filter(~Exists(earlier))
        .select_related("event__event_type", "hall__venue")
        .defer("event__description")
        .order_by("starts_at", "pk")
    )
    return list(sessions[first : first + PAGE_SIZE + 1])


def list_on_sale_soon(*, now: datetime, limit: int = 4) -> list[EventSession]:
    """The next events whose booking opens, one session each, with the first to open at the front."""
    opening = EventSession.objects.filter(
        status=EventSession.Status.PUBLISHED, booking_opens_at__gt=now, event__status=Event.Status.PUBLISHED
    )
    earlier = opening.filter(event=OuterRef("event")).filter(
        Q(booking_opens_at__lt=OuterRef("booking_opens_at"))
        | Q(booking_opens_at=OuterRef("booking_opens_at"), pk__lt=OuterRef("pk"))
    )
    sessions = opening.filter(~Exists(earlier)).select_related("event__event_type", "hall__venue")
    return list(sessions.defer("event__description").order_by("booking_opens_at", "pk")[:limit])


def matching_sessions(search: Search, *, zones: list[str], now: datetime) -> EventSessionQuerySet:
    sessions = session_conditions(search, zones=zones, now=now)
    statuses = [Event.Status.PUBLISHED, *([Event.Status.CANCELLED] if search.words else [])]
    sessions = sessions.filter(event__status__in=statuses)
    if search.type_slug:
        sessions = sessions.filter(event__event_type__slug=search.type_slug)
    for word in search.words:
        tagged = Tag.objects.filter(events=OuterRef("event"), name__icontains=word)
        sessions = sessions.filter(
            Q(event__title__icontains=word)
            | Q(hall__venue__name__icontains=word)
            | Q(hall__venue__city__icontains=word)
            | Exists(tagged)
        )
    return sessions


def session_conditions(search: Search, *, zones: list[str], now: datetime) -> EventSessionQuerySet:
    """What must hold for the session itself, not for its event."""
    statuses = [EventSession.Status.PUBLISHED, *([EventSession.Status.CANCELLED] if search.words else [])]
    sessions = EventSession.objects.filter(status__in=statuses, starts_at__gte=now)
    if search.city:
        sessions = sessions.filter(hall__venue__city=search.city)
    if search.date_from or search.date_to:
        sessions = sessions.filter(between_days(search.date_from, search.date_to, zones=zones))
    if search.price_max is not None:
        sessions = sessions.filter(
            Exists(PriceTier.objects.filter(event_session=OuterRef("pk"), price__lte=search.price_max))
        )
    if search.only_available:
        sessions = sessions.filter(status=EventSession.Status.PUBLISHED, free_places__gt=0, booking_closes_at__gt=now)
    return sessions


def between_days(first: date | None, last: date | None, *, zones: list[str]) -> Q:
    """A day is meant where the venue is: the 14th in New York ends hours after the 14th in Vienna."""
    return reduce(or_, (between_days_in(first, last, zone) for zone in zones), Q(pk__in=[]))


def between_days_in(first: date | None, last: date | None, zone: str) -> Q:
    condition = Q(hall__venue__time_zone=zone)
    if first:
        condition &= Q(starts_at__gte=midnight(first, zone))
    if last:
        condition &= Q(starts_at__lt=midnight(last + timedelta(days=1), zone))
    return condition


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
