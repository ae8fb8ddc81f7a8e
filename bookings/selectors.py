from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.functional import cached_property
from djmoney.money import Money

from accounts.models import User
from bookings.models import Block, BlockedPlace, Booking, BookingItem, Transfer
from events.models import EventSession, PriceTier, TicketType
from promotions.selectors import is_open_to
from ticketing.money import add_up

MOST_WORDS = 8  # Of a search: each is a condition of its own.


@dataclass(frozen=True)
class Summary:
    """What a booking costs, in its one currency."""

    booking: Booking
    items: list[BookingItem]

    @cached_property
    def tickets(self) -> Money:
        return add_up((item.price for item in self.items), self.booking.currency)

    @cached_property
    def taken_off(self) -> Money:
        """By the promo code; not in any other sum."""
        return Money(sum((item.taken_off for item in self.items), Decimal(0)), self.booking.currency)

    @property
    def full_price(self) -> Money:
        """The tickets before it."""
        return self.tickets + self.taken_off

    @cached_property
    def fees(self) -> Money:
        return add_up((item.fee for item in self.items), self.booking.currency)

    @cached_property
    def gift(self) -> Money:
        """A gift voucher that is bought instead of places."""
        return Money(self.booking.gift_amount, self.booking.currency)

    @cached_property
    def total(self) -> Money:
        return self.tickets + self.fees + self.gift

    @cached_property
    def taxes(self) -> list[tuple[Decimal, Money]]:
        """What of the total is tax: (percent, amount) for each rate above zero."""
        rates = sorted({item.tax_percent for item in self.items if item.tax_percent})
        currency = self.booking.currency
        return [
            (rate, add_up((item.tax for item in self.items if item.tax_percent == rate), currency)) for rate in rates
        ]


def summarise(booking: Booking) -> Summary:
    return Summary(booking=booking, items=list(booking.items.all()))


def list_items(booking: Booking) -> list[BookingItem]:
    """Everything a page, mail or PDF says about the places, by time, in one query."""
    items = booking.items.select_related(
        "place__seat",
        "place__section",
        "ticket_type",
        "event_session__event",
        "event_session__hall__venue",
    )
    if not booking.is_open:  # A basket has no tickets yet.
        open_offers = Transfer.objects.filter(ticket__item=OuterRef("pk"), status=Transfer.Status.OPEN)
        items = items.select_related("ticket__transfer").annotate(is_waiting_for_recipient=Exists(open_offers))
    # Sorted here: MariaDB would put the joined rows into a table on disk, for the sake of the descriptions.
    without_text = items.defer("event_session__event__description").order_by("pk")
    return sorted(without_text, key=lambda item: item.event_session.starts_at)


def get_booking(access_key: str) -> Booking:
    """The booking that this private link opens; 404 for any other key."""
    booking = Booking.objects.filter(access_key=access_key).first()
    if booking is None:
        raise Http404
    return booking


def find_basket(access_key: str | None, now: datetime) -> Booking | None:
    """The live basket of this cookie, if it is one."""
    if not access_key:
        return None
    booking = Booking.objects.filter(access_key=access_key).first()
    return booking if booking is not None and booking.is_live(now) else None


def bookings_of(user: User, search: str = "") -> QuerySet[Booking]:
    """The person's bookings, newest first; baskets that came to nothing are left out.

    `search` looks for its words in reference, event, venue and city; each word has to be there.
    """
    bookings = Booking.objects.filter(buyer=user).exclude(status__in=[Booking.Status.EXPIRED, Booking.Status.HELD])
    # Gift vouchers have no date to stand in a list of dates.
    bookings = bookings.exclude(status=Booking.Status.CANCELLED, confirmed_at=None).filter(gift_amount=0)
    for word in search.split()[:MOST_WORDS]:
        items = BookingItem.objects.filter(
            Q(event_session__event__title__icontains=word)
            | Q(event_session__hall__venue__name__icontains=word)
            | Q(event_session__hall__venue__city__icontains=word)
        )
        bookings = bookings.filter(Q(reference__icontains=word) | Q(pk__in=items.values("booking")))
    return bookings.order_by("-pk")


def list_bookings_of(user: User, search: str = "") -> list[Booking]:
    """With what a list says about each of them."""
    found = bookings_of(user, search)
    return list(found.prefetch_related("items__event_session__event", "items__event_session__hall__venue"))


def count_blocked(event_session_ids: Collection[int] | QuerySet[EventSession]) -> dict[int, int]:
    """How many places of each session staff or its plan keep from sale; those that left the plan count nowhere."""
    blocked = BlockedPlace.objects.filter(block__event_session__in=event_session_ids)
    counts = blocked.exclude(block__kind=Block.Kind.GONE).values("block__event_session").order_by()
    return dict(counts.annotate(count=Count("pk")).values_list("block__event_session", "count"))


def get_visible_session(event_session_id: int) -> EventSession:
    """A session the public may see, with event, hall and venue; 404 otherwise."""
    event_session = (
        EventSession.objects.visible()
        .select_related("event", "hall__venue", "plan")
        .filter(pk=event_session_id)
        .first()
    )
    if event_session is None:
        raise Http404
    return event_session


def list_ticket_types(
    booking: Booking, items: Collection[BookingItem], now: datetime
) -> list[list[tuple[TicketType, Money]]]:
    """For each item the ticket types with prices that it may change to, the usual one first.

    Those that everybody may see, those that the booking's code opens, and the one that it has.
    """
    sessions = {item.event_session_id: item.event_session for item in items}
    tiers = PriceTier.objects.filter(event_session__in=sessions).select_related("ticket_type", "category")
    offers: dict[tuple[int, int], list[PriceTier]] = {}
    for tier in tiers.order_by("ticket_type__rank", "pk"):
        offers.setdefault((tier.event_session_id, tier.category_id), []).append(tier)
    code = booking.promo_code
    return [
        [
            (tier.ticket_type, tier.price)
            for tier in offers.get((item.event_session_id, item.place.category_id), [])
            if tier.ticket_type_id == item.ticket_type_id or is_open_to(code, tier, item.event_session, now)
        ]
        for item in items
    ]
