"""What a waiting list looks like right now: who waits, and for whom there is room."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from djmoney.money import Money

from accounts.models import User
from bookings.models import Booking, Place, WaitingEntry
from events.models import EventSession, PriceTier
from venues.models import Section

ACTIVE = (WaitingEntry.Status.WAITING, WaitingEntry.Status.OFFERED)
RESERVED = Q(seat__is_wheelchair=True) | Q(seat__is_companion=True)


@dataclass(frozen=True)
class Room:
    """The free places of a session that an ordinary party can use: seats by category, and standing places by
    category and section, because nobody stands in two at once.
    """

    seats: dict[int, int] = field(default_factory=dict)
    standing: dict[tuple[int, int], int] = field(default_factory=dict)

    def is_empty(self, category_id: int) -> bool:
        return not self.seats.get(category_id) and not any(key[0] == category_id for key in self.standing)

    def fits(self, categories: Collection[int], count: int) -> bool:
        """Whether a whole party finds seats in these categories, or places to stand in one section of them."""
        if sum(self.seats.get(category, 0) for category in categories) >= count:
            return True
        return any(free >= count for (category, _section), free in self.standing.items() if category in categories)


def closes_at(event_session: EventSession) -> datetime:
    """From then on nobody is offered anything: who would still get the mail in time?"""
    return min(event_session.starts_at - settings.WAITING_LIST_CLOSES, event_session.booking_closes_at)


def is_list_open(event_session: EventSession, now: datetime) -> bool:
    """Whether people may wait for places of this session; needs the event loaded."""
    is_kept = event_session.event.has_waiting_list and event_session.is_on_sale(now)
    return is_kept and now < closes_at(event_session)


def list_categories(event_session_id: int) -> dict[int, str]:
    """Key -> name of those that are sold, best first."""
    tiers = PriceTier.objects.filter(event_session=event_session_id, is_hidden=False).order_by(
        "category__rank", "category"
    )
    return dict(tiers.values_list("category", "category__name"))


def list_prices(event_session_id: int) -> list[tuple[str, Money]]:
    """Names of the categories with their usual price, best first."""
    tiers = PriceTier.objects.filter(event_session=event_session_id, is_hidden=False)
    prices: dict[str, Money] = {}
    for tier in tiers.select_related("category").order_by("category__rank", "category", "ticket_type__rank", "pk"):
        prices.setdefault(tier.category.name, tier.price)
    return list(prices.items())


def wished_of(names: Collection[str], categories: dict[int, str]) -> set[int]:
    """The keys of the wished categories; of all where none is wished."""
    return {key for key, name in categories.items() if not names or name in names}


def count_room(event_session_id: int, categories: Collection[int], now: datetime) -> Room:
    """Straight from the places; wheelchair and companion seats are for those who need them."""
    room = Room()
    places = Place.objects.filter(event_session=event_session_id, category__in=sorted(categories)).exclude(RESERVED)
    # Apart, because the database has an index for each and none for both.
    for free in (places.filter(state=Place.State.FREE), places.filter(state=Place.State.HELD, held_until__lte=now)):
        counts = free.order_by().values_list("category", "section", "section__kind").annotate(count=Count("pk"))
        for category, section, kind, count in counts:
            if kind == Section.Kind.STANDING:
                room.standing[category, section] = room.standing.get((category, section), 0) + count
            else:
                room.seats[category] = room.seats.get(category, 0) + count
    return room


def waiting_in(event_session_id: int) -> QuerySet[WaitingEntry]:
    """Those without an offer, in their order."""
    entries = WaitingEntry.objects.filter(event_session=event_session_id, status=WaitingEntry.Status.WAITING)
    return entries.order_by("pk")


def find_next(event_session_id: int, room: Room, categories: dict[int, str]) -> int | None:
    """The first in the order whose whole party there is room for."""
    for entry_id, names, count in waiting_in(event_session_id).values_list("pk", "categories", "party_size"):
        if room.fits(wished_of(names, categories), count):
            return int(entry_id)
    return None


def find_listed(event_session: EventSession, now: datetime) -> list[int]:
    """The categories whose places are for the waiting list alone at this moment.

    Somebody waits for them, and they are sold out, or being offered, or there is room for somebody who waits. What
    nobody on the list can use is on sale to everybody.
    """
    if not is_list_open(event_session, now):
        return []
    wishes = set(_wishes(event_session.pk))
    if not wishes:
        return []
    categories = list_categories(event_session.pk)
    room = count_room(event_session.pk, categories, now)
    offered = _offered_categories(event_session.pk)
    listed: set[int] = set()
    for names, count in wishes:
        wished = wished_of(names, categories)
        has_room = room.fits(wished, count)
        listed |= {each for each in wished if has_room or each in offered or room.is_empty(each)}
    return sorted(listed)


def _wishes(event_session_id: int) -> Iterator[tuple[tuple[str, ...], int]]:
    for names, count in waiting_in(event_session_id).values_list("categories", "party_size"):
        yield tuple(names), count


def _offered_categories(event_session_id: int) -> set[int]:
    offered = Place.objects.filter(
        event_session=event_session_id,
        booking__waiting_entry__event_session=event_session_id,
        booking__waiting_entry__status=WaitingEntry.Status.OFFERED,
    )
    return set(offered.order_by().values_list("category", flat=True).distinct())


def list_sessions_with_entries() -> list[int]:
    """Sessions that somebody waits for or has an offer of."""
    entries = WaitingEntry.objects.filter(status__in=ACTIVE).order_by("event_session")
    return list(entries.values_list("event_session", flat=True).distinct())


def is_offer_of(event_session_id: int, booking: Booking) -> bool:
    """Whether this basket was offered to somebody on that session's list."""
    return WaitingEntry.objects.filter(booking=booking, event_session=event_session_id).exists()


def invite(event_session: EventSession, now: datetime) -> str:
    """How a page that sells the session speaks of its list: sold_out, listed, few, or not at all."""
    if not is_list_open(event_session, now):
        return ""
    if event_session.is_sold_out:
        return "sold_out"
    if event_session.listed_categories:
        return "listed"
    return "few" if event_session.has_few_places else ""


def get_entry(access_key: str) -> WaitingEntry:
    """The entry that this private link opens; 404 for any other key."""
    entries = WaitingEntry.objects.select_related("event_session__event", "event_session__hall__venue", "booking")
    entry = entries.filter(access_key=access_key).first()
    if entry is None:
        raise Http404
    return entry


def count_before(entry: WaitingEntry) -> int:
    """How many parties come first; they may wish for other places."""
    return waiting_in(entry.event_session_id).filter(pk__lt=entry.pk).count()


def list_entries_of(user: User) -> Sequence[WaitingEntry]:
    """Where the person waits or has an offer, the next date first."""
    entries = WaitingEntry.objects.filter(user=user, status__in=ACTIVE)
    return list(
        entries.select_related("event_session__event", "event_session__hall__venue").order_by(
            "event_session__starts_at"
        )
    )
