"""What customers see of a date that has moved, and how they answer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import RescheduledBooking, Rescheduling, Ticket
from bookings.reschedulings import list_moves_of
from bookings.selectors import list_items
from payments.models import Refund
from tests.factories import make_confirmed_booking, make_hall, make_plan
from tests.rescheduling import make_session_with_fees, move, row_of, sell_two

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def event_session():
    return make_session_with_fees(now=timezone.now())


@pytest.fixture
def booking(event_session):
    return sell_two(event_session, timezone.now())


def move_now(event_session, **options):
    return move(event_session, now=timezone.now(), **{"later": DAY} | options)


def page_of(booking):
    return row_of(booking).get_absolute_url()


def test_the_booking_leads_to_the_answer_and_shows_both_dates(client, event_session, booking):
    before = client.get(booking.get_absolute_url()).content.decode()
    move_now(event_session, plan=make_plan("A1 B2", hall=make_hall(name="Small hall")))

    words = client.get(booking.get_absolute_url()).content.decode()
    assert "has moved" in words
    assert "has moved" not in before
    assert page_of(booking) in words

    page = client.get(page_of(booking)).content.decode()
    assert "Small hall" in page
    assert "Before: Stalls, row A, seat 2" in page
    assert "Keep my tickets" in page


def test_a_booking_that_was_not_moved_costs_no_query_more(event_session, booking, django_assert_num_queries):
    items = list_items(booking)

    with django_assert_num_queries(0):
        assert list_moves_of(booking.pk, items) == []


def test_the_events_page_says_from_when_it_moved(client, event_session, booking):
    page = event_session.event.get_absolute_url()
    assert "Moved from" not in client.get(page).content.decode()

    move_now(event_session)

    words = client.get(page).content.decode()
    assert "Moved from" in words
    assert "https://schema.org/EventRescheduled" in words
    assert "previousStartDate" in words


def test_keeping_is_noted(client, event_session, booking):
    move_now(event_session)

    response = client.post(page_of(booking), {"answer": "keep"}, follow=True)

    assert response.redirect_chain[0][0] == booking.get_absolute_url()
    assert "Your tickets are valid for the new date" in response.content.decode()
    assert booking.rescheduled.get().answer == RescheduledBooking.Answer.KEPT
    assert "that is noted" in client.get(page_of(booking)).content.decode()


def test_giving_back_shows_the_sum_before_it_asks(client, event_session, booking):
    move_now(event_session)
    first = booking.tickets.order_by("pk").first()

    page = client.get(page_of(booking), {"ticket": [first.pk]})
    assert "Give back and get €46.50" in page.content.decode()
    assert not Refund.objects.exists()

    agreed = {"ticket": [first.pk], "back": "46.50"}
    assert "€46.50 is on its way" in client.post(page_of(booking), agreed, follow=True).content.decode()
    client.post(page_of(booking), agreed)

    assert Refund.objects.get().amount.amount == Decimal("46.50")
    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 1


def test_the_button_leads_to_the_sum(client, event_session, booking):
    move_now(event_session)
    first = booking.tickets.order_by("pk").first()

    response = client.post(page_of(booking), {"answer": "look", "ticket": [first.pk]})

    assert response.url == f"{page_of(booking)}?ticket={first.pk}"


def test_tickets_are_exchanged_though_the_event_allows_no_changes(client, event_session, booking):
    tickets = list(booking.tickets.values_list("pk", flat=True))
    move_now(event_session)

    response = client.post(page_of(booking), {"answer": "exchange", "ticket": tickets})

    change = booking.changes.get()
    assert response.url == reverse("bookings:open_change", args=[change.access_key])
    assert set(change.gives_up.values_list("pk", flat=True)) == set(tickets)


def test_an_exchange_after_the_deadline_is_refused(client, event_session, booking):
    tickets = list(booking.tickets.values_list("pk", flat=True))
    move_now(event_session)
    Rescheduling.objects.update(deadline=timezone.now() - timedelta(seconds=1))

    response = client.post(page_of(booking), {"answer": "exchange", "ticket": tickets})

    assert response.status_code == 409
    assert not booking.changes.exists()


def test_after_the_deadline_the_page_says_so_and_nothing_is_given(client, event_session, booking):
    move_now(event_session)
    Rescheduling.objects.update(deadline=timezone.now() - timedelta(seconds=1))
    tickets = list(booking.tickets.values_list("pk", flat=True))

    assert "was over on" in client.get(page_of(booking)).content.decode()
    response = client.post(page_of(booking), {"ticket": tickets, "back": "93.00"})

    assert response.status_code == 409
    assert "so your tickets stay valid" in response.content.decode()
    assert not Refund.objects.exists()
    assert client.post(page_of(booking), {"answer": "keep"}).status_code == 409


def test_more_than_there_is_by_now_is_asked_about_anew(client, event_session, booking):
    move_now(event_session)
    tickets = list(booking.tickets.values_list("pk", flat=True))

    response = client.post(page_of(booking), {"ticket": tickets, "back": "200.00"})

    assert response.status_code == 409
    assert "Give back and get €93.00" in response.content.decode()
    assert not Refund.objects.exists()


def test_somebody_elses_key_opens_nothing(client, event_session, booking):
    other = make_confirmed_booking(event_session, "A3", now=timezone.now())
    move_now(event_session)
    row = booking.rescheduled.get()

    assert client.get(reverse("payments:rescheduled", args=[other.access_key, row.pk])).status_code == 404
    assert client.get(reverse("payments:rescheduled", args=["nobody", row.pk])).status_code == 404
