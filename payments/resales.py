"""What a booking's tickets would give back if somebody else bought them: read by the pages."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from djmoney.money import Money

from bookings.models import Booking, BookingItem, Ticket
from bookings.resales import why_not_offered
from payments.cancellations import list_standing_items

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class ResaleLine:
    """One ticket; `refusal` says why it cannot be offered, if so."""

    item: BookingItem
    back: Money
    refusal: "_StrPromise | None"

    @property
    def is_offered(self) -> bool:
        return self.item.ticket.status == Ticket.Status.OFFERED


def list_resale_lines(booking: Booking, now: datetime) -> list[ResaleLine]:
    """Every ticket of the booking that is not void."""
    lines = []
    for item in list_standing_items(booking):
        lines.append(ResaleLine(item, money_back(item), refuse(item, now)))
    return lines


def refuse(item: BookingItem, now: datetime) -> "_StrPromise | None":
    """Needs what `list_items` loads."""
    item.ticket.event_session = item.event_session
    return why_not_offered(item.ticket, now, is_waiting=getattr(item, "is_waiting_for_recipient", False))


def may_be_resold(item: BookingItem, now: datetime) -> bool:
    """Or is on offer already, so that the page about it is worth a visit."""
    return item.ticket.status == Ticket.Status.OFFERED or refuse(item, now) is None


def money_back(item: BookingItem) -> Money:
    """What the owner gets when it is sold: all that it cost, less the fees where its event keeps them."""
    return Money(item.price.amount + item.fee.amount - kept_fee(item), item.price.currency)


def kept_fee(item: BookingItem) -> Decimal:
    """Needs the event loaded."""
    return Decimal(item.fee.amount) if item.event_session.event.refund_keeps_fees else Decimal(0)
