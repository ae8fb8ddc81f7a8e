"""What the hot pages ask of the database; one statement more should be a decision, not an accident."""

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.seating.geometry import get_rows
from tests.customer import Customer
from tests.factories import get_seat_ids, make_event_session
from waitingroom.guard import list_guarded

pytestmark = pytest.mark.django_db
TRANSACTION = 2  # The test's own transaction makes ours a savepoint, which is set and released.


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 A4 B1 B2", {"Floor": 5}, now=timezone.now(), ticket_types={"Child": "20.00"})


@pytest.fixture
def holding(event_session):
    """A customer who keeps three seats."""
    customer = Customer()
    customer.hold(event_session, "A1 A2 A3")
    return customer


def test_a_hold_of_several_seats_takes_four_statements(event_session, django_assert_num_queries):
    seats = {"seat": get_seat_ids(event_session, "A1 A2 B1")}
    client = Customer().client
    get_rows(event_session.plan_id)  # Read once a process.
    list_guarded()  # Read every other second.

    with django_assert_num_queries(4 + TRANSACTION):
        response = client.post(reverse("bookings:hold", args=[event_session.pk]), seats)

    assert response.status_code == 302


def test_adding_to_a_basket_takes_six_statements(event_session, holding, django_assert_num_queries):
    seats = {"seat": get_seat_ids(event_session, "B1")}

    with django_assert_num_queries(6 + TRANSACTION):
        response = holding.client.post(reverse("bookings:hold", args=[event_session.pk]), seats)

    assert response.status_code == 302


def test_a_basket_page_takes_three_statements(holding, django_assert_num_queries):
    with django_assert_num_queries(3):
        holding.client.get(reverse("bookings:basket"))


def test_a_seat_map_takes_two_statements_and_one_for_its_standing_sections(event_session, django_assert_num_queries):
    path = reverse("bookings:seats", args=[event_session.pk])
    Customer().client.get(path)  # The plan and what is taken are read once a process.

    with django_assert_num_queries(3):
        Customer().client.get(path)


def test_a_seat_map_beside_a_basket_takes_two_statements_more(event_session, holding, django_assert_num_queries):
    path = reverse("bookings:seats", args=[event_session.pk])
    Customer().client.get(path)

    with django_assert_num_queries(5):
        holding.client.get(path)
