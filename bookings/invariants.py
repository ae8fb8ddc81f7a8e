"""What must hold at any time; read by `manage.py check_inventory` and after every concurrency test."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from bookings.models import Booking, BookingItem, Place, Ticket


def find_breaches() -> Iterator[str]:
    """One sentence a breach; nothing when every place has at most one owner and every ticket its place."""
    valid = Ticket.objects.filter(status=Ticket.Status.VALID)
    for row in valid.values("place").annotate(owners=Count("pk")).filter(owners__gt=1):
        yield f"place {row['place']} has {row['owners']} valid tickets"
    for ticket in valid.exclude(place__state=Place.State.SOLD, place__booking=F("booking")):
        yield f"ticket {ticket.pk} is valid, but its place is not sold to its booking"
    for ticket in valid.exclude(booking__status=Booking.Status.CONFIRMED):
        yield f"ticket {ticket.pk} is valid, but its booking is not confirmed"
    for place in Place.objects.filter(state=Place.State.SOLD).exclude(
        tickets__status=Ticket.Status.VALID, tickets__booking=F("booking")
    ):
        yield f"place {place.pk} is sold without a ticket"
    for place in Place.objects.filter(state=Place.State.HELD).exclude(
        booking__status__in=[Booking.Status.HELD, Booking.Status.AWAITING_PAYMENT]
    ):
        yield f"place {place.pk} is held by a booking that is closed"
    for place in Place.objects.filter(state=Place.State.BLOCKED, blocked=None):
        yield f"place {place.pk} is blocked without a reason"
    for place in Place.objects.filter(blocked__isnull=False).exclude(state=Place.State.BLOCKED):
        yield f"place {place.pk} has a reason to be blocked, but is {place.state}"
    for item in BookingItem.objects.filter(booking__status=Booking.Status.CONFIRMED).exclude(
        Q(ticket__isnull=False) & Q(ticket__place=F("place"))
    ):
        yield f"booking {item.booking_id} is confirmed, but item {item.pk} has no ticket for its place"
