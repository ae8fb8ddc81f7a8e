"""What cancelling some tickets of a booking would do to its money: read by the pages and once more under the lock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.functional import cached_property
from djmoney.money import Money

from bookings.models import Booking, BookingItem, Ticket
from bookings.selectors import list_items
from bookings.services.seating_rules import check_companions_stay
from payments.errors import CancellationRefusedError, NoTicketChosenError
from payments.models import CREDIT, Payment, Voucher
from payments.policy import Quote, quote_cancellation
from payments.selectors import repayable

# What a change carried over leads back to where it came from.
IS_CREDIT = Q(gateway=CREDIT) & ~Q(voucher__kind=Voucher.Kind.CHANGE)


@dataclass(frozen=True)
class CancellationPlan:
    """Every ticket that is not void, with what it would give back, and the sums of those that are chosen.

    `left` is the money of the booking that can still be given back: goodwill is not given twice.
    """

    booking: Booking
    quote: Quote
    left: Decimal
    has_choice: bool
    chosen: frozenset[int] = frozenset()

    def choose(self, ticket_ids: Iterable[int]) -> "CancellationPlan":
        """With these chosen; those that are not valid tickets of the booking are passed over."""
        known = {line.item.ticket.pk for line in self.quote.lines}
        return replace(self, chosen=frozenset(ticket_ids) & known)

    @cached_property
    def chosen_quote(self) -> Quote:
        return Quote([line for line in self.quote.lines if line.item.ticket.pk in self.chosen])

    @property
    def tickets(self) -> list[Ticket]:
        return [line.item.ticket for line in self.chosen_quote.lines]

    @property
    def is_all(self) -> bool:
        return len(self.chosen) == len(self.quote.lines)

    @property
    def worth(self) -> Money:
        return self._money(self.chosen_quote.worth)

    @property
    def kept(self) -> Money:
        return self._money(self.chosen_quote.kept)

    @property
    def given_before(self) -> Money:
        return self._money(self.chosen_quote.back) - self.back

    @property
    def back(self) -> Money:
        """What would go back now, in all, under the policy."""
        return self.back_if(self.chosen_quote.kept)

    def back_if(self, kept: Decimal) -> Money:
        """The same where staff keep another sum."""
        return self._money(min(self.chosen_quote.worth - kept, self.left))

    def _money(self, amount: Decimal) -> Money:
        return Money(amount, self.booking.currency)

    def check(self) -> None:
        """Raises NoTicketChosenError, CancellationRefusedError, CompanionStaysError."""
        if not self.chosen:
            raise NoTicketChosenError
        for line in self.chosen_quote.lines:
            if line.refusal:
                raise CancellationRefusedError(label=line.item.place.label, reason=line.refusal)
        check_companions_stay(self.booking, self.tickets)


def plan_cancellation(booking: Booking, now: datetime) -> CancellationPlan:
    """With nothing chosen yet. What was paid with credit goes back to it, so there is nothing to choose about that."""
    paid = Payment.objects.filter(booking=booking, status=Payment.Status.PAID)
    return CancellationPlan(
        booking=booking,
        quote=quote_cancellation(list_standing_items(booking), now),
        left=repayable(booking.pk),
        has_choice=paid.exclude(IS_CREDIT).exists(),
    )


def list_standing_items(booking: Booking) -> list[BookingItem]:
    """The places that tickets are for which are not void, with all that pages say about them."""
    items = [item for item in list_items(booking) if hasattr(item, "ticket")]
    return [item for item in items if item.ticket.status in Ticket.STANDING]
