"""Offering tickets for resale behind the booking's private link, and what its owner hears of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from bookings.models import Resale, Ticket
from bookings.tasks import close_offers
from events.models import Event, EventSession
from payments.models import Refund
from payments.tasks import settle_resales
from tests.booking import go_to_payment, hold, pay
from tests.factories import make_confirmed_booking, make_event, make_event_session
from ticketing.outbox.tasks import deliver_outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    now = timezone.now()
    event = make_event("Bach", takes_returns=True, fee_per_ticket="2.50")
    return make_confirmed_booking(make_event_session("A1 A2", event=event, now=now), "A1 A2", now=now)


@pytest.fixture
def ticket(booking):
    return booking.tickets.order_by("pk").first()


def url_of(booking):
    return reverse("payments:resale", args=[booking.access_key])


def offer(client, booking, *tickets, **extra):
    return client.post(url_of(booking), {"ticket": [each.pk for each in tickets]} | extra, follow=True)


def test_the_way_there_is_on_the_bookings_page_of_events_that_take_tickets_back(client, booking):
    assert url_of(booking) in client.get(booking.get_absolute_url()).content.decode()
    assert "€45.00</span>" in client.get(url_of(booking)).content.decode()
    Event.objects.update(takes_returns=False)

    assert url_of(booking) not in client.get(booking.get_absolute_url()).content.decode()
    assert "cannot be offered for resale" in client.get(url_of(booking)).content.decode()


def test_a_ticket_is_offered_and_taken_back(client, booking, ticket):
    html = offer(client, booking, ticket).content.decode()
    assert "It is on sale." in html
    assert "On sale now" in html
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "Offered for resale" in page
    assert ticket.spoken_code not in page
    assert client.get(reverse("bookings:ticket_qr", args=[booking.access_key, ticket.code])).status_code == 404

    html = offer(client, booking, ticket, take_back="1").content.decode()

    assert "It is yours again" in html
    assert ticket.spoken_code in client.get(booking.get_absolute_url()).content.decode()


def test_nothing_ticked_is_told(client, booking):
    response = client.post(url_of(booking), {})

    assert response.status_code == 422
    assert "Choose at least one ticket." in response.content.decode()


def test_what_somebody_has_in_their_basket_stays_on_sale(client, booking, ticket):
    offer(client, booking, ticket)
    hold(ticket.event_session, "A1", now=timezone.now())

    response = offer(client, booking, ticket, take_back="1")

    assert response.status_code == 409
    assert "somebody has it in their basket" in response.content.decode()
    assert Resale.objects.get().status == Resale.Status.OPEN


def test_the_owner_hears_that_it_is_sold_and_what_goes_back(client, booking, ticket):
    offer(client, booking, ticket)
    now = timezone.now()
    pay(go_to_payment(hold(ticket.event_session, "A1", now=now), now=now), now=now)
    mail.outbox.clear()
    for _ in range(2):
        deliver_outbox()
    settle_resales()

    [told] = [each for each in mail.outbox if each.subject == "Your ticket is sold"]
    assert told.to == ["alice@example.com"]
    assert "€45.00" in told.body
    assert Refund.objects.filter(reason=Refund.Reason.RESOLD).count() == 1
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "Money back" in page
    assert booking.receipts.filter(kind="correction").exists()


def test_what_nobody_bought_is_the_owners_again_and_they_hear_of_it(client, booking, ticket):
    offer(client, booking, ticket)
    EventSession.objects.update(doors_at=timezone.now() - timedelta(seconds=1))
    mail.outbox.clear()

    close_offers()
    deliver_outbox()

    assert Ticket.objects.get(pk=ticket.pk).status == Ticket.Status.VALID
    assert "Your ticket for Bach was not sold" in [each.subject for each in mail.outbox]


def test_a_ticket_of_another_booking_is_passed_over(client, booking):
    now = timezone.now()
    event = make_event(takes_returns=True)
    other = make_confirmed_booking(make_event_session("A1", event=event, now=now), "A1", now=now)

    client.post(url_of(booking), {"ticket": other.tickets.get().pk})

    assert not Resale.objects.exists()
    assert client.get(reverse("payments:resale", args=["unknown"])).status_code == 404
