"""What one customer may have of a session over all their bookings, counted when we know who a guest is.

A booking's contact details are committed before its own lock is taken. So of two baskets of one person at least one
sees the other, and that one takes both locks, in order of their keys: it waits for the other, and counts after it.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import CharField, Count, QuerySet, Value

from bookings.contacts import marks_of
from bookings.errors import KnownCustomerError, KnownEmailError, KnownPhoneError, LimitReachedError
from bookings.models import Booking, BookingItem, Ticket
from bookings.services.addresses import Visitor, check_address, is_verified
from events.models import EventSession

# Money is there, or may be on its way. A basket counts once it goes to payment itself.
COUNTED = [Booking.Status.AWAITING_PAYMENT, Booking.Status.CONFIRMED]
# May count at any moment: money also confirms what has expired, or went back to the basket after a payment failed.
UNCOUNTED = [Booking.Status.HELD, Booking.Status.EXPIRED]
UNSETTLED = [*COUNTED, *UNCOUNTED]
VERIFIES = "verifies"
REFUSALS = {"email": KnownEmailError, "phone": KnownPhoneError, "account": KnownCustomerError}


class FellowBookingsError(Exception):
    """The same person's bookings have to be locked too: begin again with all the locks."""

    def __init__(self, booking_ids: set[int]) -> None:
        super().__init__(booking_ids)
        self.booking_ids = booking_ids


class Around(NamedTuple):
    """Mark -> keys of the same person's other bookings; and whether a session of this one asks for a verified address.

    Both from one statement, as every checkout asks for them.
    """

    fellows: dict[str, set[int]]
    verifies: bool

    @property
    def known(self) -> set[int]:
        return set().union(*self.fellows.values())


def check_customer_limit(booking: Booking, locked: Collection[int], visitor: Visitor) -> None:
    """Inner step: refuse more places of a session than its customer may have; the caller holds these locks.

    Raises FellowBookingsError, KnownCustomerError with the field that told us, EmailNeededError and
    EmailUnverifiedError. One statement where nobody of this name booked before.
    """
    fellows, verifies = around = _look_around(booking)
    if verifies:
        # First, or anybody could ask whether an address has booked.
        check_address(booking, visitor)
    known = around.known
    if not known:
        return
    rivals = set(_rivals(booking, known).values_list("booking", flat=True))
    # Locked out of order they would make a deadlock of two baskets of one person; what a change replaces comes later.
    if len(locked) == 1 and (to_lock := rivals - {booking.replaces_id}):
        raise FellowBookingsError(to_lock)
    for session, places in _count(booking, rivals):
        if places > session.customer_limit:
            raise _refuse(session, fellows, _list_holders(session, rivals))


def lock_late_fellows(booking: Booking, locked: Collection[int]) -> None:
    """Inner step: money came; the caller holds these locks. Of one person's bookings whose money is late at the same
    moment each would find that the others do not count, so they take each other's locks, and the later one counts.

    Raises FellowBookingsError. Costs nothing for a booking that counted already. What goes to payment at this moment
    takes our lock itself.
    """
    if booking.status not in UNCOUNTED or len(locked) > 1:
        return
    known = _look_around(booking).known
    late = _rivals(booking, known).filter(booking__status__in=UNCOUNTED)
    if to_lock := set(late.values_list("booking", flat=True)):
        raise FellowBookingsError(to_lock)


def check_late_limit(booking: Booking) -> None:
    """Inner step: money came for a booking that did not count, and its customer may have booked again meanwhile.

    The caller did `lock_late_fellows`. Raises LimitReachedError. Costs nothing for one that counted already.
    """
    if booking.status not in UNCOUNTED:
        return
    around = _look_around(booking)
    if around.verifies and not is_verified(booking):
        raise LimitReachedError
    if any(places > session.customer_limit for session, places in _count(booking, around.known)):
        raise LimitReachedError


def _look_around(booking: Booking) -> Around:
    others = Booking.objects.filter(status__in=UNSETTLED).exclude(pk=booking.pk).order_by()
    # A union, where each part has an index: one condition with OR may read the whole table.
    parts: list[QuerySet[Any, tuple[str, int]]] = [
        others.filter(condition).annotate(mark=Value(mark, CharField())).values_list("mark", "pk")
        for mark, condition in marks_of(booking).items()
    ]
    asking = booking.items.order_by().filter(event_session__verifies_guests=True)
    parts.append(asking.annotate(mark=Value(VERIFIES, CharField())).values_list("mark", "booking_id"))
    found: dict[str, set[int]] = defaultdict(set)
    for mark, booking_id in parts[0].union(*parts[1:], all=True):
        found[mark].add(booking_id)
    verifies = bool(found.pop(VERIFIES, None))
    return Around(found, verifies)


def _rivals(booking: Booking, others: Collection[int]) -> QuerySet[BookingItem]:
    """What these bookings have of the booking's sessions."""
    sessions = booking.items.order_by().values("event_session")
    return BookingItem.objects.filter(event_session__in=sessions, booking__in=others)


def _count(booking: Booking, others: Collection[int]) -> list[tuple[EventSession, int]]:
    """The sessions of the booking that others of these count in, with all the customer's places of them."""
    counted = _counted_items(others).filter(event_session__in=booking.items.order_by().values("event_session"))
    if booking.replaces_id:
        # Places that this change gives up.
        counted = counted.exclude(ticket__in=booking.gives_up.all())
    elsewhere = _by_session(counted)
    if not elsewhere:
        return []
    own = _by_session(booking.items.all())
    sessions = EventSession.objects.select_related("event").in_bulk(elsewhere)
    return [(session, elsewhere[pk] + own[pk]) for pk, session in sorted(sessions.items())]


def _counted_items(booking_ids: Collection[int]) -> QuerySet[BookingItem]:
    counted = BookingItem.objects.filter(booking__in=booking_ids, booking__status__in=COUNTED)
    return counted.exclude(ticket__status=Ticket.Status.VOID)


def _by_session(items: QuerySet[BookingItem]) -> dict[int, int]:
    counts = items.order_by().values("event_session").annotate(places=Count("pk"))
    return dict(counts.values_list("event_session", "places"))


def _list_holders(session: EventSession, booking_ids: Collection[int]) -> set[int]:
    of_session = _counted_items(booking_ids).filter(event_session=session)
    return set(of_session.values_list("booking", flat=True))


def _refuse(session: EventSession, fellows: dict[str, set[int]], holders: set[int]) -> KnownCustomerError:
    mark = next(mark for mark in REFUSALS if fellows.get(mark, set()) & holders)
    return REFUSALS[mark](limit=session.customer_limit, title=session.event.title)
