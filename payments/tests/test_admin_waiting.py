"""The overview says what waits for a person: each kind to those who may deal with it, and never to who asked for it."""

import pytest
from django.urls import reverse
from djmoney.money import Money

from accounts.roles import FINANCE, GATE
from bookings.models import Rescheduling
from payments.models import CalledOffBooking, CallOff, Discrepancy, Dispute, Refund
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment():
    return make_confirmed_booking(make_event_session("A1 A2"), "A1").payments.get()


def make_refund(payment, status, requested_by=None):
    return Refund.objects.create(
        key=f"test:{status}:{requested_by}",
        payment=payment,
        amount=payment.amount,
        reason=Refund.Reason.GOODWILL,
        status=status,
        requested_by=requested_by,
        created_at=NOON,
    )


def waiting_for(client):
    response = client.get(reverse("admin:index"))
    waiting = response.context["waiting"]
    return None if waiting is None else {kind.label: (kind.count, kind.url) for kind in waiting}


def test_finance_sees_what_to_decide_and_each_link_leads_to_just_these_rows(client, payment):
    fiona = sign_in(client, FINANCE, "fiona")
    assert waiting_for(client) == {}

    make_refund(payment, Refund.Status.AWAITING_APPROVAL, make_user("sue"))
    make_refund(payment, Refund.Status.AWAITING_APPROVAL)
    make_refund(payment, Refund.Status.AWAITING_APPROVAL, fiona)
    make_refund(payment, Refund.Status.FAILED)
    make_refund(payment, Refund.Status.SUCCEEDED)
    Discrepancy.objects.create(gateway="sandbox", kind=Discrepancy.Kind.UNKNOWN_PAYMENT, provider_id="1", found_at=NOON)
    Dispute.objects.create(gateway="sandbox", provider_id="d1", payment=payment, amount=Money(1, "EUR"), opened_at=NOON)

    waiting = waiting_for(client)

    assert {label: count for label, (count, _url) in waiting.items()} == {
        "Refunds to approve or reject": 2,
        "Refunds that failed": 1,
        "Differences from the provider": 1,
        "Chargebacks to answer": 1,
    }
    for label, (count, url) in waiting.items():
        shown = client.get(url).context["cl"].result_count
        # The list shows one's own requests too.
        assert shown == count + (label == "Refunds to approve or reject")


def test_dates_with_bookings_that_failed_are_named_once(client, payment):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    booking = payment.booking
    event_session = booking.items.get().event_session
    call_off = CallOff.objects.create(event=event_session.event, started_at=NOON)
    for failed in (booking, make_confirmed_booking(event_session, "A2", email="bob@example.com")):
        call_off.bookings.create(booking=failed, status=CalledOffBooking.Status.FAILED)
    moved = Rescheduling.objects.create(
        event_session=event_session,
        old_starts_at=NOON,
        old_hall=event_session.hall,
        deadline=NOON,
        started_at=NOON,
    )
    moved.bookings.create(booking=booking, status=CalledOffBooking.Status.FAILED)

    waiting = waiting_for(client)

    assert waiting["Cancelled dates with bookings that failed"][0] == 1
    assert waiting["Moved dates with bookings that failed"][0] == 1
    assert all(client.get(url).status_code == 200 for _count, url in waiting.values())


def test_who_may_decide_nothing_reads_nothing_of_it(client, payment):
    sign_in(client, GATE)
    make_refund(payment, Refund.Status.FAILED)

    assert waiting_for(client) is None
