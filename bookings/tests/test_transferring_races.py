"""Six contenders each, on MariaDB; every one of these was seen to fail with its guard taken out."""

from functools import partial

import pytest

from bookings import invariants
from bookings.models import Resale, Ticket, Transfer
from bookings.services.reselling import offer_for_resale
from bookings.services.transferring import Recipient, accept_transfer, offer_ticket, withdraw_transfer
from events.models import Event
from payments import invariants as money
from payments.models import Refund
from payments.services.cancelling import cancel_tickets
from scanner.models import Scan
from scanner.services import check_in
from tests.concurrency import run_together
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_user
from ticketing.outbox.models import Message
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)
CONTENDERS = 6


@pytest.fixture
def tickets():
    seats = "A1 A2 A3 A4 A5 A6"
    event_session = make_event_session(seats, event=make_event(takes_returns=True))
    yield list(make_confirmed_booking(event_session, seats).tickets.order_by("pk"))
    assert list(invariants.find_breaches()) == []
    assert list(money.find_breaches()) == []


def offer(ticket, email="bob@example.com"):
    return offer_ticket(ticket_id=ticket.pk, holder_id=None, email=email, now=NOON)


def accepting(transfer, number):
    recipient = Recipient(name=f"Bob {number}", email=f"bob{number}@example.com", user=None)
    accept = partial(accept_transfer, transfer_id=transfer.pk, token=f"form-{number}", recipient=recipient, now=NOON)
    return partial(retry_on_conflict, accept)


def won(results, kind):
    return [result for result in results if isinstance(result, kind)]


def test_of_six_people_who_accept_one_gets_the_ticket(tickets):
    for ticket in tickets:
        transfer = offer(ticket)

        results = run_together(*[accepting(transfer, number) for number in range(CONTENDERS)])

        winner = won(results, Transfer)
        ticket.refresh_from_db()
        assert len(winner) == 1
        assert (ticket.revision, ticket.attendee) == (2, winner[0].name)


def test_of_six_offers_of_a_ticket_one_is_open(tickets):
    calls = [
        partial(retry_on_conflict, partial(offer, tickets[0], f"bob{number}@example.com"))
        for number in range(CONTENDERS)
    ]

    results = run_together(*calls)

    assert len(won(results, Transfer)) == 1
    assert Transfer.objects.count() == 1


def test_a_ticket_is_accepted_or_taken_back_never_both(tickets):
    for ticket in tickets:
        transfer = offer(ticket)
        withdraw = partial(retry_on_conflict, partial(withdraw_transfer, transfer_id=transfer.pk, now=NOON))

        results = run_together(*[accepting(transfer, number) for number in range(3)], *[withdraw] * 3)

        accepted = won(results[:3], Transfer)
        transfer.refresh_from_db()
        ticket.refresh_from_db()
        assert (transfer.status == Transfer.Status.ACCEPTED) == bool(accepted)
        assert (ticket.transfer == transfer) == bool(accepted)


def test_a_ticket_opens_the_door_or_goes_to_somebody_else(tickets):
    sam = make_user("sam")
    for ticket in tickets:
        transfer = offer(ticket)
        scans = [
            partial(
                check_in,
                code=ticket.code,
                event_session_id=ticket.event_session_id,
                nonce=f"{ticket.pk}-{number}",
                scanned_by_id=sam.pk,
                now=NOON,
            )
            for number in range(3)
        ]

        results = run_together(*scans, *[accepting(transfer, number) for number in range(3)])

        admitted = [scan for scan in won(results, Scan) if scan.result == Scan.Result.GRANTED]
        assert len(admitted) + len(won(results, Transfer)) == 1


def test_a_ticket_that_is_cancelled_while_it_is_accepted_is_nobodys(tickets):
    for ticket in tickets[:3]:
        transfer = offer(ticket)
        cancel = partial(cancel_tickets, booking_id=ticket.booking_id, ticket_ids=[ticket.pk], now=NOON)

        run_together(*[accepting(transfer, number) for number in range(3)], *[partial(retry_on_conflict, cancel)] * 3)

        ticket.refresh_from_db()
        assert ticket.status == Ticket.Status.VOID
        voided = Message.objects.filter(topic="payments.tickets_voided").latest("pk")
        accepted = Message.objects.filter(topic="bookings.ticket_accepted", payload__transfer_id=transfer.pk)
        assert not accepted.filter(pk__gt=voided.pk).exists()
    assert Refund.objects.count() == 3


def test_a_ticket_goes_to_somebody_or_on_sale_never_both(tickets):
    Event.objects.update(takes_returns=True)
    for ticket in tickets:
        resell = partial(offer_for_resale, booking_id=ticket.booking_id, ticket_ids=[ticket.pk], now=NOON)
        calls = [partial(retry_on_conflict, resell)] * 3 + [partial(retry_on_conflict, partial(offer, ticket))] * 3

        run_together(*calls)

        resold = Resale.objects.filter(ticket=ticket).count()
        assert resold + Transfer.objects.filter(ticket=ticket).count() == 1
