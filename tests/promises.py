"""What tickets, waiting lists, codes, moved dates and gifts promise, asked without the code that keeps it."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import product

from django.utils import timezone

from bookings.models import Booking, BookingItem, Place, RescheduledBooking, Rescheduling, Ticket, WaitingEntry
from bookings.waiting_lists import is_list_open
from events.models import EventSession
from payments.models import GiftVoucher
from tests.world import World
from ticketing.outbox.models import Message

# What a ticket of 45.00 costs less with a code, by the category that it is for.
TAKEN_OFF = {("SPRING", "Stalls"): Decimal(9), ("SPRING", "Floor"): Decimal(9), ("FLOOR", "Floor"): Decimal(5)}
FULL_PRICE = Decimal(45)


def find_broken(world: World) -> Iterator[str]:
    """What must not be so even for a moment."""
    yield from find_used_and_void()
    yield from find_overtaken()
    yield from find_parted_parties(world)
    yield from find_uses_beyond_limits()
    yield from find_wrong_prices(world)


def find_unkept(world: World) -> Iterator[str]:
    """What must not be so once everything has come to its end."""
    yield from find_neglected(world)
    yield from find_untold()
    yield from find_unsent_gifts(world)


def find_used_and_void() -> Iterator[str]:
    """Who went in keeps the ticket, unless the date is called off, or moved to where that place is not."""
    homeless = {pk for row in RescheduledBooking.objects.all() for pk in row.unseated}
    used = Ticket.objects.filter(status=Ticket.Status.VOID, event_session__status="published")
    for ticket in used.exclude(checked_in_at=None).exclude(pk__in=homeless):
        yield f"ticket {ticket.pk} is void, and somebody went in with it"


def find_overtaken() -> Iterator[str]:
    """Who waits for the same places, in a party no larger, comes first."""
    entries = WaitingEntry.objects.filter(status__in=["waiting", "offered"]).order_by("pk")
    waiting = [entry for entry in entries if entry.status == WaitingEntry.Status.WAITING]
    offered = [entry for entry in entries if entry.status == WaitingEntry.Status.OFFERED]
    for first, later in product(waiting, offered):
        wants_no_other = not first.categories or (later.categories and set(later.categories) <= set(first.categories))
        if first.pk < later.pk and first.party_size <= later.party_size and wants_no_other:
            yield f"waiting entry {later.pk} has an offer, and {first.pk} waits for the same"


def find_parted_parties(world: World) -> Iterator[str]:
    """Who has not touched an offer yet has places for the whole party, of the wished kind, and for nobody else."""
    untouched = WaitingEntry.objects.filter(status="offered").exclude(booking__in=[*world.baskets.values()])
    for entry in untouched:
        places = Place.objects.filter(booking=entry.booking, booking__status=Booking.Status.HELD)
        names = [place.category.name for place in places.select_related("category")]
        if names and len(names) != entry.party_size:
            yield f"waiting entry {entry.pk} is offered {len(names)} places for a party of {entry.party_size}"
        if entry.categories and not set(names) <= set(entry.categories):
            yield f"waiting entry {entry.pk} wants {entry.categories}, and is offered {names}"


def find_uses_beyond_limits() -> Iterator[str]:
    """One customer's uses; those of everybody together are `bookings.invariants`' matter."""
    paid = Booking.objects.filter(status__in=["awaiting_payment", "confirmed"]).exclude(promo_code=None)
    uses = {(each.promo_code, str(each.phone), first_of(each).pk) for each in paid.select_related("promo_code")}
    for (code, phone), count in Counter((code, phone) for code, phone, _first in uses).items():
        if code is not None and count > (code.most_uses_per_customer or count):
            yield f"{phone} used {code} {count} times"


def first_of(booking: Booking) -> Booking:
    """What it was changed from, however often."""
    while booking.replaces is not None:
        booking = booking.replaces
    return booking


def find_wrong_prices(world: World) -> Iterator[str]:
    items = BookingItem.objects.filter(event_session=world.event_session)
    for item in items.select_related("booking__promo_code", "place__category"):
        expected = TAKEN_OFF.get((str(item.booking.promo_code), item.place.category.name), Decimal(0))
        if (item.taken_off, item.full_price.amount) != (expected, FULL_PRICE):
            code = item.booking.promo_code
            yield f"item {item.pk} costs {item.price} after {item.taken_off} were taken off with {code}"


def find_neglected(world: World) -> Iterator[str]:
    """Nobody has an offer for ever, or waits while there is room; what nobody waits for is on sale to everybody."""
    event_session = EventSession.objects.select_related("event").get(pk=world.event_session.pk)
    for entry in WaitingEntry.objects.filter(status=WaitingEntry.Status.OFFERED):
        yield f"waiting entry {entry.pk} has an offer for ever"
    waiting = list(WaitingEntry.objects.filter(status=WaitingEntry.Status.WAITING))
    free = Place.objects.filter(event_session=event_session, state=Place.State.FREE)
    seats = Counter(free.exclude(seat=None).values_list("category__name", flat=True))
    standing = free.filter(seat=None).count()
    is_open = is_list_open(event_session, world.now)
    for entry in waiting:
        names = entry.categories or ["Stalls", "Floor"]
        room = max(sum(seats[name] for name in names), standing if "Floor" in names else 0)
        if not is_open or room >= entry.party_size:
            yield f"waiting entry {entry.pk} waits for {entry.party_size}, and there is room for {room}"
    if event_session.listed_categories and not (waiting and is_open):
        yield f"categories {event_session.listed_categories} are for a list on which nobody waits"
    listed = free.filter(category__in=event_session.listed_categories).values_list("category__name", flat=True)
    for name in set(listed) - {name for entry in waiting for name in entry.categories or ["Stalls", "Floor"]}:
        yield f"{name} is for the list, and nobody waits for it"


def find_untold() -> Iterator[str]:
    """Who had tickets of a date, or was about to pay for them, hears once that it moved."""
    for row in RescheduledBooking.objects.exclude(status=RescheduledBooking.Status.DONE):
        yield f"{row.booking} of a moved date is {row.status}: {row.error}"
    told = Counter(Message.objects.filter(topic="payments.date_moved").values_list("payload__row_id", flat=True))
    for rescheduling in Rescheduling.objects.order_by("pk"):
        holders = Booking.objects.filter(
            tickets__event_session=rescheduling.event_session_id, tickets__status__in=Ticket.STANDING
        )
        rows = {row.booking_id: row.pk for row in rescheduling.bookings.all()}
        for booking in holders.distinct():
            began = booking.checkout_at or booking.created_at
            if began <= rescheduling.started_at and told[rows.get(booking.pk)] != 1:
                times = told[rows.get(booking.pk)]
                yield f"{booking} was told {times} times that its date moved at {rescheduling.started_at}"
    for row_id, times in told.items():
        if times > 1:
            yield f"booking {row_id} of a moved date was told {times} times"


def find_unsent_gifts(world: World) -> Iterator[str]:
    """Each goes to its recipient once, on its day, unless it was given back before."""
    sent = Counter(Message.objects.filter(topic="payments.gift_due").values_list("payload__gift_id", flat=True))
    today = timezone.localdate(world.now)
    for gift in GiftVoucher.objects.select_related("booking"):
        is_due = gift.booking.is_confirmed and gift.recipient_email and gift.deliver_on <= today
        if sent[gift.pk] > 1 or (is_due and sent[gift.pk] < 1):
            yield f"gift {gift.pk} was sent {sent[gift.pk]} times"
