"""Those who came too late: they wait, are offered what comes back, take it or let it go."""

from dataclasses import replace

from bookings.models import WaitingEntry
from bookings.services.holds import release_booking
from bookings.services.offering import serve_waiting_lists
from bookings.services.waiting_list import Party, accept_offer, join_again, join_list, leave_list
from tests.world.ground import Ground, contact_of

WISHES = ((), ("Stalls",), ("Floor",))


class Waiting(Ground):
    def join_list(self, customer: int, which: int) -> None:
        """Alone or as two, for any places, or for seats, or for standing places."""
        contact = replace(contact_of(customer), email=f"customer{customer}@example.com")
        join_list(
            event_session_id=self.event_session.pk,
            contact=contact,
            party=Party(1 + which // 3, WISHES[which % len(WISHES)]),
            user=None,
            now=self.now,
        )

    def join_again(self, customer: int, which: int) -> None:
        if entry := self._entry(customer):
            join_again(entry=entry, now=self.now)

    def leave_list(self, customer: int, which: int) -> None:
        if entry := self._entry(customer):
            leave_list(entry_id=entry.pk, now=self.now)

    def accept_offer(self, customer: int, which: int) -> None:
        """As the page does, where they agree to give up what else is in their basket."""
        if entry := self._entry(customer):
            basket = self.baskets.get(customer)
            if basket not in {None, entry.booking_id}:
                release_booking(booking_id=basket, now=self.now)
            self.baskets[customer] = accept_offer(entry_id=entry.pk, user=None, now=self.now).pk

    def serve_lists(self, customer: int, which: int) -> None:
        """What beat has done now and then."""
        serve_waiting_lists(now=self.now)

    def _entry(self, customer: int) -> WaitingEntry | None:
        """The latest of this customer."""
        return WaitingEntry.objects.filter(name=contact_of(customer).name).order_by("pk").last()
