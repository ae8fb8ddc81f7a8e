"""A real worker is killed three times while a date with many bookings moves to a smaller hall."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import RescheduledBooking, Ticket
from notifications.models import Notification
from payments.models import Payment, Receipt, Refund
from payments.reschedulings import ReschedulingProgress
from tests.drills import check_mails, pay_at, work_through_kills
from tests.factories import make_confirmed_booking, make_event_session, make_hall, make_plan
from tests.messages import forget_messages
from tests.rescheduling import move

BOOKINGS, STAYING = 30, 20
GUESTS = [f"guest{number}@example.com" for number in range(1, BOOKINGS + 1)]
DONE = RescheduledBooking.objects.filter(status=RescheduledBooking.Status.DONE)
TOLD = Notification.objects.filter(kind="payments.date_moved", status=Notification.Status.SENT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "mysql", reason="a second process needs a server")
def test_every_booking_is_told_once_and_those_without_a_place_are_refunded_once(provider, tmp_path):
    now = timezone.now()
    event_session = make_event_session(" ".join(f"A{number}" for number in range(1, BOOKINGS + 1)), now=now)
    for number, address in enumerate(GUESTS, 1):
        pay_at(provider, make_confirmed_booking(event_session, f"A{number}", email=address, now=now))
    forget_messages()
    smaller = make_plan(" ".join(f"A{number}" for number in range(1, STAYING + 1)), hall=make_hall())
    moved = move(event_session, later=timedelta(days=1), plan=smaller, now=now)

    work_through_kills(tmp_path, provider, [(DONE, BOOKINGS // 4), (TOLD, BOOKINGS // 4), (TOLD, BOOKINGS // 2)])

    out = BOOKINGS - STAYING
    assert Refund.objects.filter(status=Refund.Status.SUCCEEDED).count() == Refund.objects.count() == out
    at_provider = list(provider.gateway.list_refunds(now - timedelta(hours=1), now + timedelta(hours=1)))
    refunded = Payment.objects.filter(refunds__isnull=False)
    assert Counter(each.payment_id for each in at_provider) == Counter(refunded.values_list("provider_id", flat=True))
    assert Ticket.objects.filter(status=Ticket.Status.VALID).count() == STAYING
    assert Receipt.objects.filter(kind=Receipt.Kind.CORRECTION).count() == out
    check_mails(tmp_path, "New date", GUESTS, kills=3)
    progress = ReschedulingProgress(moved)
    assert (progress.done, progress.told, progress.is_moving) == (BOOKINGS, BOOKINGS, False)
