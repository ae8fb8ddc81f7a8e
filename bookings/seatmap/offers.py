"""What the places of a session cost: the legend of its map."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Q
from djmoney.money import Money

from events.models import EventSession, PriceTier, TicketType
from venues.models import SeatCategory

# Forms that a seat may have, so that colour is never all there is.
FORMS = 6


@dataclass(frozen=True)
class Offer:
    """A category with its prices in one event session; `kind` chooses the form of its seats.

    `price` is that of the usual ticket type, `prices` has every type's by its key.
    """

    category: SeatCategory
    price: Money
    kind: int
    prices: dict[int, Money] = field(default_factory=dict)

    @cached_property
    def price_text(self) -> str:
        """Formatting an amount takes longer than drawing a seat."""
        return str(self.price)

    @property
    def prices_json(self) -> str:
        return json.dumps({str(ticket_type): str(price.amount) for ticket_type, price in self.prices.items()})


def read_offers(
    event_session: EventSession, tier_ids: Collection[int] | None = None
) -> tuple[list[Offer], list[TicketType]]:
    """The session's categories, best first, and the ticket types it has, the usual one first.

    Of these prices alone; without them, of those that everybody may see.
    """
    offers: dict[int, Offer] = {}
    ticket_types: dict[int, TicketType] = {}
    may_be_seen = Q(is_hidden=False) if tier_ids is None else Q(pk__in=tier_ids)
    tiers = PriceTier.objects.filter(may_be_seen, event_session=event_session).select_related("category", "ticket_type")
    for tier in tiers.order_by("category__rank", "category_id", "ticket_type__rank", "pk"):
        kind = len(offers) % FORMS
        offer = offers.setdefault(tier.category_id, Offer(category=tier.category, price=tier.price, kind=kind))
        offer.prices[tier.ticket_type_id] = tier.price
        ticket_types[tier.ticket_type_id] = tier.ticket_type
    return list(offers.values()), sorted(ticket_types.values(), key=lambda each: (each.rank, each.pk))


def by_category(offers: Iterable[Offer]) -> dict[int, Offer]:
    return {offer.category.pk: offer for offer in offers}


def find_hidden_categories(event_session_id: int) -> set[int]:
    """The categories none of whose prices everybody may see."""
    prices = PriceTier.objects.filter(event_session=event_session_id).order_by().values_list("category", "is_hidden")
    known = set(prices)
    return {category for category, is_hidden in known if is_hidden and (category, False) not in known}
