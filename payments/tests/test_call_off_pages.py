"""Cancelling a date in the back office: the dry run, the typed words, and how far it has got."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import ADMINISTRATOR, FINANCE, ORGANISER, SUPPORT
from bookings.models import Ticket
from events.models import Event, EventSession
from payments.call_offs import CallOffProgress, plan_call_off
from payments.models import CallOff, GatewayStatus, Payment, Refund
from payments.services.calling_off import TOPIC, call_off_session
from payments.services.cancelling import cancel_tickets, refund_amount
from tests.booking import go_to_payment, hold, pay
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_user
from tests.messages import deliver, forget_messages
from tests.pages import said
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3", event=make_event(fee_per_ticket="1.50"), now=timezone.now())


def page_of(row, name="session"):
    return reverse(f"admin:payments_calloff_{name}", args=[row.pk])


def type_in(title="Spring Concert", reason="The hall is flooded."):
    return {"reason": reason, "confirmation": title}


def test_the_dry_run_shows_bookings_tickets_and_sums_and_changes_nothing(client, event_session):
    sign_in(client, ADMINISTRATOR)
    make_confirmed_booking(event_session, "A1 A2", now=timezone.now())
    hold(event_session, "A3", now=timezone.now())
    Ticket.objects.filter(place__seat__number="1").update(checked_in_at=timezone.now())

    plan = client.get(page_of(event_session)).context["plan"]

    assert (plan.bookings, plan.tickets, plan.used, plan.baskets) == (1, 2, 1, 1)
    assert [(share.gateway, len(share.bookings), str(share.money)) for share in plan.shares] == [
        ("sandbox", 1, "€93.00")
    ]
    assert plan.troubles == []
    assert not CallOff.objects.exists()
    assert not Refund.objects.exists()


def test_the_dry_run_says_what_would_fail(event_session):
    now = timezone.now()
    given = make_confirmed_booking(event_session, "A1", now=now)
    refund_amount(booking_id=given.pk, amount=Decimal(10), key="1", note="", now=now, actor=make_user("sue"))
    Refund.objects.update(status=Refund.Status.FAILED)
    unmailed = make_confirmed_booking(event_session, "A2", email="", now=now)
    strange = make_confirmed_booking(event_session, "A3", now=now)
    Payment.objects.filter(booking=strange).update(gateway="paypal")
    GatewayStatus.objects.update_or_create(name="sandbox", defaults={"problem": "Its key was refused."})

    troubles = {str(trouble.text): trouble for trouble in plan_call_off([event_session]).troubles}

    by_word = {
        word: next(trouble.booking_ids for text, trouble in troubles.items() if word in text)
        for word in ("paypal", "Its key was refused", "refused a refund", "Less than", "No email")
    }
    assert by_word == {
        "paypal": {strange.pk},
        "Its key was refused": {given.pk, unmailed.pk},
        "refused a refund": {given.pk},
        "Less than": {given.pk},
        "No email": {unmailed.pk},
    }


def test_the_dry_run_says_what_then_goes_back(event_session):
    """Of two-session baskets, part cancellations and goodwill too."""
    now = timezone.now()
    other = make_event_session("A1", price="20.00", now=now)
    basket = hold(other, "A1", basket=hold(event_session, "A1", now=now), now=now)
    pay(go_to_payment(basket, now=now), now=now)
    partly = make_confirmed_booking(event_session, "A2 A3", now=now)
    cancel_tickets(booking_id=partly.pk, ticket_ids=[partly.tickets.first().pk], now=now, kept=Decimal(20))
    refund_amount(booking_id=partly.pk, amount=Decimal(30), key="1", note="", now=now, actor=make_user("sue"))

    plan = plan_call_off([event_session])
    started = call_off_session(event_session_id=event_session.pk, reason="", actor=None, now=now)
    deliver(TOPIC)

    assert CallOffProgress(started).refunds == [("sandbox", "Pending", plan.bookings, plan.totals[0])]


@pytest.mark.parametrize("typed", ["", "Summer Concert", "yes"])
def test_without_the_right_words_nothing_happens(client, event_session, typed):
    sign_in(client, ADMINISTRATOR)

    response = client.post(page_of(event_session), type_in(typed))

    event_session.refresh_from_db()
    assert response.status_code == 422
    assert "The hall is flooded." in response.content.decode()
    assert event_session.status == EventSession.Status.PUBLISHED
    assert not CallOff.objects.exists()


def test_with_the_words_the_sale_ends_and_the_money_goes_back(client, event_session):
    adam = sign_in(client, ADMINISTRATOR)
    make_confirmed_booking(event_session, "A1", now=timezone.now())

    response = client.post(page_of(event_session), type_in("  spring concert "))

    call_off = CallOff.objects.get()
    event_session.refresh_from_db()
    assert response.url == page_of(call_off, "change")
    assert event_session.status == EventSession.Status.CANCELLED
    assert (call_off.requested_by, call_off.reason) == (adam, "The hall is flooded.")
    waiting = client.get(response.url, headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" in waiting
    assert "0 / 1" in waiting

    deliver(TOPIC, "payments.tickets_called_off")
    Refund.objects.update(status=Refund.Status.SUCCEEDED)

    done = client.get(response.url).content.decode()
    assert "every 2s" not in done
    assert "1 / 1" in done
    assert "Everybody has their money on the way, and was told." in done


def test_a_second_click_finds_nothing_to_cancel(client, event_session):
    sign_in(client, ADMINISTRATOR)
    client.post(page_of(event_session), type_in())

    assert client.post(page_of(event_session), type_in()).status_code == 404
    assert CallOff.objects.count() == 1


def test_a_whole_event_goes_with_its_coming_sessions(client, event_session):
    sign_in(client, ADMINISTRATOR)
    event = event_session.event
    now = timezone.now()
    long_ago = now - timedelta(days=3)
    over = make_event_session("A1", event=event, starts_in=timedelta(days=-2), booking_opens_at=long_ago, now=now)
    make_confirmed_booking(event_session, "A1", now=timezone.now())

    assert client.get(page_of(event, "event")).context["plan"].sessions == [event_session]
    client.post(page_of(event, "event"), type_in())

    event.refresh_from_db()
    over.refresh_from_db()
    assert event.status == Event.Status.CANCELLED
    assert over.status == EventSession.Status.PUBLISHED
    assert "The whole event" in client.get(reverse("admin:payments_calloff_changelist")).content.decode()


def test_what_failed_is_shown_and_tried_again_by_a_button(client, event_session):
    sign_in(client, ADMINISTRATOR)
    booking = make_confirmed_booking(event_session, "A1", now=timezone.now())
    call_off = call_off_session(event_session_id=event_session.pk, reason="", actor=None, now=timezone.now())
    forget_messages()
    call_off.bookings.update(status="failed", error="RuntimeError: out of order")

    page = client.get(page_of(call_off, "change")).content.decode()
    assert booking.reference in page
    assert "RuntimeError: out of order" in page

    answer = client.post(page_of(call_off, "resume"))
    deliver(TOPIC)

    assert said(answer) == ["What failed is tried again."]
    assert Refund.objects.get().amount.amount == Decimal("46.50")
    assert call_off.bookings.get().status == "done"


@pytest.mark.parametrize("role", [ORGANISER, FINANCE, SUPPORT])
def test_cancelling_needs_a_right_of_its_own(client, event_session, role):
    sign_in(client, role)
    call_off = CallOff.objects.create(event=event_session.event, started_at=timezone.now())

    assert client.get(page_of(event_session)).status_code == 403
    assert client.post(page_of(event_session), type_in()).status_code == 403
    assert client.post(page_of(event_session.event, "event"), type_in()).status_code == 403
    assert client.post(page_of(call_off, "resume")).status_code == 403
    assert client.get(page_of(call_off, "change")).status_code == 200
    event_session.refresh_from_db()
    assert event_session.status == EventSession.Status.PUBLISHED


def test_the_buttons_show_while_there_is_something_to_cancel(client, event_session):
    sign_in(client, ADMINISTRATOR)
    session_page = reverse("admin:events_eventsession_change", args=[event_session.pk])
    event_page = reverse("admin:events_event_change", args=[event_session.event_id])

    assert "Cancel the session" in client.get(session_page).content.decode()
    assert "Cancel the event" in client.get(event_page).content.decode()
    button = client.get(reverse("admin:events_eventsession_call_off", args=[event_session.pk]))
    assert button.url == page_of(event_session)

    client.post(page_of(event_session.event, "event"), type_in())

    assert "Cancel the session" not in client.get(session_page).content.decode()
    assert "Cancel the event" not in client.get(event_page).content.decode()
