"""Tickets that become others: a basket of its own, which replaces them once it is confirmed."""

from bookings.selectors import summarise
from bookings.services.changing import keep_places, start_change
from bookings.services.lifecycle import start_checkout
from payments.changes import due_of
from payments.services.checkout import change_without_paying
from tests.world.ground import Ground, contact_of, pick


class Changing(Ground):
    def start_change(self, customer: int, which: int) -> None:
        """Of one ticket, or of all of them, by the customer or by staff, whom no deadline binds.

        What is held, paid or given up from now on is the change.
        """
        if booking := self._booking(customer):
            valid = list(booking.tickets.order_by("pk").values_list("pk", flat=True))
            ticket_id = pick(valid, which)
            chosen = valid if which > 2 or ticket_id is None else [ticket_id]
            change = start_change(booking_id=booking.pk, ticket_ids=chosen, now=self.now, has_deadline=bool(which % 2))
            self.baskets[customer] = change.pk

    def keep_places(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            keep_places(booking_id=basket, now=self.now)

    def change_now(self, customer: int, which: int) -> None:
        """Where nothing is to be paid."""
        basket = self.baskets.get(customer)
        if basket is None:
            return
        change = start_checkout(booking_id=basket, contact=contact_of(customer), buyer=None, now=self.now)
        if change.replaces_id and not due_of(change, summarise(change).total):
            change_without_paying(booking_id=basket, now=self.now)
