"""What cancelling gives back and what it keeps, by the policy of each ticket's event. Pure: it writes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from bookings.models import BookingItem, Ticket
from events.models import EventSession
from ticketing.money import round_to_unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineQuote:
    """One ticket: what it cost, what of that is kept, and why its holder may not cancel it, if so."""

    item: BookingItem
    worth: Decimal
    kept: Decimal
    refusal: "_StrPromise | None" = None

    @property
    def back(self) -> Decimal:
        return self.worth - self.kept

    @property
    def has_policy(self) -> bool:
        return self.item.event_session.event.refund_free_hours is not None

    @property
    def paid(self) -> Money:
        return Money(self.worth, self.item.price.currency)

    @property
    def money_back(self) -> Money:
        return Money(self.back, self.item.price.currency)


@dataclass(frozen=True, slots=True)
class Quote:
    """Several tickets together, in the booking's one currency."""

    lines: list[LineQuote]

    @property
    def worth(self) -> Decimal:
        return sum((line.worth for line in self.lines), NOTHING)

    @property
    def kept(self) -> Decimal:
        return sum((line.kept for line in self.lines), NOTHING)

    @property
    def kept_by(self) -> dict[int, Decimal]:
        """Event -> what its own policy keeps."""
        return self._by_event(lambda line: line.kept)

    @property
    def fees_by(self) -> dict[int, Decimal]:
        """Event -> the booking fees of its tickets."""
        return self._by_event(lambda line: Decimal(line.item.fee.amount))

    def _by_event(self, part: Callable[[LineQuote], Decimal]) -> dict[int, Decimal]:
        sums: dict[int, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            sums[line.item.event_session.event_id] += part(line)
        return dict(sums)

    @property
    def back(self) -> Decimal:
        return self.worth - self.kept

    @property
    def refusal(self) -> "_StrPromise | None":
        """Why these may not be cancelled together: the first reason that one of them has."""
        return next((line.refusal for line in self.lines if line.refusal), None)


def quote_cancellation(items: Iterable[BookingItem], now: datetime) -> Quote:
    """What customers get for cancelling these, and whether they may; staff take `kept` as their default.

    Each ticket goes by its own event's policy: free of charge until so many hours before the start, then
    for a share of the price until the doors open. A session that was called off gives everything back.
    Needs `event_session__event` and `ticket` loaded.
    """
    return Quote([quote_item(item, now) for item in items])


def quote_item(item: BookingItem, now: datetime) -> LineQuote:
    worth = Decimal(item.price.amount + item.fee.amount)
    kept = kept_of(item, now)
    return LineQuote(item, worth, kept, refuse(item, now, worth=worth, back=worth - kept))


def kept_of(item: BookingItem, now: datetime) -> Decimal:
    """What the house keeps of price and fee; all of it once the doors are open or where no policy is set."""
    event_session, event = item.event_session, item.event_session.event
    price, fee = Decimal(item.price.amount), Decimal(item.fee.amount)
    if does_not_take_place(event_session, now):
        return NOTHING
    if event.refund_free_hours is None or are_doors_open(event_session, now):
        return price + fee
    kept_fee = fee if event.refund_keeps_fees else NOTHING
    if now <= free_until(event_session, event.refund_free_hours):
        return kept_fee
    if event.refund_kept_percent >= 100:
        return price + fee  # No money back any more: a fee alone would be a riddle.
    return kept_fee + round_to_unit(price * event.refund_kept_percent / 100, str(item.price.currency))


def refuse(item: BookingItem, now: datetime, *, worth: Decimal, back: Decimal) -> "_StrPromise | None":
    if item.ticket.checked_in_at is not None:
        return _("It was used at the gate.")
    if does_not_take_place(item.event_session, now):
        return None
    if reason := refuse_now(item, now):
        return reason
    if item.event_session.event.refund_free_hours is None:
        return _("Tickets for this event cannot be cancelled here.")
    if worth and not back:
        return _("The time to cancel for money is over.")
    return None


def refuse_now(item: BookingItem, now: datetime) -> "_StrPromise | None":
    """Who paid does not decide alone about what somebody else has, or may be buying, nor once people come in."""
    if item.ticket.transfer_id is not None:
        return _("It was passed on, so it is somebody else's ticket by now.")
    if item.ticket.status == Ticket.Status.OFFERED:
        return _("It is offered for resale. Take it back first.")
    if are_doors_open(item.event_session, now):
        return _("The doors are open, so it cannot be cancelled any more.")
    return None


def does_not_take_place(event_session: EventSession, now: datetime) -> bool:
    """Called off by itself, at whatever hour, or with its event before its doors opened: evenings before that were."""
    is_called_off_itself = event_session.status == EventSession.Status.CANCELLED
    return is_called_off_itself or (event_session.is_called_off and not are_doors_open(event_session, now))


def are_doors_open(event_session: EventSession, now: datetime) -> bool:
    return now >= (event_session.doors_at or event_session.starts_at)


def free_until(event_session: EventSession, hours: int) -> datetime:
    """Never later than the doors, however few hours the policy names."""
    doors_at = event_session.doors_at or event_session.starts_at
    return min(event_session.starts_at - timedelta(hours=hours), doors_at)
