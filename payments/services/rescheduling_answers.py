"""Customers answer to a moved date: they keep their tickets, or have all of their money back by the deadline."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from bookings.locks import lock_booking
from bookings.models import RescheduledBooking, Ticket
from bookings.rescheduling_errors import DeadlinePassedError, NothingToReturnError
from bookings.services.lifecycle import void_tickets
from payments.errors import NoTicketChosenError, TermsChangedError
from payments.locks import lock_rescheduled
from payments.reschedulings import plan_return
from payments.services.rescheduling import give_back
from ticketing.dates import say_moment

Answer = RescheduledBooking.Answer


@transaction.atomic(durable=True)
def keep_tickets(*, row_id: int, now: datetime) -> RescheduledBooking:
    """The customer comes on the new date, and may still think again until the deadline. A repeat changes nothing.

    Raises DeadlinePassedError.
    """
    row = lock_rescheduled(row_id)
    _check_deadline(row, now)
    _note(row, Answer.KEPT, now)
    return row


@transaction.atomic(durable=True)
def return_tickets(*, row_id: int, ticket_ids: Collection[int], back: Decimal, now: datetime) -> Decimal:
    """Make these tickets void and promise all that was paid for them, with fees; returns the sum.

    Tickets that are void already are passed over, so a repeat changes nothing and returns zero. Raises
    DeadlinePassedError, NoTicketChosenError, NothingToReturnError, TermsChangedError when less than `back` would go
    back by now, CompanionStaysError, TicketUsedError.
    """
    row = lock_rescheduled(row_id)
    _check_deadline(row, now)
    booking = lock_booking(row.booking_id)
    if not ticket_ids:
        raise NoTicketChosenError
    mine = booking.tickets.filter(pk__in=ticket_ids, event_session=row.rescheduling.event_session_id)
    if not mine.filter(status__in=Ticket.STANDING).exists():
        return Decimal(0)
    plan = plan_return(row, booking).choose(ticket_ids)
    if not plan.tickets:
        raise NothingToReturnError
    if plan.back.amount < back:
        raise TermsChangedError(back=plan.back)
    void_tickets(booking, plan.tickets, now, actor_id=None)
    amount = give_back(booking, plan.tickets, row.rescheduling, now)
    _note(row, Answer.REFUNDED, now)
    return amount


def _check_deadline(row: RescheduledBooking, now: datetime) -> None:
    rescheduling = row.rescheduling
    if not rescheduling.is_open(now):
        zone = rescheduling.event_session.hall.venue.zone
        raise DeadlinePassedError(deadline=say_moment(rescheduling.open_until, zone))


def _note(row: RescheduledBooking, answer: Answer, now: datetime) -> None:
    if row.can_become(answer):
        row.answer, row.answered_at = answer, now
        row.save(update_fields=["answer", "answered_at"])
