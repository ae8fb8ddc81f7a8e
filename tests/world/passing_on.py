"""Tickets that go to somebody else, or back on sale."""

from decimal import Decimal

from bookings.models import Ticket, Transfer
from bookings.services.reselling import offer_for_resale, return_unsold, take_back
from bookings.services.transferring import (
    Recipient,
    accept_transfer,
    close_lapsed_transfers,
    offer_ticket,
    withdraw_transfer,
)
from payments.services.reselling import settle_sold
from tests.world.ground import Ground, pick


class PassingOn(Ground):
    def offer_ticket(self, customer: int, which: int) -> None:
        """By whoever has it now."""
        if ticket := self._ticket(customer, which):
            offer_ticket(ticket_id=ticket.pk, holder_id=ticket.transfer_id, email="", now=self.now)

    def withdraw_ticket(self, customer: int, which: int) -> None:
        if transfer := self._transfer(which):
            withdraw_transfer(transfer_id=transfer.pk, now=self.now)

    def accept_ticket(self, customer: int, which: int) -> None:
        """The same form again and again, or somebody else's."""
        if transfer := self._transfer(which):
            recipient = Recipient(name=f"Customer {customer}", email="", user=None)
            accept_transfer(transfer_id=transfer.pk, token=f"form-{customer}", recipient=recipient, now=self.now)

    def offer_for_resale(self, customer: int, which: int) -> None:
        """One ticket or all of them; the house keeps their fees, should they be sold."""
        if booking := self._booking(customer):
            tickets = list(booking.tickets.select_related("item").order_by("pk"))
            one = pick(tickets, which)
            chosen = tickets if which > 3 or one is None else [one]
            self._may_keep(booking.pk, sum((ticket.item.fee.amount for ticket in chosen), Decimal(0)))
            offer_for_resale(booking_id=booking.pk, ticket_ids=[ticket.pk for ticket in chosen], now=self.now)

    def take_back(self, customer: int, which: int) -> None:
        if ticket := self._ticket(customer, which):
            take_back(booking_id=ticket.booking_id, ticket_ids=[ticket.pk], now=self.now)

    def look_after_offers(self, customer: int, which: int) -> None:
        """What beat has done now and then."""
        close_lapsed_transfers(now=self.now)
        return_unsold(now=self.now)
        settle_sold(now=self.now)

    def _ticket(self, customer: int, which: int) -> Ticket | None:
        booking = self._booking(customer)
        return pick(list(booking.tickets.order_by("pk")), which) if booking else None

    def _transfer(self, which: int) -> Transfer | None:
        return pick(list(Transfer.objects.order_by("-pk")), which)
