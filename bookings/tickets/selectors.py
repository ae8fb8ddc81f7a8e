from bookings.models import Booking, Ticket
from events.models import EventSession


def list_tickets(booking: Booking) -> list[Ticket]:
    """The booking's valid tickets with all that is printed on them, in one query; those passed on are others'."""
    tickets = booking.tickets.filter(status=Ticket.Status.VALID, transfer=None).select_related(
        "event_session__event", "event_session__hall__venue", "place__section", "place__seat", "item__ticket_type"
    )
    return list(tickets.order_by("event_session__starts_at", "pk"))


def list_event_sessions(booking: Booking) -> list[EventSession]:
    """The sessions that these tickets are for, earliest first."""
    event_sessions = EventSession.objects.filter(
        tickets__booking=booking, tickets__status=Ticket.Status.VALID, tickets__transfer=None
    ).select_related("event", "hall__venue")
    return list(event_sessions.order_by("starts_at", "pk").distinct())
