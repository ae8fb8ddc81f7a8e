"""Whoever was written to about a ticket hears when there is nothing to accept any more, and nobody else does."""

import pytest
from django.core import mail
from django.utils import timezone

from bookings.models import Transfer
from bookings.services.transferring import Recipient, accept_transfer, offer_ticket, withdraw_transfer
from events.models import EventSession
from payments.services.calling_off import call_off_session
from payments.services.cancelling import cancel_tickets
from tests.customer import run_outbox
from tests.factories import NOON, make_confirmed_booking, make_event_session
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(provider):
    return make_confirmed_booking(make_event_session("A1 A2"), "A1 A2")


@pytest.fixture
def ticket(booking):
    return booking.tickets.order_by("pk").first()


def offer(ticket, email="bob@example.com"):
    return offer_ticket(ticket_id=ticket.pk, holder_id=None, email=email, now=NOON)


def withdraw(transfer):
    withdraw_transfer(transfer_id=transfer.pk, now=NOON)


def told_bob():
    """What went out to Bob since the last look."""
    run_outbox()
    sent = [each for each in mail.outbox if each.to == ["bob@example.com"]]
    mail.outbox.clear()
    return [(each.subject, each.body) for each in sent]


def test_who_was_offered_a_ticket_hears_that_it_was_taken_back_once(ticket):
    transfer = offer(ticket)
    assert len(told_bob()) == 1

    for _time in range(2):
        withdraw(transfer)
        Message.objects.update(sent_at=None, due_at=timezone.now())

    ((subject, body),) = told_bob()
    assert subject == "Not offered to you any more: a ticket for Spring Concert"
    assert "Alice keeps the ticket." in body
    assert transfer.offer_key not in body


def test_who_was_given_the_link_by_hand_is_not_written_to(ticket):
    withdraw(offer(ticket, email=""))

    assert told_bob() == []


def test_who_never_heard_of_the_offer_does_not_hear_of_its_end(ticket):
    withdraw(offer(ticket))

    assert told_bob() == []


def test_an_offer_that_somebody_accepted_does_not_end(ticket):
    transfer = offer(ticket)
    told_bob()
    recipient = Recipient(name="Bob", email="bob@example.com", user=None)
    accept_transfer(transfer_id=transfer.pk, token="form", recipient=recipient, now=NOON)

    assert [subject for subject, _body in told_bob()] == ["Your ticket for Spring Concert"]


def test_a_ticket_that_is_cancelled_is_not_offered_any_more(booking, ticket):
    offer(ticket)
    told_bob()

    cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)

    ((_subject, body),) = told_bob()
    assert "The ticket was given back." in body
    assert Transfer.objects.get().status == Transfer.Status.WITHDRAWN


def test_nor_is_one_of_a_date_that_is_called_off(ticket):
    offer(ticket)
    told_bob()

    call_off_session(event_session_id=EventSession.objects.get().pk, reason="Ill", actor=None, now=NOON)

    ((_subject, body),) = told_bob()
    assert "This date was cancelled." in body
