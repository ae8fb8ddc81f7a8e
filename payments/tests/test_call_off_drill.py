"""A real worker is killed three times while a date with many bookings is cancelled, at a real provider over HTTP."""

from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Ticket
from notifications.models import Notification
from payments.call_offs import Progress
from payments.methods import Method
from payments.models import CalledOffBooking, Payment, Receipt, Refund
from payments.services.calling_off import call_off_session
from tests.factories import make_confirmed_booking, make_event_session
from tests.outbox_worker import kill, running_worker
from tests.sandbox import wait_until
from ticketing.outbox.models import Message

BOOKINGS = 30
PATIENCE = 240
# As Django's file backend sets them apart.
BETWEEN_MAILS = b"-" * 79
DONE = CalledOffBooking.objects.filter(status=CalledOffBooking.Status.DONE)
GIVEN = Refund.objects.filter(status=Refund.Status.SUCCEEDED)
TOLD = Notification.objects.filter(kind="payments.called_off", status=Notification.Status.SENT)


def pay_at(provider, booking):
    """As if the customer had paid on the provider's page."""
    payment = Payment.objects.get(booking=booking)
    page = provider.gateway.create_payment(
        reference=str(payment.public_id),
        amount=payment.amount,
        method=Method.CARD,
        description="A drill",
        return_url="https://shop.test/",
        cancel_url="https://shop.test/",
        expires_at=timezone.now() + timedelta(hours=1),
    )
    provider.pay(page.provider_id)
    Payment.objects.filter(pk=payment.pk).update(provider_id=page.provider_id)


def read_mails(folder, subject):
    """Recipient -> ids of the mails that begin like this; a repeat after a crash has the same id."""
    found = {}
    for file in folder.iterdir():
        # Two connections of one moment may write into one file, and the mail that was being written as its worker
        # died may end in the middle.
        for text in file.read_bytes().split(BETWEEN_MAILS):
            mail = message_from_bytes(text.lstrip())
            if (mail["Subject"] or "").startswith(subject):
                found.setdefault(mail["To"], []).append(mail["Message-ID"])
    return found


def reaches(rows, count):
    return rows.count() >= count


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "mysql", reason="a second process needs a server")
def test_every_booking_is_refunded_and_told_once_though_the_worker_is_killed_three_times(provider, tmp_path):
    now = timezone.now()
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, BOOKINGS + 1)), now=now)
    for number in range(1, BOOKINGS + 1):
        pay_at(
            provider,
            make_confirmed_booking(event_session, f"A{number}", email=f"guest{number}@example.com", now=now),
        )
    Message.objects.all().delete()  # Of the sale.
    started = call_off_session(event_session_id=event_session.pk, reason="A drill.", actor=None, now=now)
    env = {"SANDBOX_API_URL": provider.url}

    # In the middle of making tickets void, of giving money back, and of telling people.
    for rows, count in ((DONE, BOOKINGS // 4), (GIVEN, BOOKINGS // 4), (TOLD, BOOKINGS // 2)):
        with running_worker(tmp_path, **env) as worker:
            wait_until(partial(reaches, rows.all(), count), PATIENCE)
            kill(worker)
        assert Message.objects.filter(sent_at=None).exists(), "nothing was left to do, so this kill proves nothing"
    with running_worker(tmp_path, **env):
        wait_until(lambda: not Message.objects.filter(sent_at=None).exists(), PATIENCE)

    mine = Refund.objects.all()
    assert Counter(mine.values_list("payment__booking", flat=True)).most_common(1)[0][1] == 1
    assert mine.filter(status=Refund.Status.SUCCEEDED).count() == BOOKINGS
    at_provider = list(provider.gateway.list_refunds(now - timedelta(hours=1), now + timedelta(hours=1)))
    assert Counter(each.payment_id for each in at_provider) == Counter(
        Payment.objects.values_list("provider_id", flat=True)
    )
    assert {each.amount for each in at_provider} == {Payment.objects.first().amount}
    assert not Ticket.objects.filter(status=Ticket.Status.VALID).exists()
    assert Receipt.objects.filter(kind=Receipt.Kind.CORRECTION).count() == BOOKINGS
    mails = read_mails(tmp_path, "Cancelled")
    assert set(mails) == {f"guest{number}@example.com" for number in range(1, BOOKINGS + 1)}
    assert all(len(set(ids)) == 1 for ids in mails.values())
    # A mail server may have taken a mail as its worker died, so at most one repeat for each kill.
    assert sum(len(ids) - 1 for ids in mails.values()) <= 3
    assert TOLD.count() == BOOKINGS
    progress = Progress(started)
    assert (progress.done, progress.is_moving, progress.can_be_resumed) == (BOOKINGS, False, False)
