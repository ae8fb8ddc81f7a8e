"""The back office's lists stay quick, and its overview counts right."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from djmoney.money import Money

from bookings.models import Block, Booking
from bookings.services.blocking import block_places
from events.models import EventSession
from payments.models import Payment, ProviderEvent, Refund
from scanner.models import Scan
from tests.factories import (
    get_seat_ids,
    make_confirmed_booking,
    make_event_session,
    make_payment,
    make_plan,
    make_user,
)
from ticketing.admin.bases import StaffModelAdmin

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def root(client):
    person = make_user("root", is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


def make_paid(booking, amount, *, ago):
    paid_at = NOW - ago
    payment = make_payment(booking, now=paid_at, status=Payment.Status.PAID, paid_at=paid_at)
    Payment.objects.filter(pk=payment.pk).update(amount=Money(amount, "EUR"))
    return payment


def make_sales(count):
    """So many bookings with a ticket, a payment, a refund and a scan each, in as many sessions."""
    plan = make_plan("A1")
    for _number in range(count):
        event_session = make_event_session(now=NOW, plan=plan)
        booking = make_confirmed_booking(event_session, "A1", now=NOW)
        payment = booking.payments.get()
        Refund.objects.create(
            key=f"test:{payment.pk}",
            payment=payment,
            amount=payment.amount,
            reason=Refund.Reason.CANCELLED,
            created_at=NOW,
        )
        ProviderEvent.objects.create(provider="sandbox", event_id=f"event-{booking.pk}", kind="payment.paid")
        Scan.objects.create(
            nonce=f"nonce-{booking.pk}",
            event_session=event_session,
            ticket=booking.tickets.get(),
            result=Scan.Result.GRANTED,
            scanned_at=NOW,
        )


LISTS = [
    "events_event",
    "events_eventsession",
    "venues_hall",
    "venues_seatingplan",
    "bookings_booking",
    "bookings_ticket",
    "bookings_place",
    "payments_payment",
    "payments_refund",
    "payments_providerevent",
    "scanner_scan",
    "accounts_user",
]


def test_a_list_of_a_hundred_costs_as_many_queries_as_a_list_of_four(client, root, monkeypatch):
    monkeypatch.setattr(StaffModelAdmin, "list_per_page", 200)
    make_sales(2)
    make_sales(2)
    few = {model: count_queries(client, model) for model in LISTS}
    make_sales(96)

    many = {model: count_queries(client, model) for model in LISTS}

    assert many == few
    assert max(many.values()) <= 15


def count_queries(client, model):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse(f"admin:{model}_changelist")).status_code == 200
    return len(queries)


def test_every_registered_page_opens(client, root):
    make_sales(1)
    pages = {
        "bookings_booking": Booking.objects.get(),
        "payments_payment": Payment.objects.get(),
        "payments_refund": Refund.objects.get(),
        "payments_providerevent": ProviderEvent.objects.get(),
        "scanner_scan": Scan.objects.get(),
        "events_eventsession": EventSession.objects.first(),
        "events_event": EventSession.objects.first().event,
        "venues_seatingplan": EventSession.objects.first().plan,
        "venues_hall": EventSession.objects.first().hall,
        "venues_venue": EventSession.objects.first().hall.venue,
        "bookings_ticket": Booking.objects.get().tickets.get(),
        "accounts_user": root,
    }
    for model, row in pages.items():
        assert client.get(reverse(f"admin:{model}_change", args=[row.pk])).status_code == 200, model


@pytest.mark.parametrize(
    "model",
    [
        "account_emailaddress",
        "mfa_authenticator",
        "auth_group",
        "notifications_notification",
        "outbox_message",
        "django_celery_beat_periodictask",
        "django_celery_beat_intervalschedule",
        "django_celery_beat_crontabschedule",
        "django_celery_beat_clockedschedule",
        "django_celery_beat_solarschedule",
        "events_tag",
        "events_eventtype",
        "events_tickettype",
        "venues_venue",
    ],
)
def test_every_list_opens(client, root, model):
    assert client.get(reverse(f"admin:{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", ["payments_payment", "payments_refund", "bookings_booking", "bookings_ticket"])
@pytest.mark.parametrize("page", ["add", "delete"])
def test_not_even_a_superuser_adds_or_deletes_money_and_tickets(client, root, model, page):
    make_sales(1)
    rows = {
        "payments_payment": Payment.objects,
        "payments_refund": Refund.objects,
        "bookings_booking": Booking.objects,
        "bookings_ticket": Booking.objects.get().tickets,
    }
    args = [rows[model].get().pk] if page == "delete" else []

    response = client.post(reverse(f"admin:{model}_{page}", args=args), {"post": "yes"})

    assert response.status_code == 403
    assert rows[model].exists()


@pytest.mark.parametrize("model", ["events_eventsession", "payments_giftvoucher", "bookings_booking"])
def test_an_address_that_is_no_rows_leads_back_instead_of_failing(client, root, model):
    response = client.get(reverse(f"admin:{model}_change", args=["71/call-off"]), follow=True)

    assert response.redirect_chain == [("/admin/", 302)]
    assert "There is nothing at this address." in response.content.decode()


def test_the_overview_counts_places_bookings_and_money(client, root, django_assert_max_num_queries):
    event_session = make_event_session("A1 A2 A3 A4", now=NOW)
    booking = make_confirmed_booking(event_session, "A1", now=NOW)
    EventSession.objects.filter(pk=event_session.pk).update(free_places=3)
    make_paid(booking, "100.00", ago=timedelta(hours=23))
    make_paid(booking, "50.00", ago=timedelta(days=3))
    make_paid(booking, "7.00", ago=timedelta(days=9))
    Refund.objects.create(
        key="test",
        payment=booking.payments.first(),
        amount=Money("30.00", "EUR"),
        reason=Refund.Reason.CANCELLED,
        status=Refund.Status.SUCCEEDED,
        created_at=NOW,
        settled_at=NOW,
    )

    with django_assert_max_num_queries(15):
        response = client.get(reverse("admin:index"))

    figures = {figure.label: (figure.value, figure.note) for figure in response.context["figures"]}
    assert figures["Places on sale"] == ("4", "in 1 coming sessions")
    assert figures["Places taken"] == ("1", "25% of them, baskets included")
    assert figures["Bookings in 24 hours"][0] == "1"
    assert figures["Revenue in 24 hours, EUR"] == ("€115.00", "€165.00 in 7 days")
    assert [(fill.taken, fill.total, fill.percent) for fill in response.context["fills"]] == [(1, 4, 25)]


def test_blocked_places_are_neither_on_sale_nor_taken(client, root):
    event_session = make_event_session("A1 A2 A3 A4", now=NOW)
    block_places(
        event_session_id=event_session.pk,
        seat_ids=get_seat_ids(event_session, "A1 A2"),
        kind=Block.Kind.HOUSE,
        reason="Press",
        actor_id=root.pk,
        now=NOW,
    )
    EventSession.objects.filter(pk=event_session.pk).update(free_places=1)

    response = client.get(reverse("admin:index"))

    figures = {figure.label: (figure.value, figure.note) for figure in response.context["figures"]}
    assert figures["Places on sale"][0] == "2"
    assert figures["Places taken"] == ("1", "50% of them, baskets included")
    assert [(fill.taken, fill.total) for fill in response.context["fills"]] == [(1, 2)]
