"""What a change of tickets costs: the new places, less what the tickets given up are worth."""

from dataclasses import dataclass

from djmoney.money import Money

from bookings.changes import list_given_up
from bookings.models import Booking, BookingItem
from payments.credit import SMALLEST_CHARGE
from payments.selectors import repayable
from ticketing.money import add_up, from_minor_units


@dataclass(frozen=True, slots=True)
class ChangeSum:
    """`worth` is what the tickets given up cost, with fees; `left` what of that was not given back before."""

    total: Money
    worth: Money
    left: Money

    @property
    def given_before(self) -> Money:
        return self.worth - self.left

    @property
    def due(self) -> Money:
        """To pay: nothing, or no less than providers take."""
        nothing = Money(0, self.total.currency)
        if self.total <= self.left:
            return nothing
        smallest = from_minor_units(SMALLEST_CHARGE, str(self.total.currency))
        return min(max(self.total - self.left, smallest), self.total)

    @property
    def surplus(self) -> Money:
        """What goes back the way it was paid."""
        return self.left - (self.total - self.due)


def sum_up_change(change: Booking, total: Money) -> ChangeSum:
    worth = add_up((item.price + item.fee for item in list_items_given_up(change)), change.currency)
    left = Money(repayable(change.replaces_id or 0), change.currency)
    return ChangeSum(total=total, worth=worth, left=min(worth, left))


def list_items_given_up(change: Booking) -> list[BookingItem]:
    items = BookingItem.objects.filter(ticket__in=list_given_up(change)).order_by("pk")
    return list(items.select_related("event_session", "place__section", "place__seat"))


def due_of(booking: Booking, total: Money) -> Money:
    """What is to be paid for a booking of this total; an ordinary one costs no further look."""
    return total if booking.replaces_id is None else sum_up_change(booking, total).due
