"""What must hold at any time; read by `manage.py check_inventory` and after every concurrency test."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from bookings.models import Booking, BookingItem, Place, Ticket
from promotions.models import PromoCode


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
    yield from find_wrong_promo_codes()


def find_wrong_promo_codes() -> Iterator[str]:
    """More paid uses than a code has, and prices that no code explains."""
    paid = Count("bookings", filter=Q(bookings__status__in=[Booking.Status.AWAITING_PAYMENT, Booking.Status.CONFIRMED]))
    for code in PromoCode.objects.annotate(uses=paid).filter(uses__gt=F("most_uses")):
        yield f"promo code {code.pk} has {code.uses} uses of {code.most_uses}"
    for item in BookingItem.objects.filter(Q(price__lt=0) | Q(taken_off__lt=0)):
        yield f"item {item.pk} costs {item.price} after {item.taken_off} were taken off"
    for item in BookingItem.objects.filter(taken_off__gt=0, booking__promo_code=None):
        yield f"item {item.pk} costs {item.taken_off} less without a promo code"
