"""A date moves: tickets stay valid, everybody hears of it once, and who has no place any more gets it back."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from unittest.mock import patch

import icalendar
import pytest
from django.core import mail
from django.utils import timezone

from bookings.errors import NotPublishedError, PlacesGoneError, PricesMissingError
from bookings.models import Place, RescheduledBooking, Rescheduling, Ticket
from bookings.rescheduling_errors import ClosesBeforeItOpensError, DateOverError, NothingMovedError
from bookings.tickets.calendar import render_calendar
from events.models import EventSession
from notifications.models import Notification
from payments.models import Receipt, Refund
from payments.services.cancelling import cancel_tickets
from payments.services.rescheduling import TELLING, resume_rescheduling, watch_reschedulings
from tests.booking import confirm, go_to_payment, hold, pay
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
from tests.messages import deliver, forget_messages
from tests.rescheduling import TOPICS, WEEK, make_session_with_fees, move, repaid, row_of
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def event_session():
    return make_session_with_fees(refund_free_hours=None)


def test_the_date_moves_at_once_and_tickets_stay_valid(event_session, booking):
    olga = make_user("olga")
    was = event_session.starts_at

    moved = move(event_session, later=DAY, actor=olga)

    assert event_session.starts_at == was + DAY
    assert (event_session.moved_from, event_session.revision) == (was, 1)
    assert (moved.old_starts_at, moved.old_hall, moved.requested_by) == (was, event_session.hall, olga)
    assert booking.tickets.filter(status=Ticket.Status.VALID, revision=1).count() == 2
    assert find_breaches() == []


def test_everybody_is_told_once_with_new_tickets_and_the_way_to_answer(event_session, booking):
    bob = make_confirmed_booking(event_session, "A3", email="bob@example.com", name="Bob")
    forget_messages()

    moved = move(event_session, later=DAY)
    deliver(*TOPICS)
    Message.objects.update(sent_at=None, due_at=timezone.now())
    deliver(*TOPICS)

    assert {(each.to[0], each.subject) for each in mail.outbox} == {
        ("alice@example.com", "New date: Spring Concert"),
        ("bob@example.com", "New date: Spring Concert"),
    }
    assert len(mail.outbox) == 2
    sent = next(each for each in mail.outbox if each.to == ["bob@example.com"])
    words = sent.body
    assert "The hall is wet." in words
    assert "It was: Sat 8 June 2030, 14:00" in words
    assert "Now it is: Sun 9 June 2030, 14:00 (Europe/Vienna)" in words
    assert "Until Sat 8 June 2030, 14:00 you may exchange your tickets" in words
    assert row_of(bob).get_absolute_url() in words
    assert [attachment.filename for attachment in sent.attachments] == [
        f"tickets-{bob.reference}.pdf",
        f"tickets-{bob.reference}.ics",
    ]
    moved.refresh_from_db()
    assert moved.finished_at is not None


def test_calendars_take_the_new_entry_for_the_old_one(event_session, booking):
    before = icalendar.Calendar.from_ical(render_calendar(booking)).walk("VEVENT")[0]

    move(event_session, later=DAY)

    after = icalendar.Calendar.from_ical(render_calendar(booking)).walk("VEVENT")[0]
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTART"].dt - before["DTSTART"].dt == DAY


def test_who_has_no_place_in_the_new_hall_gets_all_of_it_back_and_hears_why(event_session, booking):
    move(event_session, plan=make_plan("B1 A1", hall=make_hall(name="Small hall")))
    deliver(*TOPICS)

    # Seat A1 is there, and B1 is equal to A2.
    assert repaid(booking) is None
    assert "Small hall" in mail.outbox[0].body
    assert "Stalls, row B, seat 1 (before: Stalls, row A, seat 2)" in mail.outbox[0].body

    move(event_session, plan=make_plan("A1", hall=make_hall()))
    deliver(*TOPICS)

    assert repaid(booking) == Decimal("46.50")
    assert booking.tickets.get(status=Ticket.Status.VALID).place.label == "Stalls, row A, seat 1"
    assert "There is no equal place any more" in mail.outbox[1].body
    assert "€46.50 goes back the way you paid." in mail.outbox[1].body
    assert Place.objects.get(event_session=event_session, seat__row="B").state == Place.State.BLOCKED
    assert Receipt.objects.filter(kind=Receipt.Kind.CORRECTION).count() == 1
    assert find_breaches() == []


def test_what_cannot_be_is_refused_and_changes_nothing(event_session, booking):
    with pytest.raises(NothingMovedError):
        move(event_session)
    with pytest.raises(DateOverError):
        move(event_session, later=-WEEK * 2)
    EventSession.objects.update(booking_opens_at=NOON + DAY)
    with pytest.raises(ClosesBeforeItOpensError):
        move(event_session, later=-DAY * 6)
    with pytest.raises(PricesMissingError):
        move(event_session, plan=make_plan("A1 A2", hall=make_hall(), section="Circle"))
    EventSession.objects.update(status=EventSession.Status.CANCELLED)
    with pytest.raises(NotPublishedError):
        move(event_session, later=DAY)

    assert not Rescheduling.objects.exists()
    assert EventSession.objects.get(pk=event_session.pk).revision == 0
    assert Place.objects.filter(booking=booking).count() == 2


def test_one_booking_that_fails_holds_up_no_other_and_is_tried_again(event_session, booking):
    make_confirmed_booking(event_session, "A3", email="bob@example.com")
    forget_messages()
    moved = move(event_session, plan=make_plan("A3", hall=make_hall()))

    with patch("payments.services.rescheduling.promise_from_booking", side_effect=RuntimeError("out of order")):
        deliver(*TOPICS)

    row = row_of(booking)
    assert (row.status, row.error) == (RescheduledBooking.Status.FAILED, "RuntimeError: out of order")
    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 2
    assert [each.to for each in mail.outbox] == [["bob@example.com"]]

    assert resume_rescheduling(rescheduling_id=moved.pk) == 1
    deliver(*TOPICS)

    assert repaid(booking) == Decimal("93.00")
    assert len(mail.outbox) == 2
    assert find_breaches() == []


def test_who_was_paying_for_the_old_date_is_told_as_well(event_session, booking):
    payment = go_to_payment(hold(event_session, "A3"))
    move(event_session, later=DAY, now=NOON + timedelta(minutes=1))
    deliver(*TOPICS)

    late = pay(payment, now=NOON + timedelta(minutes=2)).booking
    assert watch_reschedulings(now=NOON + timedelta(minutes=3)) == 1
    assert watch_reschedulings(now=NOON + timedelta(minutes=4)) == 0
    deliver(*TOPICS)

    assert row_of(late).status == RescheduledBooking.Status.DONE


def test_messages_that_were_lost_are_sent_again(event_session, booking):
    move(event_session, later=DAY)
    forget_messages()

    watch_reschedulings(now=NOON)
    deliver(*TOPICS)

    assert len(mail.outbox) == 1


def test_who_cancelled_meanwhile_hears_nothing_more(event_session, booking):
    move(event_session, later=DAY)
    cancel_tickets(booking_id=booking.pk, ticket_ids=booking.tickets.values_list("pk", flat=True), now=NOON)

    deliver(*TOPICS)

    assert not Notification.objects.filter(kind="payments.date_moved").exists()
    assert row_of(booking).status == RescheduledBooking.Status.DONE


def test_a_place_that_went_is_sold_to_nobody_when_its_owner_cancels_before_a_worker_comes(event_session, booking):
    move(event_session, plan=make_plan("B1", hall=make_hall()))
    cancel_tickets(booking_id=booking.pk, ticket_ids=booking.tickets.values_list("pk", flat=True), now=NOON)

    deliver(*TOPICS)

    assert find_breaches() == []


@pytest.mark.parametrize("had", ["A2", "A3"])
def test_late_money_buys_no_place_that_went_and_whose_owner_has_just_cancelled(event_session, had):
    late = hold(event_session, had)
    lapsed = NOON + timedelta(minutes=40)
    owner = confirm(hold(event_session, "A1 A2", now=lapsed), now=lapsed)
    move(event_session, plan=make_plan("A1", hall=make_hall()), now=lapsed)
    gone = owner.tickets.filter(place__seat__number="2")
    cancel_tickets(booking_id=owner.pk, ticket_ids=gone.values_list("pk", flat=True), now=lapsed)

    with pytest.raises(PlacesGoneError):
        confirm(late, now=lapsed)


@pytest.mark.django_db(transaction=True)
def test_of_six_workers_each_booking_is_dealt_with_by_one():
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, 13)))
    for number in range(1, 13):
        make_confirmed_booking(event_session, f"A{number}", email=f"guest{number}@example.com")
    moved = move(event_session, plan=make_plan("A1 A2", hall=make_hall()))

    def work():
        done = 0
        while TELLING.deal_with_next(moved, NOON):
            done += 1
        return done

    results = run_together(*[work] * 6)

    assert sum(results) == 12, results
    assert Refund.objects.count() == 10
    assert Message.objects.filter(topic="payments.date_moved").count() == 12
    assert find_breaches() == []


@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_move_one_date_at_once_one_does():
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")
    plan = make_plan("A1 A2", hall=make_hall())

    results = run_together(*[partial(move, event_session, plan=plan)] * 6)

    assert sum(isinstance(result, Rescheduling) for result in results) == 1, results
    assert sum(isinstance(result, NothingMovedError) for result in results) == 5, results
    assert RescheduledBooking.objects.count() == 1
    assert find_breaches() == []
