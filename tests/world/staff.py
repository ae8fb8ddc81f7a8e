"""What staff do in the back office, and the gate."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import product

from bookings.models import Booking, Ticket
from payments.errors import TakenByBankError
from payments.models import CallOff, Discrepancy, Refund
from payments.services.calling_off import call_off_session, resume_call_off
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.refunds import approve_refund, reject_refund, retry_refund
from payments.services.repairs import repair_discrepancy
from tests.world.ground import Ground, pick
from ticketing.errors import DomainError


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
        if refund.status == Refund.Status.AWAITING_APPROVAL and refund.reason != Refund.Reason.GOODWILL:
            self._may_keep(refund.payment.booking_id, Decimal(refund.amount.amount))
        reject_refund(refund_id=refund.pk, actor=self.olga, now=self.now)

    def _decide(self, refund: Refund) -> None:
        """A second person lets it go, unless the customer's bank took the money meanwhile."""
        try:
            approve_refund(refund_id=refund.pk, actor=self.olga if refund.requested_by == self.fiona else self.fiona)
        except TakenByBankError:
            self._reject(refund)

    def _repair_what_differs(self) -> bool:
        """Whether anything did. What cannot be repaired is left for `tests.served` to find."""
        rows = list(
            Discrepancy.objects.filter(status=Discrepancy.Status.OPEN).exclude(kind=Discrepancy.Kind.CHARGEBACK)
        )
        for row, actor in product(rows, (self.fiona, self.olga)):
            # Large sums want both of them; else the second finds it settled.
            with suppress(DomainError):
                repair_discrepancy(discrepancy_id=row.pk, actor=actor, now=self.now)
        return bool(rows)

    def retry(self, customer: int, which: int) -> None:
        if refund := self._refund(which):
            retry_refund(refund_id=refund.pk)

    def enter(self, customer: int, which: int) -> None:
        """At the gate: a used ticket is never cancelled."""
        if booking := self._booking(customer):
            valid = booking.tickets.filter(status=Ticket.Status.VALID, checked_in_at=None).order_by("pk")
            if ticket := pick(list(valid), which):
                valid.filter(pk=ticket.pk).update(checked_in_at=self.now)

    def call_off(self, customer: int, which: int) -> None:
        """Seldom, because little can happen afterwards."""
        if which > 3:
            call_off_session(
                event_session_id=self.event_session.pk, reason="Flooded.", actor=self._staff(which), now=self.now
            )

    def resume_call_off(self, customer: int, which: int) -> None:
        for call_off in CallOff.objects.all():
            resume_call_off(call_off_id=call_off.pk)

    def repair(self, customer: int, which: int) -> None:
        """What the comparison with the provider's books found; chargebacks are answered elsewhere."""
        differing = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN).exclude(kind=Discrepancy.Kind.CHARGEBACK)
        if row := pick(list(differing), which):
            repair_discrepancy(discrepancy_id=row.pk, actor=self._staff(which), now=self.now)

    def _refund(self, which: int) -> Refund | None:
        return pick(list(Refund.objects.select_related("payment").order_by("-pk")), which)

    def _keep(self, booking: Booking, tickets: Sequence[Ticket], which: int) -> Decimal:
        """What the policy is to keep: nothing, or one unit of each of these tickets."""
        kept = Decimal(len(tickets) * (which % 2))
        self._may_keep(booking.pk, kept)
        return kept
