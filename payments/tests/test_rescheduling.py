"""A date moves: tickets stay valid, everybody hears of it once, and may have their money back until the deadline."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from unittest.mock import patch

import icalendar
import pytest
from django.core import mail
from django.db.models import Sum
from django.utils import timezone

from bookings import invariants as inventory
from bookings.changes import list_change_lines
from bookings.errors import NotPublishedError, PricesMissingError
from bookings.models import Booking, Place, RescheduledBooking, Rescheduling, Ticket
from bookings.rescheduling_errors import (
    ClosesBeforeItOpensError,
    DateOverError,
    DeadlinePassedError,
    NothingMovedError,
    NothingToReturnError,
)
from bookings.reschedulings import sessions_moved_for
from bookings.tickets.calendar import render_calendar
from events.models import EventSession
from notifications.models import Notification
from payments import invariants as money
from payments.errors import NoTicketChosenError, TermsChangedError
from payments.models import Receipt, Refund
from payments.services.cancelling import cancel_tickets, refund_amount
from payments.services.rescheduling import TOPIC, deal_with_next, resume_rescheduling, watch_reschedulings
from payments.services.rescheduling_answers import keep_tickets, return_tickets
from tests.booking import go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.factories import (
    NOON,
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_hall,
    make_plan,
    make_user,
)
from tests.rescheduling import WEEK, forget_messages, move
from ticketing.outbox.models import Message
from ticketing.outbox.services import claim_message, deliver_message

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TELLING = (TOPIC, "payments.date_moved", "payments.tickets_of_moved_date_voided")


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3", event=make_event(fee_per_ticket="1.50", refund_free_hours=None))


@pytest.fixture
def booking(event_session):
    booking = make_confirmed_booking(event_session, "A1 A2")
    forget_messages()
    return booking


def deliver(*topics):
    while message := claim_message(now=timezone.now()):
        if not topics or message.topic in topics:
            deliver_message(message)


def row_of(booking):
    return booking.rescheduled.latest("pk")


def give_back(booking, *, back="93.00", now=NOON, tickets=None):
    ticket_ids = tickets or list(booking.tickets.values_list("pk", flat=True))
    return return_tickets(row_id=row_of(booking).pk, ticket_ids=ticket_ids, back=Decimal(back), now=now)


def repaid(booking):
    mine = Refund.objects.filter(payment__booking=booking, reason=Refund.Reason.RESCHEDULED)
    return mine.aggregate(sum=Sum("amount"))["sum"]


def adds_up():
    return [*inventory.find_breaches(), *money.find_breaches()] == []


def test_the_date_moves_at_once_and_tickets_stay_valid(event_session, booking):
    olga = make_user("olga")
    was = event_session.starts_at

    moved = move(event_session, later=DAY, actor=olga)

    assert event_session.starts_at == was + DAY
    assert (event_session.moved_from, event_session.revision) == (was, 1)
    assert (moved.old_starts_at, moved.old_hall, moved.requested_by) == (was, event_session.hall, olga)
    assert booking.tickets.filter(status=Ticket.Status.VALID, revision=1).count() == 2
    assert adds_up()


def test_everybody_is_told_once_with_new_tickets_and_the_way_to_answer(event_session, booking):
    bob = make_confirmed_booking(event_session, "A3", email="bob@example.com", name="Bob")
    forget_messages()

    moved = move(event_session, later=DAY)
    deliver(*TELLING)
    Message.objects.update(sent_at=None, due_at=timezone.now())
    deliver(*TELLING)

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
    deliver(*TELLING)

    # Seat A1 is there, and B1 is equal to A2.
    assert repaid(booking) is None
    assert "Small hall" in mail.outbox[0].body
    assert "Stalls, row B, seat 1 (before: Stalls, row A, seat 2)" in mail.outbox[0].body

    move(event_session, plan=make_plan("A1", hall=make_hall()))
    deliver(*TELLING)

    assert repaid(booking) == Decimal("46.50")
    assert booking.tickets.get(status=Ticket.Status.VALID).place.label == "Stalls, row A, seat 1"
    assert "There is no equal place any more" in mail.outbox[1].body
    assert "€46.50 goes back the way you paid." in mail.outbox[1].body
    assert Place.objects.get(event_session=event_session, seat__row="B").state == Place.State.BLOCKED
    assert Receipt.objects.filter(kind=Receipt.Kind.CORRECTION).count() == 1
    assert adds_up()


def test_the_money_comes_back_with_fees_whatever_the_policy_says(event_session, booking):
    move(event_session, later=DAY)

    assert give_back(booking) == Decimal("93.00")

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert repaid(booking) == Decimal("93.00")
    assert row_of(booking).answer == RescheduledBooking.Answer.REFUNDED
    assert not Place.objects.exclude(state=Place.State.FREE).exists()
    assert adds_up()


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
    assert adds_up()


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
    assert adds_up()


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
        deliver(*TELLING)

    row = row_of(booking)
    assert (row.status, row.error) == (RescheduledBooking.Status.FAILED, "RuntimeError: out of order")
    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 2
    assert [each.to for each in mail.outbox] == [["bob@example.com"]]

    assert resume_rescheduling(rescheduling_id=moved.pk) == 1
    deliver(*TELLING)

    assert repaid(booking) == Decimal("93.00")
    assert len(mail.outbox) == 2
    assert adds_up()


def test_who_was_paying_for_the_old_date_is_told_as_well(event_session, booking):
    payment = go_to_payment(hold(event_session, "A3"))
    move(event_session, later=DAY, now=NOON + timedelta(minutes=1))
    deliver(*TELLING)

    late = pay(payment, now=NOON + timedelta(minutes=2)).booking
    assert watch_reschedulings(now=NOON + timedelta(minutes=3)) == 1
    assert watch_reschedulings(now=NOON + timedelta(minutes=4)) == 0
    deliver(*TELLING)

    assert row_of(late).status == RescheduledBooking.Status.DONE


def test_messages_that_were_lost_are_sent_again(event_session, booking):
    move(event_session, later=DAY)
    forget_messages()

    watch_reschedulings(now=NOON)
    deliver(*TELLING)

    assert len(mail.outbox) == 1


def test_who_cancelled_meanwhile_hears_nothing_more(event_session, booking):
    move(event_session, later=DAY)
    cancel_tickets(booking_id=booking.pk, ticket_ids=booking.tickets.values_list("pk", flat=True), now=NOON)

    deliver(*TELLING)

    assert not Notification.objects.filter(kind="payments.date_moved").exists()
    assert row_of(booking).status == RescheduledBooking.Status.DONE


@pytest.mark.django_db(transaction=True)
def test_of_six_workers_each_booking_is_dealt_with_by_one():
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, 13)))
    for number in range(1, 13):
        make_confirmed_booking(event_session, f"A{number}", email=f"guest{number}@example.com")
    moved = move(event_session, plan=make_plan("A1 A2", hall=make_hall()))

    def work():
        done = 0
        while deal_with_next(rescheduling=moved, now=NOON):
            done += 1
        return done

    results = run_together(*[work] * 6)

    assert sum(results) == 12, results
    assert Refund.objects.count() == 10
    assert Message.objects.filter(topic="payments.date_moved").count() == 12
    assert adds_up()


@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_move_one_date_at_once_one_does():
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")
    plan = make_plan("A1 A2", hall=make_hall())

    results = run_together(*[partial(move, event_session, plan=plan)] * 6)

    assert sum(isinstance(result, Rescheduling) for result in results) == 1, results
    assert sum(isinstance(result, NothingMovedError) for result in results) == 5, results
    assert RescheduledBooking.objects.count() == 1
    assert adds_up()


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
    assert adds_up()


@pytest.mark.django_db(transaction=True)
def test_answers_while_workers_give_back_what_has_no_place_any_more():
    event_session = make_event_session("A1 A2 A3 A4")
    bookings = [make_confirmed_booking(event_session, f"A{number}") for number in (1, 2, 3)]
    moved = move(event_session, plan=make_plan("A4", hall=make_hall()))

    def work():
        while deal_with_next(rescheduling=moved, now=NOON):
            pass

    results = run_together(*[partial(give_back, booking, back="0") for booking in bookings], *[work] * 3)

    assert not [result for result in results if isinstance(result, Exception)], results
    assert [repaid(booking) for booking in bookings] == [Decimal("45.00")] * 3
    watch_reschedulings(now=NOON)
    assert adds_up()
