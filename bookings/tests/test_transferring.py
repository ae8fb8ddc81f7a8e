"""A ticket goes to somebody else: who may, who gets it, and what the code from before is worth."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from bookings import invariants
from bookings.models import Ticket, Transfer
from bookings.services.attendees import name_attendees
from bookings.services.transferring import (
    MOST_OFFERS,
    Recipient,
    accept_transfer,
    close_lapsed_transfers,
    offer_ticket,
    withdraw_transfer,
)
from bookings.tickets.codes import sign_ticket
from bookings.tickets.selectors import list_event_sessions, list_tickets
from bookings.transfer_errors import (
    NotPassedOnError,
    PassedOnError,
    TooManyOffersError,
    TransferOverError,
    WaitsForRecipientError,
)
from events.models import Event, EventSession
from payments.errors import CancellationRefusedError
from payments.services.cancelling import cancel_tickets, cancel_under_policy
from scanner.models import Scan
from scanner.services import check_in
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_user
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
BOB = Recipient(name="Bob", email="bob@example.com", user=None)


@pytest.fixture
def booking():
    session = make_event_session("A1 A2", event=make_event(refund_free_hours=24))
    return make_confirmed_booking(session, "A1 A2")


@pytest.fixture
def ticket(booking):
    return booking.tickets.order_by("pk").first()


@pytest.fixture(autouse=True)
def _unbroken():
    yield
    assert list(invariants.find_breaches()) == []


def offer(ticket, email="bob@example.com", *, holder=None, now=NOON):
    return offer_ticket(ticket_id=ticket.pk, holder_id=holder, email=email, now=now)


def accept(transfer, recipient=BOB, *, token="form-1", now=NOON):
    return accept_transfer(transfer_id=transfer.pk, token=token, recipient=recipient, now=now)


def scan(code, ticket, nonce):
    sam = make_user(f"sam{nonce}")
    return check_in(
        code=code, event_session_id=ticket.event_session_id, nonce=nonce, scanned_by_id=sam.pk, now=timezone.now()
    )


def test_who_accepts_has_a_new_code_in_their_own_name(ticket):
    old_code, user = ticket.code, make_user("bob")

    transfer = accept(offer(ticket), Recipient(name="Bob", email="bob@example.com", user=user))

    ticket.refresh_from_db()
    assert (ticket.revision, ticket.attendee, ticket.transfer) == (2, "Bob", transfer)
    assert ticket.code != old_code
    assert (transfer.recipient, transfer.recipient_email) == (user, "bob@example.com")
    topics = list(Message.objects.order_by("pk").values_list("topic", flat=True))
    assert topics[-2:] == ["bookings.ticket_offered", "bookings.ticket_accepted"]


def test_an_offer_by_link_alone_mails_nobody(ticket):
    accept(offer(ticket, ""))

    assert not Message.objects.filter(topic="bookings.ticket_offered").exists()


def test_the_gate_tells_the_old_code_from_the_new_one_however_it_is_presented(ticket):
    old_code, old_qr = ticket.code, sign_ticket(ticket.pk, ticket.revision)
    accept(offer(ticket))
    ticket.refresh_from_db()

    assert scan(old_qr, ticket, "1").reason == Scan.Reason.REPLACED
    assert scan(old_code, ticket, "2").reason == Scan.Reason.REPLACED
    assert scan(ticket.code, ticket, "3").result == Scan.Result.GRANTED


def test_the_booking_shows_only_what_is_still_its_own(booking, ticket):
    accept(offer(ticket))

    assert [each.pk for each in list_tickets(booking)] == [booking.tickets.order_by("pk").last().pk]
    accept(offer(booking.tickets.order_by("pk").last()))
    assert list_event_sessions(booking) == []


def test_the_same_form_sent_twice_gives_the_same_answer_and_another_one_is_refused(ticket):
    transfer = offer(ticket)
    first = accept(transfer)

    assert accept(transfer).access_key == first.access_key
    with pytest.raises(TransferOverError, match="accepted this ticket already"):
        accept(transfer, token="form-2")
    ticket.refresh_from_db()
    assert ticket.revision == 2
    assert Message.objects.filter(topic="bookings.ticket_accepted").count() == 1


def test_an_offer_that_was_taken_back_is_not_accepted(ticket):
    transfer = offer(ticket)
    for _ in range(2):
        withdraw_transfer(transfer_id=transfer.pk, now=NOON)

    with pytest.raises(TransferOverError):
        accept(transfer)

    ticket.refresh_from_db()
    assert (ticket.revision, ticket.transfer) == (1, None)


def test_what_was_accepted_is_not_taken_back(ticket):
    transfer = accept(offer(ticket))

    with pytest.raises(TransferOverError):
        withdraw_transfer(transfer_id=transfer.pk, now=NOON)

    ticket.refresh_from_db()
    assert ticket.transfer == transfer


def test_one_offer_at_a_time(ticket):
    first = offer(ticket)

    assert offer(ticket, "Bob@Example.com") == first
    with pytest.raises(WaitsForRecipientError):
        offer(ticket, "carol@example.com")
    assert Transfer.objects.count() == 1


def test_offers_of_one_ticket_come_to_an_end(ticket):
    for number in range(MOST_OFFERS):
        withdraw_transfer(transfer_id=offer(ticket, f"bob{number}@example.com").pk, now=NOON)

    with pytest.raises(TooManyOffersError):
        offer(ticket)


def test_the_recipient_passes_it_on_and_the_event_says_how_often(ticket):
    Event.objects.update(transfers_per_ticket=2)
    bobs = accept(offer(ticket))
    carols = accept(offer(ticket, "carol@example.com", holder=bobs.pk), Recipient("Carol", "carol@example.com", None))

    ticket.refresh_from_db()
    assert (ticket.transfer, ticket.revision, carols.sender) == (carols, 3, bobs)
    with pytest.raises(NotPassedOnError, match="2 times already"):
        offer(ticket, "dora@example.com", holder=carols.pk)


@pytest.mark.parametrize("holder", ["payer", "earlier recipient"])
def test_only_who_has_it_offers_it(ticket, holder):
    bobs = accept(offer(ticket))
    accept(offer(ticket, "carol@example.com", holder=bobs.pk))

    with pytest.raises(PassedOnError):
        offer(ticket, "mallory@example.com", holder=None if holder == "payer" else bobs.pk)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(checked_in_at=NOON), "used at the gate"),
        (lambda ticket: EventSession.objects.update(status="cancelled"), "cancelled"),
        (lambda ticket: EventSession.objects.update(doors_at=NOON), "doors are open"),
        (lambda ticket: Event.objects.update(transfers_per_ticket=0), "cannot be passed on"),
    ],
)
def test_some_tickets_stay_where_they_are(ticket, change, words):
    waiting = offer(ticket)
    change(ticket)

    with pytest.raises(NotPassedOnError, match=words):
        accept(waiting)
    withdraw_transfer(transfer_id=waiting.pk, now=NOON)
    with pytest.raises(NotPassedOnError, match=words):
        offer(ticket)

    ticket.refresh_from_db()
    assert (ticket.revision, ticket.transfer, ticket.attendee) == (1, None, "")


def test_a_cancelled_ticket_is_not_offered_any_more(booking, ticket):
    waiting = offer(ticket)
    cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)

    with pytest.raises(TransferOverError):
        accept(waiting)
    with pytest.raises(NotPassedOnError, match="cancelled"):
        offer(ticket)


def test_who_paid_can_neither_cancel_nor_name_what_is_somebody_elses(booking, ticket):
    accept(offer(ticket))
    cancel = partial(cancel_under_policy, booking_id=booking.pk, back=0, destination="original", now=NOON)

    with pytest.raises(CancellationRefusedError, match="passed on"):
        cancel(ticket_ids=[ticket.pk])
    with pytest.raises(Exception, match="names"):
        name_attendees(booking_id=booking.pk, names={ticket.pk: "Mallory"}, now=NOON)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.attendee) == (Ticket.Status.VALID, "Bob")
    cancel(ticket_ids=[booking.tickets.order_by("pk").last().pk])
    cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)
    ticket.refresh_from_db()
    assert ticket.status == Ticket.Status.VOID


def test_offers_lapse_when_the_doors_open(ticket):
    transfer = offer(ticket)
    doors_at = ticket.event_session.starts_at - timedelta(hours=1)
    EventSession.objects.update(doors_at=doors_at)

    assert close_lapsed_transfers(now=doors_at - timedelta(seconds=1)) == 0
    assert close_lapsed_transfers(now=doors_at) == 1

    transfer.refresh_from_db()
    assert transfer.status == Transfer.Status.LAPSED
    with pytest.raises(TransferOverError, match="doors are open"):
        accept(transfer)
