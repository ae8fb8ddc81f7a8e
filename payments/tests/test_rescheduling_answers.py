"""What customers answer when a date has moved: they keep their tickets or have their money back until the deadline."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from bookings.changes import list_change_lines
from bookings.models import Booking, Place, RescheduledBooking, Ticket
from bookings.rescheduling_errors import DeadlinePassedError, NothingToReturnError
from bookings.reschedulings import sessions_moved_for
from payments.errors import NoTicketChosenError, TermsChangedError
from payments.models import Refund
from payments.services.cancelling import refund_amount
from payments.services.rescheduling import TELLING, watch_reschedulings
from payments.services.rescheduling_answers import keep_tickets, return_tickets
from tests.booking import go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.factories import (
    NOON,
    make_confirmed_booking,
    make_event_session,
    make_hall,
    make_plan,
    make_user,
)
from tests.invariants import find_breaches
from tests.rescheduling import WEEK, make_session_with_fees, move, repaid, row_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def event_session():
    return make_session_with_fees(refund_free_hours=None)


def give_back(booking, *, back="93.00", now=NOON, tickets=None):
    ticket_ids = tickets or list(booking.tickets.values_list("pk", flat=True))
    return return_tickets(row_id=row_of(booking).pk, ticket_ids=ticket_ids, back=Decimal(back), now=now)


def test_the_money_comes_back_with_fees_whatever_the_policy_says(event_session, booking):
    move(event_session, later=DAY)

    assert give_back(booking) == Decimal("93.00")

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert repaid(booking) == Decimal("93.00")
    assert row_of(booking).answer == RescheduledBooking.Answer.REFUNDED
    assert not Place.objects.exclude(state=Place.State.FREE).exists()
    assert find_breaches() == []


def test_asking_twice_gives_the_money_back_once(event_session, booking):
    move(event_session, later=DAY)
    give_back(booking)

    assert give_back(booking) == 0

    assert repaid(booking) == Decimal("93.00")
    assert keep_tickets(row_id=row_of(booking).pk, now=NOON).answer == RescheduledBooking.Answer.REFUNDED


def test_some_of_the_tickets_may_go_and_the_others_later(event_session, booking):
    first, second = booking.tickets.order_by("pk").values_list("pk", flat=True)
    move(event_session, later=DAY)

    give_back(booking, tickets=[first], back="46.50")
    booking.refresh_from_db()
    assert booking.status == Booking.Status.CONFIRMED
    give_back(booking, tickets=[second], back="46.50")

    assert repaid(booking) == Decimal("93.00")
    assert find_breaches() == []


def test_who_keeps_the_tickets_may_think_again_until_the_deadline(event_session, booking):
    move(event_session, later=DAY)

    row = keep_tickets(row_id=row_of(booking).pk, now=NOON)
    assert row.answer == RescheduledBooking.Answer.KEPT
    give_back(booking, now=NOON + WEEK - timedelta(seconds=1))

    assert repaid(booking) == Decimal("93.00")


def test_after_the_deadline_the_tickets_stay(event_session, booking):
    moved = move(event_session, later=DAY)

    with pytest.raises(DeadlinePassedError, match="8 June"):
        give_back(booking, now=moved.deadline)
    with pytest.raises(DeadlinePassedError):
        keep_tickets(row_id=row_of(booking).pk, now=moved.deadline)

    assert row_of(booking).answer == RescheduledBooking.Answer.NONE
    assert not Refund.objects.exists()
    assert sessions_moved_for(booking.pk, NOON) == {event_session.pk}
    assert sessions_moved_for(booking.pk, moved.deadline) == set()


def test_tickets_of_a_moved_date_may_be_changed_until_the_deadline(event_session, booking):
    assert {bool(line.refusal) for line in list_change_lines(booking, NOON)} == {True}

    moved = move(event_session, later=DAY, deadline=DAY)

    assert {line.refusal for line in list_change_lines(booking, NOON)} == {None}
    assert {bool(line.refusal) for line in list_change_lines(booking, moved.deadline)} == {True}


def test_used_tickets_are_not_given_back(event_session, booking):
    used, unused = booking.tickets.order_by("pk")
    move(event_session, later=DAY)
    Ticket.objects.filter(pk=used.pk).update(checked_in_at=NOON)

    with pytest.raises(NothingToReturnError):
        give_back(booking, tickets=[used.pk])
    assert give_back(booking, back="46.50") == Decimal("46.50")

    unused.refresh_from_db()
    assert unused.status == Ticket.Status.VOID
    assert find_breaches() == []


def test_less_than_was_shown_is_asked_about_first(event_session, booking):
    move(event_session, later=DAY)
    refund_amount(booking_id=booking.pk, amount=Decimal(10), key="1", note="", now=NOON, actor=make_user("sue"))

    with pytest.raises(TermsChangedError, match=r"83\.00"):
        give_back(booking)
    with pytest.raises(NoTicketChosenError):
        return_tickets(row_id=row_of(booking).pk, ticket_ids=[], back=Decimal(0), now=NOON)

    assert repaid(booking) is None


def test_a_basket_over_two_sessions_gives_back_only_the_moved_one(event_session):
    other = make_event_session("A1", price="20.00")
    basket = hold(other, "A1", basket=hold(event_session, "A1"))
    booking = pay(go_to_payment(basket)).booking

    move(event_session, later=DAY)
    give_back(booking, back="46.50")

    assert repaid(booking) == Decimal("46.50")
    assert booking.tickets.get(status=Ticket.Status.VALID).event_session == other


@pytest.mark.django_db(transaction=True)
def test_six_answers_around_the_deadline_give_the_money_back_once():
    event_session = make_event_session("A1 A2")
    booking = make_confirmed_booking(event_session, "A1 A2")
    moved = move(event_session, later=DAY)
    in_time = partial(give_back, booking, back="90.00", now=moved.deadline - timedelta(seconds=1))
    too_late = partial(give_back, booking, back="90.00", now=moved.deadline)

    results = run_together(*[in_time, too_late] * 3)

    assert sum(result == Decimal("90.00") for result in results) == 1, results
    assert sum(isinstance(result, DeadlinePassedError) for result in results) == 3, results
    assert repaid(booking) == Decimal("90.00")
    assert find_breaches() == []


@pytest.mark.django_db(transaction=True)
def test_answers_while_workers_give_back_what_has_no_place_any_more():
    event_session = make_event_session("A1 A2 A3 A4")
    bookings = [make_confirmed_booking(event_session, f"A{number}") for number in (1, 2, 3)]
    moved = move(event_session, plan=make_plan("A4", hall=make_hall()))

    def work():
        while TELLING.deal_with_next(moved, NOON):
            pass

    results = run_together(*[partial(give_back, booking, back="0") for booking in bookings], *[work] * 3)

    assert not [result for result in results if isinstance(result, Exception)], results
    assert [repaid(booking) for booking in bookings] == [Decimal("45.00")] * 3
    watch_reschedulings(now=NOON)
    assert find_breaches() == []
