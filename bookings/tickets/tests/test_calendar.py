from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from bookings.tickets.calendar import render_calendar
from tests.factories import (
    NOON,
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_hall,
    make_plan,
    make_venue,
)

pytestmark = pytest.mark.django_db


def read_entries(booking):
    return icalendar.Calendar.from_ical(render_calendar(booking)).walk("VEVENT")


def book_at(starts_at, zone="Europe/Vienna", **fields):
    plan = make_plan(hall=make_hall(make_venue(time_zone=zone, **fields)))
    return make_confirmed_booking(make_event_session(plan=plan, starts_in=starts_at - NOON))


@pytest.mark.parametrize(
    ("starts_at", "zone", "said"),
    [
        (datetime(2031, 3, 29, 19, 0, tzinfo=UTC), "Europe/Vienna", "2031-03-29 20:00"),
        (datetime(2031, 3, 30, 18, 0, tzinfo=UTC), "Europe/Vienna", "2031-03-30 20:00"),
        (datetime(2030, 10, 27, 0, 30, tzinfo=UTC), "Europe/Vienna", "2030-10-27 02:30"),
        (datetime(2030, 10, 27, 1, 30, tzinfo=UTC), "Europe/Vienna", "2030-10-27 02:30"),
        (datetime(2030, 11, 3, 6, 30, tzinfo=UTC), "America/New_York", "2030-11-03 01:30"),
        (datetime(2030, 7, 1, 12, 0, tzinfo=UTC), "Asia/Kolkata", "2030-07-01 17:30"),
    ],
)
def test_the_entry_shows_the_venues_clock_on_both_sides_of_a_clock_change(starts_at, zone, said):
    [entry] = read_entries(book_at(starts_at, zone))
    assert entry.start.strftime("%Y-%m-%d %H:%M") == said
    assert entry["DTSTART"].params["TZID"] == zone


def test_a_night_over_the_clock_change_ends_at_the_right_moment():
    [entry] = read_entries(book_at(datetime(2031, 3, 30, 0, 0, tzinfo=UTC)))
    assert entry.end.strftime("%H:%M") == "04:00"


def test_the_zones_rules_come_with_the_file():
    calendar = icalendar.Calendar.from_ical(render_calendar(book_at(datetime(2031, 3, 30, 18, 0, tzinfo=UTC))))
    [zone] = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Vienna"
    assert zone.walk("DAYLIGHT")
    assert zone.walk("STANDARD")


def test_an_entry_says_what_where_and_how_to_open_the_tickets(settings):
    settings.SITE_URL = "https://tickets.example"
    booking = book_at(NOON + timedelta(days=7), street="Mühlgasse 1, Hof", latitude="48.2", longitude="16.37")
    [entry] = read_entries(booking)
    assert entry["SUMMARY"] == "Spring Concert"
    assert "Mühlgasse 1, Hof" in entry["LOCATION"]
    assert f"https://tickets.example{booking.get_absolute_url()}" in entry["DESCRIPTION"]
    assert entry["UID"] == f"{booking.reference}-{booking.tickets.get().event_session_id}@tickets.example"


def test_a_title_cannot_add_lines_to_the_file():
    booking = make_confirmed_booking(make_event_session(event=make_event("A\r\nATTENDEE:mailto:eve@example.com")))
    assert b"\r\nATTENDEE" not in render_calendar(booking)


def test_two_tickets_of_one_session_are_one_entry():
    assert len(read_entries(make_confirmed_booking(make_event_session(), "A1 A2"))) == 1
