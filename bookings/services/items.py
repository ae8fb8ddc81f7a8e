from decimal import Decimal

from django.db import connection

from bookings.models import Booking, BookingItem, Place
from events.models import EventSession, PriceTier, TicketType

# One statement instead of prices, places and items one after the other: a hold is what a sale's first
# minute consists of.
ADD_ITEMS = """
INSERT INTO {item} (booking_id, event_session_id, place_id, ticket_type_id, price, price_currency, fee, fee_currency)
SELECT place.booking_id, place.event_session_id, place.id, tier.ticket_type_id, tier.price, tier.price_currency, %s, %s
FROM {place} place
JOIN {tier} tier ON tier.id = (
    SELECT usual.id FROM {tier} usual JOIN {ticket_type} kind ON kind.id = usual.ticket_type_id
    WHERE usual.event_session_id = place.event_session_id AND usual.category_id = place.category_id
    ORDER BY usual.ticket_type_id = %s DESC, kind.rank, usual.id LIMIT 1
)
WHERE place.booking_id = %s AND place.event_session_id = %s
AND NOT EXISTS (SELECT 1 FROM {item} kept WHERE kept.booking_id = place.booking_id AND kept.place_id = place.id)
ORDER BY place.id
"""


def add_items(booking: Booking, event_session: EventSession, ticket_type_id: int | None = None) -> int:
    """Inner step: put the booking's new places into it, at the price of this ticket type where their
    category has it and of the usual one elsewhere.

    Returns how many; a place of a category without a price is left out, and the caller has to refuse.
    """
    tables = {"item": BookingItem, "place": Place, "tier": PriceTier, "ticket_type": TicketType}
    statement = ADD_ITEMS.format(**{name: model._meta.db_table for name, model in tables.items()})
    fee = Decimal(event_session.event.fee_per_ticket)
    with connection.cursor() as cursor:
        cursor.execute(statement, [fee, booking.currency, ticket_type_id or 0, booking.pk, event_session.pk])
        return int(cursor.rowcount)
