"""A date is cancelled: the sale ends, and everybody has all of their money back and heard of it, once."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from unittest.mock import patch

import pytest
from django.core import mail
from django.db.models import Sum
from django.utils import timezone
from djmoney.money import Money

from bookings import invariants as inventory
from bookings.errors import NotOnSaleError
from bookings.models import Booking, Place, Ticket
from events.models import Event, EventSession
from notifications.models import Notification
from payments import invariants as money
from payments.errors import NothingToCallOffError
from payments.models import CalledOffBooking, CallOff, Payment, Receipt, Refund
from payments.services.calling_off import (
    REPAYING,
    TOPIC,
    call_off_event,
    call_off_session,
    repay_next,
    resume_call_off,
    watch_call_offs,
)
from payments.services.cancelling import cancel_tickets, refund_amount
from payments.services.refunds import send_refund
from tests.booking import go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_user
from ticketing.batches import BATCH
from ticketing.outbox.models import Message
from ticketing.outbox.services import claim_message, deliver_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga():
    return make_user("olga")


def call_off(event_session, actor=None, *, reason="The singer is ill.", now=NOON):
    return call_off_session(event_session_id=event_session.pk, reason=reason, actor=actor, now=now)


def deliver(*topics):
    """All that workers have to do, or only these topics; the provider accepts every refund."""
    while message := claim_message(now=timezone.now()):
        if not topics or message.topic in topics:
            deliver_message(message)


def repaid(booking):
    refunds = Refund.objects.filter(payment__booking=booking, reason=Refund.Reason.CALLED_OFF)
    return refunds.aggregate(sum=Sum("amount"))["sum"]


def adds_up():
    return not [*inventory.find_breaches(), *money.find_breaches()]


def test_everybody_has_all_of_it_back_with_fees_and_has_heard_of_it_once(olga):
    event = make_event(fee_per_ticket="1.50", refund_free_hours=None)
    event_session = make_event_session("A1 A2 B1", event=event)
    alice = make_confirmed_booking(event_session, "A1 A2")
    bob = make_confirmed_booking(event_session, "B1", email="bob@example.com")

    started = call_off(event_session, olga)
    deliver(TOPIC, "payments.tickets_called_off")

    assert (repaid(alice), repaid(bob)) == (Decimal("93.00"), Decimal("46.50"))
    assert not Ticket.objects.filter(status=Ticket.Status.VALID).exists()
    assert set(Booking.objects.values_list("status", flat=True)) == {Booking.Status.CANCELLED}
    assert not Place.objects.exclude(state=Place.State.FREE).exists()
    assert {(each.to[0], each.subject) for each in mail.outbox} == {
        ("alice@example.com", "Cancelled: Spring Concert"),
        ("bob@example.com", "Cancelled: Spring Concert"),
    }
    assert len(mail.outbox) == 2
    assert "The singer is ill." in mail.outbox[0].body
    assert "€93.00 goes back the way you paid." in mail.outbox[0].body
    started.refresh_from_db()
    assert started.finished_at is not None
    assert Receipt.objects.filter(kind=Receipt.Kind.CORRECTION).count() == 2
    assert adds_up()


def test_the_sale_ends_with_the_very_call(olga):
    event_session = make_event_session("A1 A2")

    call_off(event_session, olga)

    with pytest.raises(NotOnSaleError):
        hold(event_session, "A1")


def test_a_date_is_cancelled_once(olga):
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")
    call_off(event_session, olga)

    with pytest.raises(NothingToCallOffError):
        call_off(event_session, olga)

    assert CallOff.objects.count() == 1
    assert CalledOffBooking.objects.count() == 1


def test_delivering_every_message_twice_changes_nothing():
    event_session = make_event_session("A1 A2")
    booking = make_confirmed_booking(event_session, "A1 A2")
    call_off(event_session)
    deliver(TOPIC, "payments.tickets_called_off")

    Message.objects.update(sent_at=None, due_at=timezone.now())
    deliver(TOPIC, "payments.tickets_called_off")

    assert repaid(booking) == Decimal("90.00")
    assert len(mail.outbox) == 1
    assert adds_up()


def test_used_tickets_count_too():
    event_session = make_event_session("A1 A2")
    booking = make_confirmed_booking(event_session, "A1 A2")
    Ticket.objects.filter(place__seat__number="1").update(checked_in_at=NOON)

    call_off(event_session, now=event_session.starts_at + timedelta(hours=1))
    deliver(TOPIC)

    assert repaid(booking) == Decimal("90.00")
    assert adds_up()


def test_of_a_basket_over_two_sessions_only_the_cancelled_one_goes_back():
    gone, stays = make_event_session("A1"), make_event_session("A1", price="20.00")
    basket = hold(stays, "A1", basket=hold(gone, "A1"))
    pay(go_to_payment(basket))

    call_off(gone)
    deliver(TOPIC, "payments.tickets_called_off")

    basket.refresh_from_db()
    assert basket.status == Booking.Status.CONFIRMED
    assert repaid(basket) == Decimal("45.00")
    assert Ticket.objects.get(status=Ticket.Status.VALID).event_session == stays
    assert "Your other ticket stays valid." in mail.outbox[0].body
    assert adds_up()


def test_what_was_given_back_before_is_not_given_twice(olga):
    event_session = make_event_session("A1 A2")
    booking = make_confirmed_booking(event_session, "A1 A2")
    refund_amount(booking_id=booking.pk, amount=Decimal(10), key="1", note="", now=NOON, actor=olga)
    first = booking.tickets.first()
    cancel_tickets(booking_id=booking.pk, ticket_ids=[first.pk], now=NOON)

    call_off(event_session)
    deliver(TOPIC)

    assert repaid(booking) == Decimal("35.00")
    assert Refund.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("90.00")
    assert adds_up()


def test_the_limit_above_which_a_second_person_decides_does_not_apply(olga, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(10)
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")

    call_off(event_session, olga)
    deliver(TOPIC)

    assert Refund.objects.get().status == Refund.Status.PENDING


def test_tickets_that_cost_nothing_become_void_and_their_holders_hear_of_it():
    event_session = make_event_session("A1", price="0.00")
    make_confirmed_booking(event_session, "A1")
    Payment.objects.all().delete()

    call_off(event_session)
    deliver(TOPIC, "payments.tickets_called_off")

    assert not Refund.objects.exists()
    assert len(mail.outbox) == 1
    assert adds_up()


def test_an_event_takes_its_coming_sessions_along_and_leaves_those_that_are_over():
    event = make_event()
    over = make_event_session("A1", event=event)
    coming = make_event_session("A1", event=event, starts_in=timedelta(days=9))
    seen, unseen = make_confirmed_booking(over, "A1"), make_confirmed_booking(coming, "A1")

    started = call_off_event(event_id=event.pk, reason="", actor=None, now=over.ends_at)
    deliver(TOPIC)

    event.refresh_from_db()
    assert event.status == Event.Status.CANCELLED
    assert list(started.sessions.all()) == [coming]
    assert (repaid(seen), repaid(unseen)) == (None, Decimal("45.00"))
    assert EventSession.objects.get(pk=coming.pk).status == EventSession.Status.CANCELLED
    assert adds_up()
    with pytest.raises(NothingToCallOffError):
        call_off_event(event_id=event.pk, reason="", actor=None, now=NOON)


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
    Message.objects.all().delete()

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
    Message.objects.all().delete()
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
        while repay_next(call_off=started, now=NOON):
            done += 1
        return done

    results = run_together(*[work] * 6)

    assert sum(results) == 12
    assert Refund.objects.count() == 12
    assert Refund.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal(12 * 45)


@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_cancel_one_date_at_once_one_does(olga):
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1")

    results = run_together(*[partial(call_off, event_session, olga)] * 6)

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
        while repay_next(call_off=started, now=NOON):
            pass

    run_together(*[partial(cancel, booking) for booking in bookings], *[work] * 3)

    for booking in bookings:
        total = Refund.objects.filter(payment__booking=booking).aggregate(sum=Sum("amount"))["sum"]
        assert total == Decimal("45.00")
    assert not CalledOffBooking.objects.exclude(status=CalledOffBooking.Status.DONE).exists()


def test_the_mail_goes_to_nobody_without_an_address():
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1", email="")

    call_off(event_session)
    deliver(TOPIC, "payments.tickets_called_off")

    assert not Notification.objects.exists()
    assert CalledOffBooking.objects.get().amount == Money("45.00", "EUR")
