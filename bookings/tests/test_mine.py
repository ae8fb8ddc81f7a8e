"""A customer's own bookings: what is to come, what was, finding one, and taking them away as a table."""

import csv
from datetime import timedelta
from io import StringIO

import icalendar
import pytest
from django.utils import timezone

from bookings.models import Booking
from events.models import EventSession
from payments.services.cancelling import cancel_booking
from tests.booking import go_to_payment, hold
from tests.factories import (
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_hall,
    make_plan,
    make_user,
    make_venue,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    user = make_user()
    client.force_login(user)
    return user


def book(user, title="Spring Concert", venue="Old Mill", city="Vienna", starts_in=timedelta(days=7), **fields):
    plan = make_plan("A1 A2", hall=make_hall(make_venue(venue, city=city)))
    event_session = make_event_session(
        plan=plan, event=make_event(title), now=timezone.now(), starts_in=max(starts_in, timedelta(hours=1))
    )
    booking = make_confirmed_booking(event_session, "A1", buyer=user, now=timezone.now(), **fields)
    if starts_in < timedelta(0):
        event_session.starts_at, event_session.ends_at = timezone.now() + starts_in, timezone.now() + starts_in
        event_session.save()
    return booking


def read(response):
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_what_is_to_come_stands_above_what_was_and_the_next_one_on_top(client, alice):
    for title, days in (("Later", 20), ("Gone", -3), ("Sooner", 2)):
        book(alice, title, starts_in=timedelta(days=days))

    html = client.get("/bookings/").content.decode()

    order = ["Coming up", "Sooner", "Later", "Before", "Gone"]
    assert sorted(order, key=html.index) == order


def test_a_cancelled_booking_is_listed_with_what_was(client, alice):
    booking = book(alice)
    cancel_booking(booking_id=booking.pk, actor=None, now=timezone.now())

    html = client.get("/bookings/").content.decode()

    assert "Coming up" not in html
    assert booking.reference in html


def test_what_waits_for_its_payment_stands_on_top(client, alice):
    book(alice, "Tomorrow", starts_in=timedelta(days=1))
    basket = hold(make_event_session("A1", now=timezone.now()), "A1", buyer=alice, now=timezone.now())
    go_to_payment(basket, now=timezone.now())

    html = client.get("/bookings/").content.decode()

    order = ["Coming up", basket.reference, "Tomorrow"]
    assert sorted(order, key=html.index) == order
    assert "Before" not in html


def test_a_date_that_was_moved_is_marked_while_it_is_to_come(client, alice):
    booking = book(alice)
    EventSession.objects.update(moved_from=timezone.now())
    assert "New date" in client.get("/bookings/").content.decode()
    cancel_booking(booking_id=booking.pk, actor=None, now=timezone.now())

    assert "New date" not in client.get("/bookings/").content.decode()


def test_neither_another_persons_booking_nor_a_basket_is_listed(client, alice):
    other = book(make_user("bob"))
    basket = hold(make_event_session("A1", now=timezone.now()), "A1", buyer=alice, now=timezone.now())

    for path in ("/bookings/", f"/bookings/?q={other.reference}"):
        html = client.get(path).content.decode()
        assert f"{other.get_absolute_url()}" not in html
        assert basket.reference not in html


@pytest.mark.parametrize("search", ["hamlet", "globe", "london", "Hamlet london", "{reference}", "  {reference}  "])
def test_a_booking_is_found_by_reference_event_venue_and_city(client, alice, search):
    wanted = book(alice, "Hamlet", venue="The Globe", city="London")
    other = book(alice, "Spring Concert")

    html = client.get("/bookings/", {"q": search.format(reference=wanted.reference)}).content.decode()

    assert wanted.get_absolute_url() in html
    assert other.get_absolute_url() not in html


def test_each_word_of_a_search_has_to_be_there(client, alice):
    booking = book(alice, "Hamlet", city="London")

    html = client.get("/bookings/", {"q": "hamlet vienna"}).content.decode()

    assert booking.get_absolute_url() not in html
    assert "None of your bookings" in html


def test_what_is_searched_for_is_text_and_no_markup(client, alice):
    html = client.get("/bookings/", {"q": '"><script>%_'}).content.decode()

    assert "<script>%_" not in html


def test_a_booking_of_several_places_is_found_once(client, alice):
    event_session = make_event_session("A1 A2", event=make_event("Hamlet"), now=timezone.now())
    booking = make_confirmed_booking(event_session, "A1 A2", buyer=alice, now=timezone.now())

    html = client.get("/bookings/", {"q": "hamlet"}).content.decode()

    assert html.count(f'href="{booking.get_absolute_url()}"') == 1


def test_the_list_asks_the_database_no_more_for_many_bookings(client, alice, django_assert_max_num_queries):
    for _ in range(6):
        book(alice)

    with django_assert_max_num_queries(11):
        client.get("/bookings/")


def test_the_table_has_a_row_for_each_place(client, alice):
    event_session = make_event_session("A1 A2", event=make_event("Hamlet"), now=timezone.now())
    booking = make_confirmed_booking(event_session, "A1 A2", buyer=alice, now=timezone.now())

    rows = list(csv.DictReader(StringIO(read(client.get("/bookings/export.csv")))))

    assert [row["Place"] for row in rows] == ["Stalls, row A, seat 1", "Stalls, row A, seat 2"]
    assert {(row["Booking"], row["Event"], row["Price"], row["Ticket"]) for row in rows} == {
        (booking.reference, "Hamlet", "45.00", "Valid")
    }


def test_the_table_has_what_was_searched_for_and_nobody_elses(client, alice):
    wanted = book(alice, "Hamlet")
    book(alice, "Spring Concert")
    book(make_user("bob"), "Hamlet")

    rows = list(csv.DictReader(StringIO(read(client.get("/bookings/export.csv?q=hamlet")))))

    assert [row["Booking"] for row in rows] == [wanted.reference]


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("https://evil.example","x")'])
def test_no_cell_of_the_table_is_a_formula(client, alice, title):
    book(alice, title)

    [row] = csv.DictReader(StringIO(read(client.get("/bookings/export.csv"))))

    assert row["Event"] == f"'{title}"


def test_the_table_is_only_for_who_is_signed_in(client):
    response = client.get("/bookings/export.csv")

    assert response.status_code == 302
    assert "/account/login/" in response.headers["Location"]


def test_the_calendar_file_can_be_downloaded_again(client, alice):
    booking = book(alice)

    page = client.get(booking.get_absolute_url()).content.decode()
    response = client.get(f"{booking.get_absolute_url()}calendar.ics")

    assert f"{booking.get_absolute_url()}calendar.ics" in page
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert len(icalendar.Calendar.from_ical(response.content).walk("VEVENT")) == 1


def test_a_booking_that_is_not_confirmed_has_no_calendar_file(client):
    booking = hold(make_event_session("A1", now=timezone.now()), "A1", now=timezone.now())

    assert client.get(f"/bookings/{booking.access_key}/calendar.ics").status_code == 404
    assert Booking.objects.count() == 1
