"""The date moves, to another day or another hall, and those who have tickets for it answer."""

from datetime import timedelta
from decimal import Decimal

from bookings.models import RescheduledBooking
from events.models import EventSession
from payments.reschedulings import plan_return
from payments.services.rescheduling import reschedule, resume_rescheduling, watch_reschedulings
from payments.services.rescheduling_answers import keep_tickets, return_tickets
from tests.rescheduling import new_date
from tests.world.ground import Ground, pick
from venues.models import SeatingPlan


class Moving(Ground):
    def reschedule(self, customer: int, which: int) -> None:
        """Some days later, or to the other hall, or both."""
        event_session = EventSession.objects.get(pk=self.event_session.pk)
        other = SeatingPlan.objects.filter(pk__in=self.plans).exclude(pk=event_session.plan_id).get()
        reschedule(
            event_session_id=event_session.pk,
            date=new_date(
                event_session, later=timedelta(days=which // 2 or 1 - which), plan=other if which % 2 else None
            ),
            deadline=self.now + timedelta(hours=(6, 60, 200)[customer]),
            reason="The hall is wet.",
            actor=self._staff(customer),
            now=self.now,
        )

    def keep_tickets(self, customer: int, which: int) -> None:
        if row := self._moved(customer, which):
            keep_tickets(row_id=row.pk, now=self.now)

    def return_tickets(self, customer: int, which: int) -> None:
        """One ticket, or all of them, for what the page has shown: everything that was paid."""
        if row := self._moved(customer, which):
            plan = plan_return(row, row.booking)
            one = pick(plan.tickets, which)
            chosen = [ticket.pk for ticket in (plan.tickets if which > 2 or one is None else [one])]
            back = Decimal(plan.choose(chosen).back.amount)
            return_tickets(row_id=row.pk, ticket_ids=chosen, back=back, now=self.now)
            assert self.now < row.rescheduling.deadline

    def watch_moves(self, customer: int, which: int) -> None:
        watch_reschedulings(now=self.now)

    def resume_move(self, customer: int, which: int) -> None:
        for rescheduling in self._moves():
            resume_rescheduling(rescheduling_id=rescheduling)

    def _moved(self, customer: int, which: int) -> RescheduledBooking | None:
        booking = self._booking(customer)
        rows = RescheduledBooking.objects.filter(booking=booking).select_related("booking", "rescheduling")
        return pick(list(rows.order_by("-pk")), which // 3)

    def _moves(self) -> list[int]:
        moves = self.event_session.reschedulings.order_by("pk")
        return list(moves.values_list("pk", flat=True))
