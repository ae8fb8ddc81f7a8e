from collections.abc import Collection, Sequence
from decimal import Decimal
from itertools import groupby

from django.db import connection
from djmoney.money import Money
from moneyed import get_currency

from bookings.models import Booking, BookingItem, Place
from events.models import Event, EventSession, PriceTier, TicketType
from promotions.models import PromoCode
from ticketing.money import round_to_unit

# One statement instead of prices, places and items one after the other: a hold is what a sale's first
# minute consists of.
ADD_ITEMS = """
INSERT INTO {item} (
    booking_id, event_session_id, place_id, ticket_type_id, price, price_currency, fee, fee_currency, tax_percent
)
SELECT place.booking_id, place.event_session_id, place.id, tier.ticket_type_id, tier.price, tier.price_currency,
    %s + ROUND(tier.price * %s / 100, %s), %s, %s
FROM {place} place
JOIN {tier} tier ON tier.id = (
    SELECT usual.id FROM {tier} usual JOIN {ticket_type} kind ON kind.id = usual.ticket_type_id
    WHERE usual.event_session_id = place.event_session_id AND usual.category_id = place.category_id AND {open}
    ORDER BY usual.ticket_type_id = %s DESC, kind.rank, usual.id LIMIT 1
)
WHERE place.booking_id = %s AND place.event_session_id = %s
AND NOT EXISTS (SELECT 1 FROM {item} kept WHERE kept.booking_id = place.booking_id AND kept.place_id = place.id)
ORDER BY place.id
"""


def add_items(
    booking: Booking,
    event_session: EventSession,
    ticket_type_id: int | None = None,
    open_tiers: Collection[int] | None = None,
) -> int:
    """Inner step: put the booking's new places into it, at the price of this ticket type where their
    category has it and of the usual one elsewhere.

    `open_tiers` are the prices to choose among; without them, those that everybody may see. Returns how many;
    a place of a category without a price is left out, and the caller has to refuse.
    """
    tables = {"item": BookingItem, "place": Place, "tier": PriceTier, "ticket_type": TicketType}
    is_open = "NOT usual.is_hidden"
    if open_tiers is not None:
        is_open = f"usual.id IN ({', '.join(['%s'] * len(open_tiers))})"
    statement = ADD_ITEMS.format(open=is_open, **{name: model._meta.db_table for name, model in tables.items()})
    event = event_session.event
    digits = len(str(get_currency(booking.currency).sub_unit)) - 1
    fee = (event.fee_per_ticket, event.fee_percent, digits, booking.currency)
    with connection.cursor() as cursor:
        chosen = [*(open_tiers or ()), ticket_type_id or 0]
        cursor.execute(statement, [*fee, event.tax_percent, *chosen, booking.pk, event_session.pk])
        added = int(cursor.rowcount)
    if event.fee_per_booking or booking.promo_code_id:
        set_sums(booking)
    return added


def set_sums(booking: Booking) -> None:
    """Inner step: what the promo code takes off and the fees anew, after items came, went or changed their price.

    A code that does nothing for it any more leaves the basket. An event's fee per booking lies on its first item, so
    that every sum is a sum of items.
    """
    items = list(
        booking.items.select_related("event_session__event", "place__category").order_by(
            "event_session__event_id", "pk"
        )
    )
    _take_off(booking, items)
    for event, of_event in groupby(items, key=lambda item: item.event_session.event):
        once = _fee_per_booking(booking, event)
        for index, item in enumerate(of_event):
            item.fee = fee_of(item, event) + Money(0 if index else once, booking.currency)
    if items:
        BookingItem.objects.bulk_update(items, ["price", "taken_off", "fee"])


def _fee_per_booking(booking: Booking, event: Event) -> Decimal:
    """Of a change, only where it gives up the ticket that the fee was paid with: else the old booking still has it."""
    if booking.replaces_id is None or not event.fee_per_booking:
        return event.fee_per_booking
    given_up = BookingItem.objects.filter(ticket__given_up_for=booking)
    has_it = any(item.fee.amount >= fee_of(item, event).amount + event.fee_per_booking for item in given_up)
    return event.fee_per_booking if has_it else Decimal(0)


def _take_off(booking: Booking, items: Sequence[BookingItem]) -> None:
    """Fees are a share of the price after it."""
    for item in items:
        full = item.full_price.amount
        item.taken_off = _off(booking.promo_code, item, full) if booking.promo_code else Decimal(0)
        item.price = Money(full - item.taken_off, booking.currency)
    code = booking.promo_code
    # A change keeps the code of what it replaces, also while it has no places yet.
    if code and booking.replaces_id is None and not any(item.taken_off or _may_open(code, item) for item in items):
        booking.promo_code = None
        booking.save(update_fields=["promo_code"])


def _off(code: PromoCode, item: BookingItem, full: Decimal) -> Decimal:
    return code.take_off(full, str(item.price.currency)) if _is_for(code, item) else Decimal(0)


def _may_open(code: PromoCode, item: BookingItem) -> bool:
    """An access code takes nothing off and is needed all the same, or wanted for another ticket type."""
    return code.is_access_code and code.is_for(
        event_id=item.event_session.event_id, ticket_type_id=None, category=item.place.category.name
    )


def _is_for(code: PromoCode, item: BookingItem) -> bool:
    return code.is_for(
        event_id=item.event_session.event_id,
        ticket_type_id=item.ticket_type_id,
        category=item.place.category.name,
    )


def fee_of(item: BookingItem, event: Event) -> Money:
    """What the event asks for one ticket at the item's price."""
    share = round_to_unit(item.price.amount * event.fee_percent / 100, event.currency)
    return Money(event.fee_per_ticket + share, event.currency)
