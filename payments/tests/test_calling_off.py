"""A date is cancelled: the sale ends, and everybody has all of their money back and heard of it, once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db.models import Sum
from django.utils import timezone
from djmoney.money import Money

from bookings.errors import NotOnSaleError
from bookings.models import Booking, Place, Ticket
from events.models import Event, EventSession
from notifications.models import Notification
from payments.errors import NothingToCallOffError
from payments.models import CalledOffBooking, CallOff, Payment, Receipt, Refund
from payments.services.calling_off import TOPIC, call_off_event
from payments.services.cancelling import cancel_tickets, refund_amount
from tests.booking import go_to_payment, hold, pay
from tests.calling_off import call_off, repaid
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_user
from tests.invariants import find_breaches
from tests.messages import deliver
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga():
    return make_user("olga")


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
    assert find_breaches() == []


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
    assert find_breaches() == []


def test_used_tickets_count_too():
    event_session = make_event_session("A1 A2")
    booking = make_confirmed_booking(event_session, "A1 A2")
    Ticket.objects.filter(place__seat__number="1").update(checked_in_at=NOON)

    call_off(event_session, now=event_session.starts_at + timedelta(hours=1))
    deliver(TOPIC)

    assert repaid(booking) == Decimal("90.00")
    assert find_breaches() == []


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
    assert find_breaches() == []


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
    assert find_breaches() == []


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
    assert find_breaches() == []


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
    assert find_breaches() == []
    with pytest.raises(NothingToCallOffError):
        call_off_event(event_id=event.pk, reason="", actor=None, now=NOON)


def test_the_mail_goes_to_nobody_without_an_address():
    event_session = make_event_session("A1")
    make_confirmed_booking(event_session, "A1", email="")

    call_off(event_session)
    deliver(TOPIC, "payments.tickets_called_off")

    assert not Notification.objects.exists()
    assert CalledOffBooking.objects.get().amount == Money("45.00", "EUR")
