"""What must hold at any time; read by `manage.py check_inventory` and after every concurrency test."""

from collections.abc import Iterator

from django.db.models import Count, F, Max, Q
from django.db.models.functions import Coalesce

from bookings.models import Booking, BookingItem, Place, Resale, RescheduledBooking, Ticket, Transfer, WaitingEntry
from promotions.models import PromoCode
from ticketing.batches import BatchRow


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
    yield from find_wrong_waiting()
    yield from find_wrong_promo_codes()
    yield from find_wrong_changes()
    yield from find_wrong_transfers()
    yield from find_wrong_resales()
    yield from find_places_off_plan()


def find_wrong_transfers() -> Iterator[str]:
    """A ticket that two could accept, or that is somebody's who never accepted it."""
    waiting = Transfer.objects.filter(status=Transfer.Status.OPEN)
    for row in waiting.order_by().values("ticket").annotate(offers=Count("pk")).filter(offers__gt=1):
        yield f"ticket {row['ticket']} waits for {row['offers']} people"
    for transfer in waiting.exclude(ticket__status=Ticket.Status.VALID):
        yield f"transfer {transfer.pk} is open, but its ticket is not valid"
    accepted = Transfer.objects.filter(status=Transfer.Status.ACCEPTED).order_by().values("ticket")
    latest = dict(accepted.annotate(latest=Max("pk")).values_list("ticket", "latest"))
    held = dict(Ticket.objects.filter(transfer__isnull=False).values_list("pk", "transfer"))
    for ticket_id in sorted(pk for pk in {*latest, *held} if latest.get(pk) != held.get(pk)):
        yield f"ticket {ticket_id} is not with the one who accepted it last"
    counted = Ticket.objects.annotate(times=Count("transfers", filter=Q(transfers__status=Transfer.Status.ACCEPTED)))
    for ticket in counted.exclude(revision=F("times") + 1):
        yield f"ticket {ticket.pk} has revision {ticket.revision} and was passed on another number of times"


def find_wrong_resales() -> Iterator[str]:
    """A ticket is offered exactly while one offer of it is open, and its booking does not keep the place."""
    offered = Ticket.objects.filter(status=Ticket.Status.OFFERED)
    open_offers = Count("resales", filter=Q(resales__status=Resale.Status.OPEN))
    for counted in offered.annotate(offers=open_offers).exclude(offers=1):
        yield f"ticket {counted.pk} is offered for resale by {counted.offers} offers"
    for resale in Resale.objects.filter(status=Resale.Status.OPEN).exclude(ticket__status=Ticket.Status.OFFERED):
        yield f"resale {resale.pk} is open, but its ticket is not offered"
    for ticket in offered.filter(place__booking=F("booking")):
        yield f"ticket {ticket.pk} is offered for resale, but its place is still its booking's"
    for ticket in offered.exclude(booking__status=Booking.Status.CONFIRMED):
        yield f"ticket {ticket.pk} is offered for resale, but its booking is not confirmed"


def find_places_off_plan() -> Iterator[str]:
    """After a move: a ticket or a free place that the session's plan does not have, once workers are done with it."""
    off_plan = Place.objects.exclude(section__plan=F("event_session__plan")).exclude(
        event_session__reschedulings__bookings__status__in=[BatchRow.Status.WAITING, BatchRow.Status.FAILED]
    )
    for place in off_plan.filter(state__in=[Place.State.FREE, Place.State.HELD, Place.State.SOLD]).order_by("pk"):
        yield f"place {place.pk} is {place.state}, but not on its session's plan"
    for row in RescheduledBooking.objects.filter(status=BatchRow.Status.DONE).exclude(unseated=[]):
        for ticket in Ticket.objects.filter(pk__in=row.unseated, status=Ticket.Status.VALID, booking=row.booking_id):
            yield f"ticket {ticket.pk} is valid, but its place went when its date moved"


def find_wrong_waiting() -> Iterator[str]:
    """An entry has a basket exactly from its offer on, kept no longer than was said; only what was paid is booked."""
    status = WaitingEntry.Status
    for entry in WaitingEntry.objects.filter(status__in=[status.WAITING, status.CLOSED]).exclude(booking=None):
        yield f"waiting entry {entry.pk} is {entry.status}, but has a basket"
    for entry in WaitingEntry.objects.filter(status__in=[status.OFFERED, status.BOOKED, status.MISSED], booking=None):
        yield f"waiting entry {entry.pk} is {entry.status} without a basket"
    for entry in WaitingEntry.objects.filter(status=status.BOOKED, booking__confirmed_at=None):
        yield f"waiting entry {entry.pk} is booked, but its basket was never paid"
    offered = WaitingEntry.objects.filter(status=status.OFFERED, booking__checkout_at=None)
    for entry in offered.filter(booking__held_until__gt=F("offered_until")):
        yield f"waiting entry {entry.pk} has places for longer than its offer"


def find_wrong_promo_codes() -> Iterator[str]:
    """More paid uses than a code has, and prices that no code explains."""
    # All changes of a booking together with it are one use.
    first = Coalesce("bookings__first", "bookings__pk")
    is_paid = Q(bookings__status__in=[Booking.Status.AWAITING_PAYMENT, Booking.Status.CONFIRMED])
    paid = Count(first, filter=is_paid, distinct=True)
    for code in PromoCode.objects.annotate(uses=paid).filter(uses__gt=F("most_uses")):
        yield f"promo code {code.pk} has {code.uses} uses of {code.most_uses}"
    for item in BookingItem.objects.filter(Q(price__lt=0) | Q(taken_off__lt=0)):
        yield f"item {item.pk} costs {item.price} after {item.taken_off} were taken off"
    for item in BookingItem.objects.filter(taken_off__gt=0, booking__promo_code=None):
        yield f"item {item.pk} costs {item.taken_off} less without a promo code"


def find_wrong_changes() -> Iterator[str]:
    """Changes that took more or less than what was given up for them, or left it valid."""
    changes = Booking.objects.exclude(replaces=None).select_related("replaces").prefetch_related("gives_up", "items")
    for change in changes:
        if change.replaces and change.first_id != change.replaces.chain_id:
            yield f"booking {change.pk} changes {change.replaces_id}, but does not go back to what that goes back to"
        given_up = change.gives_up.all()
        if any(ticket.booking_id != change.replaces_id for ticket in given_up):
            yield f"booking {change.pk} gives up tickets of another booking than it replaces"
        if change.confirmed_at is None:
            continue
        if any(ticket.status != Ticket.Status.VOID for ticket in given_up):
            yield f"booking {change.pk} is confirmed, but tickets that it replaces are valid"
        if len(change.items.all()) != len(given_up):
            yield f"booking {change.pk} has {len(change.items.all())} places for {len(given_up)} tickets"
    done = Count("given_up_for", filter=Q(given_up_for__confirmed_at__isnull=False))
    for ticket in Ticket.objects.annotate(times=done).filter(times__gt=1):
        yield f"ticket {ticket.pk} was given up {ticket.times} times"
