"""Which tickets may be changed, and what a basket that changes them may hold. Nothing here writes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from bookings.change_errors import ChangeIncompleteError, OtherEventError, TicketsGoneError, TooManyForChangeError
from bookings.models import Booking, BookingItem, Ticket
from bookings.reschedulings import sessions_moved_for
from bookings.selectors import list_items
from events.models import EventSession

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


# The booking that a change goes back to, over all changes in between; of any other its own key.
FIRST_BOOKING = Coalesce("first", "pk")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One ticket, and why it may not be changed, if so."""

    item: BookingItem
    refusal: "_StrPromise | None"


def list_change_lines(booking: Booking, now: datetime, *, has_deadline: bool = True) -> list[ChangeLine]:
    """Every ticket that is not void, by time; `has_deadline` is what customers are bound to and staff are not.

    Nor are customers whose date was moved, while they may answer to that.
    """
    return list_lines_of(booking, list_items(booking), now, has_deadline=has_deadline)


def list_lines_of(
    booking: Booking, items: Iterable[BookingItem], now: datetime, *, has_deadline: bool = True
) -> list[ChangeLine]:
    """The same for items that are read already."""
    issued = [item for item in items if hasattr(item, "ticket")]
    lasting = [item for item in issued if item.ticket.status != Ticket.Status.VOID]
    is_moved = any(item.event_session.revision for item in lasting)
    moved = sessions_moved_for(booking.pk, now) if has_deadline and is_moved else set()
    return [
        ChangeLine(
            item,
            refuse_change(item, now, has_deadline=has_deadline and item.event_session_id not in moved),
        )
        for item in lasting
    ]


@dataclass(frozen=True, slots=True)
class Changing:
    """How far a change has got: the tickets given up, and how many places were chosen for them."""

    old: Booking
    tickets: list[Ticket]
    chosen: int

    @property
    def wanted(self) -> int:
        return len(self.tickets)

    @property
    def missing(self) -> int:
        return self.wanted - self.chosen


def describe_change(booking: Booking | None) -> Changing | None:
    """None, without a look, for what is no change."""
    if booking is None or booking.replaces is None:
        return None
    tickets = booking.gives_up.select_related("event_session__hall__venue").order_by("pk")
    return Changing(booking.replaces, list(tickets), booking.items.count())


def list_dates(booking: Booking, now: datetime) -> list[EventSession]:
    """The dates that tickets of this booking may be changed to: those of the same events that are on sale."""
    events = booking.tickets.exclude(status=Ticket.Status.VOID).values("event_session__event")
    dates = EventSession.objects.filter(event__in=events, booking_closes_at__gt=now).order_by("starts_at", "pk")
    return [each for each in dates.select_related("event", "hall__venue") if each.is_on_sale(now)]


def list_made_of(booking: Booking, items: Iterable[BookingItem]) -> list[Booking]:
    """The bookings that tickets of this one became; costs a look only where some are void."""
    if not any(hasattr(item, "ticket") and item.ticket.status == Ticket.Status.VOID for item in items):
        return []
    return list(booking.changes.exclude(confirmed_at=None).order_by("pk"))


def refuse_change(item: BookingItem, now: datetime, *, has_deadline: bool) -> "_StrPromise | None":
    """Needs `ticket` and `event_session__event` loaded."""
    event_session, ticket = item.event_session, item.ticket
    if ticket.checked_in_at is not None:
        return _("It was used at the gate.")
    if ticket.status != Ticket.Status.VALID:
        return _("It is offered for resale.")
    if ticket.transfer_id is not None:
        return _("It was passed on to somebody else.")
    if event_session.is_called_off:
        return _("This date was cancelled.")
    if now >= (event_session.doors_at or event_session.starts_at):
        return _("The doors are open, so it cannot be changed any more.")
    return refuse_by_deadline(event_session, now) if has_deadline else None


def refuse_by_deadline(event_session: EventSession, now: datetime) -> "_StrPromise | None":
    hours = event_session.event.change_free_hours
    if hours is None:
        return _("Tickets for this event cannot be changed here.")
    if now > event_session.starts_at - timedelta(hours=hours):
        return _("The time to change it is over.")
    return None


def list_given_up(change: Booking) -> list[Ticket]:
    """Those that can still be given up: valid, unused, and with whoever booked."""
    unused = change.gives_up.filter(booking=change.replaces_id, status=Ticket.Status.VALID, checked_in_at=None)
    return list(unused.filter(transfer=None).order_by("pk"))


def check_fits(change: Booking, event_session: EventSession, wanted: int) -> None:
    """Inner step: so many more places of this session are within what the tickets given up are changed into.

    Raises OtherEventError, TooManyForChangeError.
    """
    given_up = change.gives_up.select_related("event_session__event")
    sessions = [ticket.event_session for ticket in given_up]
    if any(each.event_id != event_session.event_id for each in sessions):
        raise OtherEventError(event=sessions[0].event.title)
    chosen = change.items.count()
    if chosen + wanted > len(sessions):
        raise TooManyForChangeError(wanted=len(sessions), chosen=chosen)


def check_complete(change: Booking) -> None:
    """Before anything is paid: as many places as tickets, all of which are still there to be given up.

    Raises ChangeIncompleteError, TicketsGoneError.
    """
    wanted, chosen = change.gives_up.count(), change.items.count()
    if chosen != wanted:
        raise ChangeIncompleteError(wanted=wanted, chosen=chosen)
    if len(list_given_up(change)) < wanted:
        raise TicketsGoneError


def name_after(tickets: Collection[Ticket], items: Collection[BookingItem]) -> dict[int, str]:
    """Item -> attendee: names stay on a place that is kept, and go one to one to the others."""
    by_place = {ticket.place_id: ticket for ticket in tickets}
    kept = {item.place_id for item in items} & set(by_place)
    others = iter([ticket for ticket in tickets if ticket.place_id not in kept])
    return {item.pk: (by_place[item.place_id] if item.place_id in kept else next(others)).attendee for item in items}
