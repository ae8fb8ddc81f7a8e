"""The button that finds the best places: where it leads, and what it says when there are none."""

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking
from tests.customer import HTMX, Customer
from tests.factories import get_seat_ids, make_event_session, make_ticket_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 B1 B2 B3", now=timezone.now(), ticket_types={"Child": "20.00"})


def ask(client, event_session, headers=None, **fields):
    return client.post(reverse("bookings:best", args=[event_session.pk]), fields, headers=headers)


def test_it_leads_to_the_basket_with_places_side_by_side(client, event_session):
    response = ask(client, event_session, count=3, category="")

    booking = Customer(client).booking
    assert response.status_code == 302
    assert response.url == "/basket/"
    held = booking.items.order_by("place__seat__position").values_list("place__seat", flat=True)
    assert list(held) == get_seat_ids(event_session, "A1 A2 A3")


def test_the_wanted_price_and_ticket_type_are_kept_to(client, event_session):
    category = event_session.plan.categories.get()

    ask(client, event_session, count=2, category=category.pk, ticket_type=make_ticket_type("Child").pk)

    prices = {str(item.price.amount) for item in Customer(client).booking.items.all()}
    assert prices == {"20.00"}


def test_it_adds_to_the_basket_one_has(client, event_session):
    alice = Customer(client)
    alice.hold(event_session, "A1")

    ask(client, event_session, count=2)

    assert alice.booking.items.count() == 3


def test_htmx_is_sent_to_the_basket_by_a_header(client, event_session):
    assert ask(client, event_session, HTMX, count=2).headers["HX-Redirect"] == "/basket/"


def test_more_than_are_left_are_refused_beside_the_form_which_keeps_what_was_asked(client, event_session):
    response = ask(client, event_session, count=7)

    html = response.content.decode()
    assert response.status_code == 409
    assert "Only 6 of the 7 places" in html
    assert 'value="7"' in html
    assert not Booking.objects.exists()


def test_htmx_gets_the_reason_alone(client, event_session):
    response = ask(client, event_session, HTMX, count=7)

    assert response.status_code == 409
    assert response.content.decode().strip().startswith('<div id="refusal"')


@pytest.mark.parametrize("fields", [{}, {"count": "two"}, {"count": "0"}, {"count": "2", "category": "1" * 17}])
def test_nonsense_is_refused(client, event_session, fields):
    response = ask(client, event_session, **fields)

    assert response.status_code in {409, 422}
    assert not Booking.objects.exists()


def test_a_session_nobody_may_see_is_not_found(client):
    draft = make_event_session("A1 A2", now=timezone.now(), published=False)

    assert ask(client, draft, count=1).status_code == 404
    assert ask(client, draft, HTMX, count=1).status_code == 404
    assert client.post("/sessions/999999/best/", {"count": 1}).status_code == 404


def test_it_is_no_link(client, event_session):
    assert client.get(reverse("bookings:best", args=[event_session.pk])).status_code == 405
