"""A date moves whose tickets are somebody else's by now, or on offer to anybody."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from bookings import invariants as inventory
from bookings.models import Resale, Ticket
from bookings.rescheduling_errors import NothingToReturnError
from bookings.services.reselling import offer_for_resale, take_back
from bookings.services.transferring import Recipient, accept_transfer, offer_ticket
from bookings.transfers import get_received, is_theirs
from payments import invariants as money
from payments.models import Refund
from payments.services.calling_off import call_off_session
from payments.services.rescheduling import TOPIC
from payments.services.rescheduling_answers import return_tickets
from tests.booking import hold
from tests.factories import NOON, make_event, make_event_session, make_hall, make_plan
from tests.messages import forget_messages
from tests.rescheduling import move
from ticketing.outbox.services import claim_message, deliver_message

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def event_session():
    return make_event_session("A1 A2", event=make_event(takes_returns=True))


@pytest.fixture(autouse=True)
def _adds_up():
    yield
    assert [*inventory.find_breaches(), *money.find_breaches()] == []


def pass_on(ticket):
    offer = offer_ticket(ticket_id=ticket.pk, holder_id=None, email="bob@example.com", now=NOON)
    bob = Recipient(name="Bob", email="bob@example.com", user=None)
    return accept_transfer(transfer_id=offer.pk, token=offer.offer_key, recipient=bob, now=NOON)


def deliver():
    while message := claim_message(now=timezone.now()):
        if message.topic in {TOPIC, "payments.date_moved", "payments.tickets_of_moved_date_voided"}:
            deliver_message(message)


def give_back(booking, tickets, back):
    row = booking.rescheduled.latest("pk")
    return return_tickets(row_id=row.pk, ticket_ids=[each.pk for each in tickets], back=Decimal(back), now=NOON)


def test_who_was_passed_a_ticket_is_told_by_themselves_and_once(event_session, booking):
    first, second = booking.tickets.order_by("pk")
    transfer = pass_on(first)
    forget_messages()

    move(event_session, later=DAY)
    deliver()

    by_person = {each.to[0]: each for each in mail.outbox}
    assert set(by_person) == {"alice@example.com", "bob@example.com"}
    assert len(mail.outbox) == 2
    theirs, hers = by_person["bob@example.com"].body, by_person["alice@example.com"].body
    assert transfer.get_absolute_url() in theirs
    assert "Stalls, row A, seat 1" in theirs
    assert booking.access_key not in theirs
    assert "Stalls, row A, seat 1" not in hers
    assert "Stalls, row A, seat 2" in hers
    assert second.code not in theirs
    assert [each.filename for each in by_person["bob@example.com"].attachments] == ["ticket.pdf", "ticket.ics"]


def test_who_was_passed_a_ticket_without_a_place_hears_that_it_is_void(event_session, booking):
    transfer = pass_on(booking.tickets.order_by("pk").first())
    forget_messages()

    move(event_session, plan=make_plan("A2", hall=make_hall()))
    deliver()

    assert not is_theirs(get_received(transfer.access_key))
    [letter] = [each for each in mail.outbox if each.to == ["bob@example.com"]]
    assert "The ticket that you were given opens no door any more." in letter.body


def test_who_offers_a_ticket_for_resale_is_told_of_the_new_date(event_session, booking):
    offer_for_resale(booking_id=booking.pk, ticket_ids=[each.pk for each in booking.tickets.all()], now=NOON)
    forget_messages()

    move(event_session, later=DAY)
    deliver()

    [letter] = mail.outbox
    assert letter.to == ["alice@example.com"]
    assert "These stay on sale for the new date until somebody buys them" in letter.body
    assert "Stalls, row A, seat 1" in letter.body
    assert booking.rescheduled.get().get_absolute_url() in letter.body
    assert not letter.attachments, "no code of it opens a door"


def test_a_ticket_that_is_somebody_elses_is_not_given_back(event_session, booking):
    first, second = booking.tickets.order_by("pk")
    pass_on(first)
    move(event_session, later=DAY)

    with pytest.raises(NothingToReturnError):
        give_back(booking, [first], "0")
    assert give_back(booking, [first, second], "45.00") == Decimal(45)

    first.refresh_from_db()
    assert first.status == Ticket.Status.VALID


def test_a_ticket_on_offer_moves_along_and_may_be_taken_back(event_session, booking):
    first, second = booking.tickets.order_by("pk")
    offer_for_resale(booking_id=booking.pk, ticket_ids=[first.pk], now=NOON)

    move(event_session, plan=make_plan("A2 B1", hall=make_hall()))
    assert take_back(booking_id=booking.pk, ticket_ids=[first.pk], now=NOON) == 1

    first.refresh_from_db()
    assert (first.status, first.place.label) == (Ticket.Status.VALID, "Stalls, row B, seat 1")
    second.refresh_from_db()
    assert second.place.label == "Stalls, row A, seat 2"


@pytest.mark.parametrize("is_in_a_basket", [False, True])
def test_a_ticket_on_offer_without_a_place_is_refunded_like_any_other(event_session, booking, is_in_a_basket):
    first = booking.tickets.order_by("pk").first()
    offer_for_resale(booking_id=booking.pk, ticket_ids=[first.pk], now=NOON)
    if is_in_a_basket:
        hold(event_session, "A1")

    move(event_session, plan=make_plan("A2", hall=make_hall()))
    deliver()

    first.refresh_from_db()
    assert first.status == Ticket.Status.VOID
    assert Resale.objects.get().status == Resale.Status.WITHDRAWN
    assert Refund.objects.get().amount.amount == Decimal(45)


def test_a_moved_date_may_still_be_called_off(event_session, booking):
    move(event_session, later=DAY)
    deliver()
    call_off_session(event_session_id=event_session.pk, reason="", actor=None, now=NOON)
    while message := claim_message(now=timezone.now()):
        if message.topic == "payments.call_off_goes_on":
            deliver_message(message)

    assert Refund.objects.get().amount.amount == Decimal(90)
    assert give_back(booking, booking.tickets.all(), "0") == 0
