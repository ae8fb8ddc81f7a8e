"""Moving a session, short enough to read in a test."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from bookings.models import Booking, RescheduledBooking, Rescheduling
from bookings.services.rescheduling import NewDate
from events.models import EventSession
from payments.models import Refund
from payments.services.rescheduling import TOPIC, reschedule
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session
from tests.messages import forget_messages

WEEK = timedelta(days=7)
# What workers do for it.
TOPICS = (TOPIC, "payments.date_moved", "payments.tickets_of_moved_date_voided")


def make_session_with_fees(*, now: datetime = NOON, **event: Any) -> EventSession:
    """Three seats at 45.00 each, with 1.50 on top."""
    return make_event_session("A1 A2 A3", event=make_event(fee_per_ticket="1.50", **event), now=now)


def sell_two(event_session: EventSession, now: datetime = NOON) -> Booking:
    """A1 and A2; nothing that is said of it is left for workers."""
    booking = make_confirmed_booking(event_session, "A1 A2", now=now)
    forget_messages()
    return booking


def new_date(event_session, *, later=timedelta(0), plan=None):
    return NewDate(
        starts_at=event_session.starts_at + later,
        ends_at=event_session.ends_at + later,
        doors_at=event_session.doors_at + later if event_session.doors_at else None,
        booking_closes_at=event_session.booking_closes_at + later,
        plan_id=(plan or event_session.plan).pk,
    )


def move(
    event_session, *, later=timedelta(0), plan=None, actor=None, deadline=WEEK, reason="The hall is wet.", now=NOON
) -> Rescheduling:
    """To so much later, or to another plan; the session is read afresh."""
    moved = reschedule(
        event_session_id=event_session.pk,
        date=new_date(event_session, later=later, plan=plan),
        deadline=now + deadline,
        reason=reason,
        actor=actor,
        now=now,
    )
    event_session.refresh_from_db()
    return moved


def row_of(booking: Booking) -> RescheduledBooking:
    """The last move of its tickets."""
    return booking.rescheduled.latest("pk")


def repaid(booking: Booking) -> Decimal | None:
    """For moves, all together."""
    mine = Refund.objects.filter(payment__booking=booking, reason=Refund.Reason.RESCHEDULED)
    return mine.aggregate(sum=Sum("amount"))["sum"]
