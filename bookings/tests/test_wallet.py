"""One ticket on the whole screen."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Ticket
from payments.services.cancelling import cancel_booking, cancel_tickets
from tests.booking import hold
from tests.factories import NOON, make_confirmed_booking, make_event_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    now = timezone.now()
    return make_confirmed_booking(make_event_session("A1 A2 B1", now=now), "A1 A2 B1", now=now)


def path_of(ticket):
    return reverse("bookings:wallet", args=[ticket.booking.access_key, ticket.code])


def test_a_ticket_carries_its_code_in_the_page_itself(client, booking):
    ticket = booking.tickets.first()

    html = client.get(path_of(ticket)).content.decode()

    assert 'src="data:image/png;base64,' in html
    assert ticket.spoken_code in html
    assert "brightness" in html


def test_tickets_lead_to_each_other(client, booking):
    first, second, third = booking.tickets.all()

    html = client.get(path_of(second)).content.decode()

    assert f'rel="prev" href="{path_of(first)}"' in html
    assert f'rel="next" href="{path_of(third)}"' in html
    assert "2 of 3" in html
    assert 'rel="prev"' not in client.get(path_of(first)).content.decode()
    assert 'rel="next"' not in client.get(path_of(third)).content.decode()


def test_the_bookings_page_leads_to_each_ticket(client, booking):
    html = client.get(booking.get_absolute_url()).content.decode()

    assert all(path_of(ticket) in html for ticket in booking.tickets.all())


def test_a_void_ticket_is_not_shown_and_not_passed_on_the_way(client, booking):
    first, second, _ = booking.tickets.all()
    cancel_tickets(booking_id=booking.pk, ticket_ids=[second.pk], now=timezone.now())

    assert client.get(path_of(second)).status_code == 404
    assert path_of(second) not in client.get(path_of(first)).content.decode()


def test_a_cancelled_booking_shows_no_ticket(client, booking):
    ticket = booking.tickets.first()
    cancel_booking(booking_id=booking.pk, now=timezone.now())

    assert client.get(path_of(ticket)).status_code == 404


def test_another_bookings_key_opens_no_ticket(client, booking):
    now = timezone.now()
    other = make_confirmed_booking(make_event_session("A1", now=now), "A1", now=now)

    answer = client.get(reverse("bookings:wallet", args=[other.access_key, booking.tickets.first().code]))

    assert answer.status_code == 404


def test_a_basket_has_no_ticket_to_show(client):
    basket = hold(make_event_session("A1"), "A1")

    assert client.get(reverse("bookings:wallet", args=[basket.access_key, "ACDEFGHJKMNP"])).status_code == 404
    assert not Ticket.objects.exists()


def test_a_phone_keeps_it_for_a_day_after_the_end_and_no_other_cache_does(client, booking):
    response = client.get(path_of(booking.tickets.first()))

    week_and_a_bit = timedelta(days=8, hours=2).total_seconds()
    assert week_and_a_bit - 60 < int(response.headers["Wallet-Keep"]) <= week_and_a_bit
    assert "no-store" in response.headers["Cache-Control"]


def test_what_is_long_over_is_not_kept(client):
    booking = make_confirmed_booking(make_event_session("A1", now=NOON), "A1")
    session = booking.items.get().event_session
    session.ends_at = timezone.now() - timedelta(days=3)
    session.starts_at = session.ends_at - timedelta(hours=2)
    session.save()

    assert client.get(path_of(booking.tickets.get())).headers["Wallet-Keep"] == "0"


def test_the_worker_is_a_script_beside_the_bookings(client):
    response = client.get("/bookings/wallet.js")

    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_ticket_takes_three_statements(client, booking, django_assert_max_num_queries):
    path = path_of(booking.tickets.first())

    with django_assert_max_num_queries(3):
        client.get(path)
