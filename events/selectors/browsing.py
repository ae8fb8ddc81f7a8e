"""The list of events: which ones, in which order, and what a card says.

A card stands for an event and shows its next matching session. The query walks the sessions in
order of time and keeps the first of each event, so that a page of 24 among 10,000 events reads
little more than 24 rows. Halls and types are resolved to ids beforehand: joins would tempt
MariaDB to start at the small table and sort everything.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q

from events.models import Event, EventSession, EventSessionQuerySet
from venues.models import Hall

PAGE_SIZE = 24


@dataclass(frozen=True, kw_only=True)
class Search:
    """What someone looks for; the empty one means everything that is still to come."""

    text: str = ""
    date_from: date | None = None
    date_to: date | None = None
    city: str = ""
    type_id: int | None = None
    price_max: Decimal | None = None
    only_available: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Search()

    @property
    def words(self) -> list[str]:
        return self.text.split()[:6]


@dataclass(frozen=True)
class HallPlace:
    """Where a hall is; there are few enough of them to choose among in memory."""

    hall_id: int
    venue: str
    city: str
    zone: str

    def is_called(self, word: str) -> bool:
        return word.casefold() in f"{self.venue} {self.city}".casefold()


def list_hall_places() -> list[HallPlace]:
    rows = Hall.objects.order_by("venue__city", "pk")
    return [HallPlace(*row) for row in rows.values_list("pk", "venue__name", "venue__city", "venue__time_zone")]


def list_next_session_ids(search: Search, *, halls: list[HallPlace], now: datetime, page: int = 1) -> list[int]:
    """The next session of each matching event by time; one more than a page holds if there is more.

    Only ids, because with the tables that a card needs MariaDB would join first and sort later.
    Cancelled sessions come up only where someone searches by words, so that a ticket holder
    finds what became of the evening.
    """
    earlier = (
        matching_sessions(search, halls=halls, now=now)
        .filter(event=OuterRef("event"))
        .filter(Q(starts_at__lt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), pk__lt=OuterRef("pk")))
    )
    sessions = matching_sessions(search, halls=halls, now=now).filter(matching_event(search, halls=halls))
    first = (page - 1) * PAGE_SIZE
    ids = sessions.filter(~Exists(earlier)).order_by("starts_at", "pk").values_list("pk", flat=True)
    return list(ids[first : first + PAGE_SIZE + 1])


def list_opening_session_ids(*, now: datetime, limit: int = 4) -> list[int]:
    """Sessions whose booking opens next, one an event, the first to open at the front."""
    opening = EventSession.objects.filter(status=EventSession.Status.PUBLISHED, booking_opens_at__gt=now)
    earlier = opening.filter(event=OuterRef("event")).filter(
        Q(booking_opens_at__lt=OuterRef("booking_opens_at"))
        | Q(booking_opens_at=OuterRef("booking_opens_at"), pk__lt=OuterRef("pk"))
    )
    sessions = opening.filter(~Exists(earlier), event__status=Event.Status.PUBLISHED)
    return list(sessions.order_by("booking_opens_at", "pk").values_list("pk", flat=True)[:limit])


def matching_event(search: Search, *, halls: list[HallPlace]) -> Q:
    """What must hold for the event; each word may be in its title, a tag, the venue or the city."""
    condition = Q(event__status=Event.Status.PUBLISHED)
    if search.words:
        condition |= Q(event__status=Event.Status.CANCELLED)
    if search.type_id:
        condition &= Q(event__event_type=search.type_id)
    for word in search.words:
        # Sub-selects that stand by themselves: each is read once, not once a session.
        titled = Event.objects.filter(title__icontains=word).order_by().values("pk")
        tagged = Event.tags.through.objects.filter(tag__name__icontains=word).values("event")
        called = [hall.hall_id for hall in halls if hall.is_called(word)]
        condition &= Q(event__in=titled) | Q(hall__in=called) | Q(event__in=tagged)
    return condition


def matching_sessions(search: Search, *, halls: list[HallPlace], now: datetime) -> EventSessionQuerySet:
    """What must hold for the session itself, whatever its event."""
    sessions = EventSession.objects.filter(starts_at__gte=now)
    # Not `status__in` for a single one: the index by status and start then gives the order as well.
    if search.words and not search.only_available:
        sessions = sessions.exclude(status=EventSession.Status.DRAFT)
    else:
        sessions = sessions.filter(status=EventSession.Status.PUBLISHED)
    if search.city:
        sessions = sessions.filter(hall__in=[hall.hall_id for hall in halls if hall.city == search.city])
    if search.date_from or search.date_to:
        sessions = sessions.filter(between_days(search.date_from, search.date_to, halls=halls))
    if search.price_max is not None:
        # Not `Exists`, which MariaDB turns into a join that starts at the events.
        sessions = sessions.with_lowest_price().filter(lowest__lte=search.price_max)  # type: ignore[misc]
    if search.only_available:
        sessions = sessions.filter(free_places__gt=F("hidden_places"), booking_closes_at__gt=now)
    return sessions


def between_days(first: date | None, last: date | None, *, halls: list[HallPlace]) -> Q:
    """A day is meant where the venue is: the 14th in New York ends hours after the 14th in Vienna."""
    by_zone: dict[str, list[int]] = {}
    for hall in halls:
        by_zone.setdefault(hall.zone, []).append(hall.hall_id)
    if len(by_zone) == 1:
        return between_midnights(first, last, next(iter(by_zone)))
    parts = (Q(hall__in=ids) & between_midnights(first, last, zone) for zone, ids in by_zone.items())
    return reduce(or_, parts, Q(pk__in=[]))


def between_midnights(first: date | None, last: date | None, zone: str) -> Q:
    condition = Q()
    if first:
        condition &= Q(starts_at__gte=midnight(first, zone))
    if last:
        condition &= Q(starts_at__lt=midnight(last + timedelta(days=1), zone))
    return condition


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
