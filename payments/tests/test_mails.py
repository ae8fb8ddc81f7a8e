"""What customers read about money that goes back."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from bookings.models import Booking
from payments import mails
from payments.gateways.base import RefundState
from payments.models import Refund
from payments.services.cancelling import cancel_booking, cancel_tickets
from payments.services.refunds import settle_refund
from tests.customer import run_outbox
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_user
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(settings):
    """Two seats at 45.00 and fees of 2.50, whose confirmation was sent before."""
    settings.SITE_URL = "https://tickets.example"
    event = make_event("Bach & Söhne's", fee_per_ticket="2.50")
    booking = make_confirmed_booking(make_event_session("A1 A2", event=event), "A1 A2", name="O'Hara")
    Message.objects.all().delete()
    return booking


def tell():
    """The mails of what happened, without asking any provider."""
    Message.objects.exclude(topic="payments.tickets_voided").delete()
    run_outbox()
    return mail.outbox


def test_a_ticket_that_was_cancelled_is_named_with_the_sum_and_the_rest_stays_valid(booking):
    cancel_tickets(booking_id=booking.pk, ticket_ids=[booking.tickets.first().pk], kept=2, now=NOON)

    [sent] = tell()

    assert sent.to == ["alice@example.com"]
    assert sent.subject == f"1 ticket of booking {booking.reference} is cancelled"
    for text in (sent.body, sent.alternatives[0].content):
        assert "Stalls, row A, seat 1" in text
        assert "Stalls, row A, seat 2" not in text
        assert "€45.50" in text
        assert "goes back the way you paid" in text
        assert "Your other ticket stays valid." in text
    assert "Bach &amp; Söhne&#x27;s" in sent.alternatives[0].content
    assert f"https://tickets.example{booking.get_absolute_url()}" in sent.body


def test_a_booking_that_was_cancelled_says_so_once(booking):
    cancel_booking(booking_id=booking.pk, now=NOON)
    payload = Message.objects.get(topic="payments.tickets_voided").payload
    tell()
    mails.send_cancellation(**payload)

    [sent] = mail.outbox
    assert sent.subject == f"Booking {booking.reference} is cancelled"
    assert "€95.00 goes back the way you paid" in sent.body
    assert "stays valid" not in sent.body
    assert not sent.attachments


def test_each_of_two_cancellations_tells_of_its_own_money(booking):
    for ticket in booking.tickets.all():
        cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)

    first, second = tell()

    assert "€47.50 goes back" in first.body
    assert second.subject == f"Booking {booking.reference} is cancelled"
    assert second.body.count("€47.50 goes back") == 1


@pytest.mark.parametrize(
    ("destination", "limit", "words"),
    [
        ("credit", None, "becomes credit. Its code comes in a mail of its own."),
        ("original", 50, "goes back as soon as our staff have looked at it."),
    ],
)
def test_the_way_of_the_money_is_said(booking, settings, destination, limit, words):
    settings.REFUND_APPROVAL_LIMIT = limit
    cancel_booking(booking_id=booking.pk, now=NOON, actor=make_user("fiona"), destination=destination)

    [sent] = tell()

    assert f"€95.00 {words}" in sent.body
    assert f"<strong>€95.00</strong> {words}" in sent.alternatives[0].content


def test_where_everything_is_kept_it_says_that_nothing_goes_back(booking):
    cancel_booking(booking_id=booking.pk, kept=95, now=NOON)

    [sent] = tell()

    assert "Nothing goes back for them under the terms of the event." in sent.body
    assert not Refund.objects.exists()


def test_tickets_that_cost_nothing_say_nothing_of_money():
    booking = make_confirmed_booking(make_event_session("A1", price="0.00"), "A1")
    Message.objects.all().delete()
    cancel_booking(booking_id=booking.pk, now=NOON)

    [sent] = tell()

    assert "go back" not in sent.body
    assert "goes back" not in sent.body


@pytest.mark.parametrize(
    ("reason", "destination", "count"),
    [("cancelled", "original", 1), ("goodwill", "original", 1), ("late", "original", 0), ("cancelled", "credit", 0)],
)
def test_money_that_went_out_is_told_once(booking, reason, destination, count):
    payment = booking.payments.get()
    refund = Refund.objects.create(
        key="1",
        payment=payment,
        amount=payment.amount,
        reason=reason,
        destination=destination,
        status=Refund.Status.SUCCEEDED,
        created_at=NOON,
        settled_at=timezone.now() + timedelta(minutes=1),
    )

    for _repeat in range(2):
        mails.send_refund_given(refund_id=refund.pk)

    assert len(mail.outbox) == count
    for sent in mail.outbox:
        assert sent.subject == "€95.00 is on its way to you"
        assert f"€95.00 of your booking {booking.reference} went back the way you paid." in sent.body


def test_the_providers_word_sends_it(booking):
    cancel_booking(booking_id=booking.pk, now=NOON)
    Message.objects.all().delete()
    given = RefundState(provider_id="re_1", status="succeeded")

    for _repeat in range(2):
        settle_refund(refund_id=Refund.objects.get().pk, state=given, now=NOON)
    run_outbox()

    assert [sent.subject for sent in mail.outbox] == ["€95.00 is on its way to you"]


def test_a_guest_without_an_address_gets_no_mail_and_no_fault(booking):
    Booking.objects.update(email="")
    cancel_booking(booking_id=booking.pk, now=NOON)

    assert not tell()
