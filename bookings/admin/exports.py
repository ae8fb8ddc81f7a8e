from decimal import Decimal
from typing import Any

from import_export.fields import Field

from bookings.models import Booking, BookingItem, Ticket
from ticketing.admin.exports import ListResource, Moment


def local_minute(item: BookingItem | Ticket) -> str:
    zone = item.event_session.hall.venue.zone
    return f"{item.event_session.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"


def listed(texts: Any) -> str:
    return "; ".join(dict.fromkeys(texts))


class BookingResource(ListResource):
    """One row a booking; dates as on the venue's clock."""

    customer = Field(column_name="customer")
    events = Field(column_name="event")
    dates = Field(column_name="date")
    seats = Field(column_name="seats")
    tickets_amount = Field(column_name="tickets")
    fees_amount = Field(column_name="fees")
    taken_off = Field(column_name="taken off")
    amount = Field(column_name="amount")
    promo_code = Field(column_name="promo code")
    created = Moment("created_at", column_name="created (UTC)")
    phone = Field(column_name="phone")

    class Meta:
        model = Booking
        fields = [
            "reference",
            "status",
            "customer",
            "email",
            "phone",
            "events",
            "dates",
            "seats",
            "tickets_amount",
            "fees_amount",
            "amount",
            "currency",
            "promo_code",
            "taken_off",
            "created",
        ]

    def dehydrate_customer(self, booking: Booking) -> str:
        return booking.name or str(booking.buyer or "")

    def dehydrate_phone(self, booking: Booking) -> str:
        return str(booking.phone)

    def dehydrate_events(self, booking: Booking) -> str:
        return listed(item.event_session.event.title for item in booking.items.all())

    def dehydrate_dates(self, booking: Booking) -> str:
        return listed(local_minute(item) for item in booking.items.all())

    def dehydrate_seats(self, booking: Booking) -> str:
        return "; ".join(item.place.label for item in booking.items.all())

    def dehydrate_tickets_amount(self, booking: Booking) -> Decimal:
        return sum((item.price.amount for item in booking.items.all()), Decimal(0))

    def dehydrate_promo_code(self, booking: Booking) -> str:
        return str(booking.promo_code or "")

    def dehydrate_taken_off(self, booking: Booking) -> Decimal:
        return sum((item.taken_off for item in booking.items.all()), Decimal(0))

    def dehydrate_fees_amount(self, booking: Booking) -> Decimal:
        return sum((item.fee.amount for item in booking.items.all()), Decimal(0))

    def dehydrate_amount(self, booking: Booking) -> Decimal:
        return self.dehydrate_tickets_amount(booking) + self.dehydrate_fees_amount(booking)


class TicketResource(ListResource):
    """One row a ticket. Its code stays out: whoever has the code could enter."""

    booking = Field(attribute="booking__reference", column_name="booking")
    event = Field(attribute="event_session__event__title", column_name="event")
    date = Field(column_name="date")
    seat = Field(attribute="place__label", column_name="seat")
    attendee = Field(column_name="attendee")
    issued = Moment("issued_at", column_name="issued (UTC)")
    checked_in = Moment("checked_in_at", column_name="checked in (UTC)")

    class Meta:
        model = Ticket
        fields = ["id", "booking", "event", "date", "seat", "attendee", "status", "issued", "checked_in"]

    def dehydrate_attendee(self, ticket: Ticket) -> str:
        return ticket.holder

    def dehydrate_date(self, ticket: Ticket) -> str:
        return local_minute(ticket)
