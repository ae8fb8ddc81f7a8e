"""A real worker is killed three times while a date with many bookings is cancelled, at a real provider over HTTP."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Ticket
from notifications.models import Notification
from payments.call_offs import CallOffProgress
from payments.models import CalledOffBooking, Payment, Receipt, Refund
from payments.services.calling_off import call_off_session
from tests.drills import check_mails, pay_at, work_through_kills
from tests.factories import make_confirmed_booking, make_event_session
from tests.messages import forget_messages

BOOKINGS = 30
GUESTS = [f"guest{number}@example.com" for number in range(1, BOOKINGS + 1)]
DONE = CalledOffBooking.objects.filter(status=CalledOffBooking.Status.DONE)
GIVEN = Refund.objects.filter(status=Refund.Status.SUCCEEDED)
TOLD = Notification.objects.filter(kind="payments.called_off", status=Notification.Status.SENT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "mysql", reason="a second process needs a server")
def test_every_booking_is_refunded_and_told_once_though_the_worker_is_killed_three_times(provider, tmp_path):
    now = timezone.now()
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, BOOKINGS + 1)), now=now)
    for number, address in enumerate(GUESTS, 1):
        pay_at(provider, make_confirmed_booking(event_session, f"A{number}", email=address, now=now))
    forget_messages()
    started = call_off_session(event_session_id=event_session.pk, reason="A drill.", actor=None, now=now)

    # In the middle of making tickets void, of giving money back, and of telling people.
    work_through_kills(tmp_path, provider, [(DONE, BOOKINGS // 4), (GIVEN, BOOKINGS // 4), (TOLD, BOOKINGS // 2)])

    mine = Refund.objects.all()
    assert Counter(mine.values_list("payment__booking", flat=True)).most_common(1)[0][1] == 1
    assert mine.filter(status=Refund.Status.SUCCEEDED).count() == BOOKINGS
    at_provider = list(provider.gateway.list_refunds(now - timedelta(hours=1), now + timedelta(hours=1)))
    paid = Payment.objects.values_list("provider_id", flat=True)
    assert Counter(each.payment_id for each in at_provider) == Counter(paid)
    assert {each.amount for each in at_provider} == {Payment.objects.first().amount}
    assert not Ticket.objects.filter(status=Ticket.Status.VALID).exists()
    assert Receipt.objects.filter(kind=Receipt.Kind.CORRECTION).count() == BOOKINGS
    check_mails(tmp_path, "Cancelled", GUESTS, kills=3)
    assert TOLD.count() == BOOKINGS
    progress = CallOffProgress(started)
    assert (progress.done, progress.is_moving, progress.can_be_resumed) == (BOOKINGS, False, False)
