"""The page where places are chosen: what it shows, and what it says when someone was quicker."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, Place
from events.models import Event, EventSession
from tests.customer import HTMX, Customer
from tests.factories import get_place, get_seat, get_seat_ids, get_section, make_event, make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    return Customer(client)


def make_session(*args, **fields):
    return make_event_session(*args, now=timezone.now(), **fields)


def page_of(event_session, name="seats"):
    return reverse(f"bookings:{name}", args=[event_session.pk])


def seat_tag(response, event_session, label) -> str:
    html = response.content.decode()
    start = html.index(f'name="seat" value="{get_seat(event_session, label).pk}"')
    return html[start : html.index(">", start)]


def test_each_seat_is_a_control_that_says_where_it_is_and_what_it_costs(client):
    event_session = make_session("A1 A2")

    response = client.get(page_of(event_session))

    assert 'aria-label="Stalls, row A, seat 1, €45.00"' in response.content.decode()
    assert "disabled" not in seat_tag(response, event_session, "A1")


def test_a_seat_of_someone_else_cannot_be_chosen_and_ones_own_is_marked(alice):
    event_session = make_session("A1 A2 B1")
    Customer().hold(event_session, "A1")
    alice.hold(event_session, "A2")

    response = alice.client.get(page_of(event_session))

    assert seat_tag(response, event_session, "A1").endswith(" disabled")
    assert "data-mine" in seat_tag(response, event_session, "A2")
    assert "Kept for you" in response.content.decode()


def test_a_hold_without_javascript_leads_to_the_basket_and_leaves_a_private_cookie(alice):
    response = alice.hold(make_session("A1"), "A1")

    cookie = response.cookies["basket"]
    assert response.status_code == 302
    assert response.url == "/basket/"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_htmx_is_sent_to_the_basket_by_a_header(alice):
    response = alice.hold(make_session("A1"), "A1", headers=HTMX)

    assert response.headers["HX-Redirect"] == "/basket/"


def test_a_lost_race_names_the_seat_and_keeps_the_other_choice(alice):
    event_session = make_session("A1 A2")
    Customer().hold(event_session, "A1")

    response = alice.hold(event_session, "A1 A2", headers=HTMX)

    html = response.content.decode()
    assert response.status_code == 409
    assert html.lstrip().startswith('<div id="refusal"'), "the page keeps its map and the other choice"
    assert "Stalls, row A, seat 1 went to someone else a moment ago. Your other choices are still here." in html
    assert f'data-lost="{get_seat(event_session, "A1").pk} "' in html
    assert get_place(event_session, "A2").state == Place.State.FREE
    assert Booking.objects.count() == 1


def test_a_lost_race_without_javascript_gets_the_whole_page(alice):
    event_session = make_session("A1 A2")
    Customer().hold(event_session, "A1")

    response = alice.hold(event_session, "A1 A2")

    assert response.status_code == 409
    assert "<!doctype html>" in response.content.decode()
    assert seat_tag(response, event_session, "A2").endswith(" checked")


@pytest.mark.parametrize(
    ("seats", "standing", "words"),
    [
        ("", {}, "Choose at least one place first."),
        ("A1 A2 A3", {}, "at most 2 places"),
        ("", {"Floor": 3}, "at most 2 places"),
    ],
)
def test_a_choice_that_cannot_be_kept_is_explained(alice, seats, standing, words):
    event_session = make_session("A1 A2 A3", {"Floor": 5}, customer_limit=2)

    response = alice.hold(event_session, seats, standing)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Booking.objects.exists()


def test_standing_places_are_chosen_by_number(alice):
    event_session = make_session("", {"Floor": 5})

    page = alice.client.get(page_of(event_session)).content.decode()
    alice.hold(event_session, standing={"Floor": 2})

    assert "5 left" in page
    assert alice.booking.items.count() == 2
    assert "Floor, standing" in alice.client.get("/basket/").content.decode()


def test_more_standing_places_than_are_left_are_refused_with_the_number_that_is(alice):
    event_session = make_session("", {"Floor": 2})

    response = alice.hold(event_session, standing={"Floor": 3})

    assert response.status_code == 409
    assert "Only 2 of the 3 places you asked for in Floor are left." in response.content.decode()


def test_a_second_session_joins_the_same_basket(alice):
    alice.hold(make_session("A1"), "A1")
    alice.hold(make_session("A1"), "A1")

    assert Booking.objects.count() == 1
    assert alice.booking.items.count() == 2


def test_an_event_in_another_currency_is_refused_in_words(alice):
    alice.hold(make_session("A1"), "A1")

    response = alice.hold(make_session("A1", event=make_event(currency="USD")), "A1")

    assert response.status_code == 409
    assert "Your basket is in EUR and this event in USD." in response.content.decode()


def test_someone_signed_in_owns_the_basket_and_finds_the_form_filled(alice):
    bob = make_user("bob", phone="+436601234567")
    alice.client.force_login(bob)

    alice.hold(make_session("A1"), "A1")

    assert alice.booking.buyer == bob
    assert 'value="bob@example.com"' in alice.client.get("/checkout/").content.decode()


def test_a_session_nobody_may_see_is_not_found(alice):
    draft = make_session("A1", published=False)

    assert alice.client.get(page_of(draft)).status_code == 404
    assert alice.client.post(page_of(draft, "hold"), {"seat": get_seat_ids(draft, "A1")}).status_code == 404
    assert alice.client.post("/sessions/999999/hold/", {"seat": 1}).status_code == 404


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"booking_opens_at": timedelta(days=1)}, "Booking is not open yet."),
        ({"booking_closes_at": -timedelta(hours=1)}, "Booking for this session has closed."),
    ],
)
def test_outside_its_booking_time_a_session_says_so_and_sells_nothing(alice, times, words):
    event_session = make_session("A1")
    now = timezone.now()
    EventSession.objects.filter(pk=event_session.pk).update(**{name: now + delta for name, delta in times.items()})

    assert words in alice.client.get(page_of(event_session)).content.decode()
    assert alice.hold(event_session, "A1").status_code == 409
    assert not Booking.objects.exists()


def test_a_cancelled_session_says_so(client):
    event_session = make_session("A1")
    EventSession.objects.filter(pk=event_session.pk).update(status=EventSession.Status.CANCELLED)

    assert "This session is cancelled." in client.get(page_of(event_session)).content.decode()


def test_the_map_alone_keeps_what_was_chosen_and_still_stands(client):
    event_session = make_session("A1 A2")
    Customer().hold(event_session, "A1")

    response = client.get(page_of(event_session, "seat_map"), {"seat": get_seat_ids(event_session, "A1 A2")})

    assert seat_tag(response, event_session, "A1").endswith(" disabled")
    assert seat_tag(response, event_session, "A2").endswith(" checked")


def test_nonsense_in_the_fields_is_passed_over(client):
    event_session = make_session("A1")
    floor = f"standing-{get_section(event_session, 'Stalls').pk}"

    for data in ({"seat": ["x", "-1", "9" * 40]}, {floor: "two"}, {"standing-x": "1"}):
        assert client.post(page_of(event_session, "hold"), data).status_code == 422
    assert not Booking.objects.exists()


def test_the_map_of_a_hall_takes_few_queries(client, django_assert_max_num_queries):
    event_session = make_session("A1 A2 A3 B1 B2 B3", {"Floor": 10})
    client.get(page_of(event_session))

    with django_assert_max_num_queries(6):
        client.get(page_of(event_session))


def test_a_hold_takes_few_queries(alice, django_assert_max_num_queries):
    event_session = make_session("A1 A2")
    seats = get_seat_ids(event_session, "A1 A2")

    with django_assert_max_num_queries(12):
        alice.client.post(page_of(event_session, "hold"), {"seat": seats})


def test_only_what_was_published_with_its_event_is_on_sale():
    event_session = make_session("A1")
    assert event_session.event.status == Event.Status.PUBLISHED


@pytest.mark.parametrize("section", ["999999999", "1" * 17])
def test_a_standing_floor_that_is_not_there_is_refused(client, section):
    event_session = make_event_session("A1", now=timezone.now())

    answer = client.post(f"/sessions/{event_session.pk}/hold/", {f"standing-{section}": "1"})

    assert answer.status_code == 409
    assert not Booking.objects.exists()
