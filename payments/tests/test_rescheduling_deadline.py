"""Answers to a moved date end with the deadline, and never later than the doors."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bookings.models import RescheduledBooking
from bookings.rescheduling_errors import DeadlinePassedError
from bookings.services.rescheduling import NewDate
from events.admin.local_time import wall_time
from payments.admin.rescheduling_forms import NewDateForm
from payments.services.rescheduling import reschedule
from payments.services.rescheduling_answers import return_tickets
from tests.factories import NOON, make_confirmed_booking, make_event_session
from tests.rescheduling import WEEK, move

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_a_date_that_moves_again_to_before_the_deadline_ends_the_answers_with_its_doors():
    event_session = make_event_session("A1", starts_in=timedelta(days=20), doors_at=NOON + timedelta(days=20) - HOUR)
    booking = make_confirmed_booking(event_session, "A1")
    move(event_session, later=DAY, deadline=2 * WEEK)
    doors_at = NOON + WEEK
    sooner = NewDate(doors_at + HOUR, doors_at + 3 * HOUR, doors_at, doors_at, event_session.plan_id)
    reschedule(
        event_session_id=event_session.pk, date=sooner, deadline=doors_at, reason="", actor=None, now=NOON + HOUR
    )

    rows = RescheduledBooking.objects.filter(booking=booking).order_by("pk")
    tickets = [booking.tickets.get().pk]
    for row in rows:
        with pytest.raises(DeadlinePassedError):
            return_tickets(row_id=row.pk, ticket_ids=tickets, back=Decimal(0), now=doors_at)

    assert return_tickets(row_id=rows[0].pk, ticket_ids=tickets, back=Decimal(45), now=doors_at - HOUR) == 45


@pytest.mark.parametrize(("before_start", "is_valid"), [(30, False), (60, True)])
def test_the_usual_doors_bound_the_deadline_where_none_are_typed(before_start, is_valid):
    event_session = make_event_session("A1", doors_at=NOON + WEEK - HOUR)
    starts_at = event_session.starts_at + DAY
    zone = event_session.hall.venue.zone

    data = {"plan": event_session.plan_id}
    for name, moment in {"starts_at": starts_at, "deadline": starts_at - timedelta(minutes=before_start)}.items():
        wall = wall_time(moment, zone)
        data |= {f"{name}_0": f"{wall:%Y-%m-%d}", f"{name}_1": f"{wall:%H:%M:%S}"}
    form = NewDateForm(data, event_session=event_session)

    assert form.is_valid() == is_valid, form.errors
    assert ("deadline" in form.errors) != is_valid
