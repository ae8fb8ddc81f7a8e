"""Workers give the money of a cancelled date back: several at once, after faults, and beside what customers do."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from unittest.mock import patch

import pytest
from django.db.models import Sum
from django.utils import timezone

from bookings.models import Ticket
from events.models import EventSession
from payments.errors import NothingToCallOffError
from payments.models import CalledOffBooking, CallOff, Refund
from payments.services.calling_off import REPAYING, TOPIC, resume_call_off, watch_call_offs
from payments.services.cancelling import cancel_tickets
from payments.services.refunds import send_refund
from tests.booking import go_to_payment, hold, pay
from tests.calling_off import call_off, repaid
from tests.concurrency import run_together
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user
from tests.messages import deliver, forget_messages
from ticketing.batches import BATCH
from ticketing.outbox.models import Message
from ticketing.outbox.services import claim_message, deliver_message

pytestmark = pytest.mark.django_db


def test_one_booking_that_fails_holds_up_no_other_and_is_tried_again():
    event_session = make_event_session("A1 A2")
    bad, good = make_confirmed_booking(event_session, "A1"), make_confirmed_booking(event_session, "A2")
    started = call_off(event_session)

    def refuse(booking_id, *_rest, **_facts):
        if booking_id == bad.pk:
            raise RuntimeError("out of order")
        return []

    with patch("payments.services.calling_off.promise_from_booking", side_effect=refuse):
        deliver(TOPIC)

    row = CalledOffBooking.objects.get(booking=bad)
    assert (row.status, row.error) == (CalledOffBooking.Status.FAILED, "RuntimeError: out of order")
    assert Ticket.objects.get(booking=bad).status == Ticket.Status.VALID
    assert CalledOffBooking.objects.get(booking=good).status == CalledOffBooking.Status.DONE
    assert Message.objects.filter(topic="notifications.alarm").exists()

    assert resume_call_off(call_off_id=started.pk) == 1
    deliver(TOPIC)

    assert repaid(bad) == Decimal("45.00")
    started.refresh_from_db()
    assert started.finished_at is not None


def test_refunds_that_the_provider_refused_are_sent_again(provider):
    event_session = make_event_session("A1")
    booking = make_confirmed_booking(event_session, "A1")
    started = call_off(event_session)
    deliver(TOPIC)
    refund = Refund.objects.get()
    send_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.status == Refund.Status.FAILED

    resume_call_off(call_off_id=started.pk)
    deliver(TOPIC, "payments.call_off_resumed")

    refund.refresh_from_db()
    assert (refund.status, refund.tries) == (Refund.Status.PENDING, 2)
    assert repaid(booking) == Decimal("45.00")


def test_a_booking_that_was_confirmed_as_the_sale_ended_is_found_later():
    event_session = make_event_session("A1 A2")
    make_confirmed_booking(event_session, "A1")
    late = hold(event_session, "A2")
    payment = go_to_payment(late)
    started = call_off(event_session)
    deliver(TOPIC)
    # Its worker had read the session before, and commits only now.
    EventSession.objects.filter(pk=event_session.pk).update(status=EventSession.Status.PUBLISHED)
    pay(payment)
    EventSession.objects.filter(pk=event_session.pk).update(status=EventSession.Status.CANCELLED)

    assert watch_call_offs(now=NOON + timedelta(minutes=1)) == 1
    deliver(TOPIC)
    assert watch_call_offs(now=NOON + timedelta(minutes=2)) == 0

    assert repaid(late) == Decimal("45.00")
    started.refresh_from_db()
    assert started.finished_at is not None


def test_a_call_off_whose_messages_were_lost_goes_on_by_itself():
    event_session = make_event_session("A1")
    booking = make_confirmed_booking(event_session, "A1")
    call_off(event_session)
    forget_messages()

    watch_call_offs(now=NOON)
    deliver(TOPIC)

    assert repaid(booking) == Decimal("45.00")


def test_it_is_not_finished_while_somebody_is_at_the_last_booking():
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")
    started = call_off(event_session)

    REPAYING.finish(started.pk, NOON)

    started.refresh_from_db()
    assert started.finished_at is None


def test_others_wait_for_a_few_bookings_at_most():
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, BATCH + 6)))
    for number in range(1, BATCH + 6):
        make_confirmed_booking(event_session, f"A{number}")
    forget_messages()
    call_off(event_session)
    deliver_message(claim_message(now=timezone.now()))

    assert CalledOffBooking.objects.filter(status=CalledOffBooking.Status.DONE).count() == BATCH
    newest = Message.objects.order_by("-pk").first()
    assert newest.topic == TOPIC


@pytest.mark.django_db(transaction=True)
def test_of_six_workers_at_one_call_off_each_booking_is_dealt_with_by_one():
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, 13)))
    for number in range(1, 13):
        make_confirmed_booking(event_session, f"A{number}", email=f"guest{number}@example.com")
    started = call_off(event_session)

    def work():
        done = 0
        while REPAYING.deal_with_next(started, NOON):
            done += 1
        return done

    results = run_together(*[work] * 6)

    assert sum(results) == 12
    assert Refund.objects.count() == 12
    assert Refund.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal(12 * 45)


@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_cancel_one_date_at_once_one_does():
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")

    results = run_together(*[partial(call_off, event_session, make_user("olga"))] * 6)

    assert sum(isinstance(result, CallOff) for result in results) == 1
    assert sum(isinstance(result, NothingToCallOffError) for result in results) == 5
    assert CalledOffBooking.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_customers_who_cancel_meanwhile_get_their_money_once():
    event_session = make_event_session("A1 A2 A3")
    bookings = [make_confirmed_booking(event_session, f"A{number}") for number in (1, 2, 3)]
    started = call_off(event_session)

    def cancel(booking):
        tickets = booking.tickets.values_list("pk", flat=True)
        return cancel_tickets(booking_id=booking.pk, ticket_ids=list(tickets), now=NOON)

    def work():
        while REPAYING.deal_with_next(started, NOON):
            pass

    run_together(*[partial(cancel, booking) for booking in bookings], *[work] * 3)

    for booking in bookings:
        total = Refund.objects.filter(payment__booking=booking).aggregate(sum=Sum("amount"))["sum"]
        assert total == Decimal("45.00")
    assert not CalledOffBooking.objects.exclude(status=CalledOffBooking.Status.DONE).exists()
