"""What staff do in the back office, and the gate."""

from collections.abc import Sequence
from decimal import Decimal

from accounts.models import User
from bookings.models import Booking, Ticket
from payments.errors import TakenByBankError
from payments.models import Refund
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.refunds import approve_refund, reject_refund, retry_refund
from tests.world.ground import Ground, pick


class Staff(Ground):
    def cancel(self, customer: int, which: int) -> None:
        if booking := self._booking(customer):
            kept = self._keep(booking, list(booking.tickets.filter(status=Ticket.Status.VALID)), which)
            back = self._destination(which)
            cancel_booking(booking_id=booking.pk, now=self.now, actor=self._staff(which), kept=kept, destination=back)

    def cancel_some(self, customer: int, which: int) -> None:
        """One ticket at a time, valid or not."""
        if booking := self._booking(customer):
            ticket = pick(list(booking.tickets.order_by("pk")), which)
            kept = self._keep(booking, [ticket] if ticket else [], which)
            ids = [ticket.pk] if ticket else []
            cancel_tickets(
                booking_id=booking.pk,
                ticket_ids=ids,
                now=self.now,
                actor=self._staff(which),
                kept=kept,
                destination=self._destination(customer + which),
            )

    def goodwill(self, customer: int, which: int) -> None:
        if booking := self._booking(customer):
            refund_amount(
                booking_id=booking.pk,
                amount=Decimal(10 * which + 7),
                key=f"{booking.pk}-{which}",
                note="",
                now=self.now,
                actor=self.fiona,
                destination=self._destination(which),
            )

    def approve(self, customer: int, which: int) -> None:
        if refund := self._refund(which):
            approve_refund(refund_id=refund.pk, actor=self._staff(customer))

    def reject(self, customer: int, which: int) -> None:
        if refund := self._refund(which):
            self._reject(refund)

    def _reject(self, refund: Refund) -> None:
        # Written down first: whoever dies after the deed writes nothing.
        if refund.status == Refund.Status.AWAITING_APPROVAL and refund.reason != Refund.Reason.GOODWILL:
            self._may_keep(refund.payment.booking_id, Decimal(refund.amount.amount))
        reject_refund(refund_id=refund.pk, actor=self.olga, now=self.now)

    def _decide(self, refund: Refund) -> None:
        """A second person lets it go, unless the customer's bank took the money meanwhile."""
        try:
            approve_refund(refund_id=refund.pk, actor=self.olga if refund.requested_by == self.fiona else self.fiona)
        except TakenByBankError:
            self._reject(refund)

    def retry(self, customer: int, which: int) -> None:
        if refund := self._refund(which):
            retry_refund(refund_id=refund.pk)

    def enter(self, customer: int, which: int) -> None:
        """At the gate: a used ticket is never cancelled."""
        if booking := self._booking(customer):
            valid = booking.tickets.filter(status=Ticket.Status.VALID, checked_in_at=None).order_by("pk")
            if ticket := pick(list(valid), which):
                valid.filter(pk=ticket.pk).update(checked_in_at=self.now)

    def _booking(self, customer: int) -> Booking | None:
        return Booking.objects.filter(pk=self.baskets.get(customer)).first()

    def _refund(self, which: int) -> Refund | None:
        return pick(list(Refund.objects.select_related("payment").order_by("-pk")), which)

    def _destination(self, which: int) -> str:
        return (Refund.Destination.ORIGINAL, Refund.Destination.CREDIT)[which // 2 % 2]

    def _staff(self, which: int) -> User:
        return (self.fiona, self.olga)[which % 2]

    def _keep(self, booking: Booking, tickets: Sequence[Ticket], which: int) -> Decimal:
        """What the policy is to keep: nothing, or one unit of each of these tickets."""
        kept = Decimal(len(tickets) * (which % 2))
        self._may_keep(booking.pk, kept)
        return kept

    def _may_keep(self, booking_id: int, amount: Decimal) -> None:
        self.may_be_kept[booking_id] = self.may_be_kept.get(booking_id, Decimal(0)) + amount
