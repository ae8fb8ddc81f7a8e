from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.models import User
from bookings.invariants import find_breaches
from bookings.models import Block, Booking, Place, Rescheduling
from bookings.sample.people import load_people
from bookings.sample.plans import BOWL_CAPACITY, PLANS
from bookings.sample.programme import read_programme
from bookings.sample.tournament import read_coordinates, read_json, read_tournament, zone_of
from bookings.seatmap.scene import MOST_SEATS_AT_ONCE
from events.models import Event, EventSession
from payments.invariants import find_breaches as find_money_breaches
from venues.models import SeatingPlan, Venue
from venues.plans.checks import check_draft

NOW = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", PLANS)
def test_every_sample_plan_can_be_stored(name):
    check_draft(PLANS[name]())


@pytest.mark.parametrize("name", PLANS)
def test_no_two_seats_of_a_sample_plan_overlap(name):
    draft = PLANS[name]()

    seats = sorted((seat.x, seat.y) for section in draft.sections for seat in section.seats)
    near = draft.seat_size * 0.9
    for index, (x, y) in enumerate(seats):
        for other_x, other_y in seats[index + 1 :]:
            if other_x - x >= near:
                break
            assert abs(other_y - y) >= near or (other_x - x) ** 2 + (other_y - y) ** 2 >= near**2


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("49°16'36\"N 123°6'43\"W", "49.276667", "-123.111944"),
        ("37.403°N 121.970°W", "37.403000", "-121.970000"),
        ("40°48'48.7\"N 74°4'27.7\"W", "40.813528", "-74.074361"),
        ("33°52'0\"S 151°12'E", "-33.866667", "151.200000"),
    ],
)
def test_coordinates_are_read_in_both_notations(text, latitude, longitude):
    assert read_coordinates(text) == (Decimal(latitude), Decimal(longitude))


def test_every_stadium_has_a_zone_with_the_offset_of_the_file():
    summer = datetime(2026, 6, 11, 12, 0)  # noqa: DTZ001  Only its date matters.
    for stadium in read_json("worldcup.stadiums.json")["stadiums"]:
        offset = summer.replace(tzinfo=ZoneInfo(zone_of(stadium["city"]))).utcoffset()
        assert f"UTC{offset.total_seconds() / 3600:+.0f}" == stadium["timezone"]
        latitude, longitude = read_coordinates(stadium["coords"])
        assert 19 < latitude < 50
        assert -124 < longitude < -71


def test_the_first_match_lies_two_to_three_weeks_ahead_on_its_own_weekday_and_hour():
    _venues, matches = read_tournament(NOW)

    first = min(matches, key=lambda match: match.slots[0].starts_at)
    starts_at = first.slots[0].starts_at
    assert NOW + timedelta(days=13) < starts_at < NOW + timedelta(days=22)
    assert (first.title, f"{starts_at:%A %H:%M}") == ("Mexico – South Africa", "Thursday 13:00")
    assert len(matches) == len({match.venue for match in matches}) == 6


def test_the_programme_is_varied_and_lies_ahead():
    venues, events = read_programme(NOW)

    assert len(venues) >= 8
    assert len(events) >= 20
    assert {event.currency for event in events} == {"EUR", "GBP", "CHF", "INR", "USD"}
    assert all(slot.starts_at > NOW for event in events for slot in event.slots)
    assert all(event.slots and len(event.summary) <= 250 for event in events)


def test_no_hall_is_given_to_two_events_at_once():
    events = read_programme(NOW)[1] + read_tournament(NOW)[1]

    dates = sorted(
        (event.venue, event.hall, starts_at, starts_at + timedelta(minutes=event.minutes))
        for event in events
        for slot in event.slots
        for starts_at in (slot.starts_at, slot.moves_to)
        if starts_at
    )
    for (venue, hall, _starts, ends), (next_venue, next_hall, next_starts, _ends) in pairwise(dates):
        assert (venue, hall) != (next_venue, next_hall) or ends <= next_starts


@pytest.fixture
def loaded(db):
    call_command("load_sample_data", now=NOW.isoformat())


@pytest.mark.usefixtures("loaded")
def test_the_final_is_played_in_a_hall_that_opens_with_an_overview():
    final = EventSession.objects.filter(event__tags__slug="tournament").latest("starts_at")

    assert final.total_places == BOWL_CAPACITY > MOST_SEATS_AT_ONCE
    assert EventSession.objects.filter(event__tags__slug="tournament", total_places__lt=MOST_SEATS_AT_ONCE).count() == 5


@pytest.mark.usefixtures("loaded")
def test_the_sample_data_fill_the_site_and_keep_every_rule():
    assert Event.objects.filter(status=Event.Status.PUBLISHED).count() == Event.objects.count() >= 25
    assert not EventSession.objects.exclude(status=EventSession.Status.PUBLISHED).exists()
    assert list(find_breaches()) == []
    hall = EventSession.objects.filter(event__slug="mahler-in-the-round").first()
    assert hall.total_places == hall.free_places == 738
    sold_out = EventSession.objects.get(event__slug="songs-between-the-shelves")
    nearly = EventSession.objects.get(event__slug="first-drafts")
    later = EventSession.objects.get(event__slug="winter-gala")

    assert sold_out.is_sold_out
    assert (nearly.free_places, nearly.has_few_places) == (4, True)
    assert not later.is_on_sale(NOW)
    assert later.is_on_sale(NOW + timedelta(days=6))
    assert Booking.objects.filter(buyer__email="alice@example.com").exists()
    assert list(find_money_breaches()) == []


@pytest.mark.usefixtures("loaded")
def test_parties_wait_for_the_session_that_is_sold_out():
    sold_out = EventSession.objects.get(event__slug="songs-between-the-shelves")

    assert list(sold_out.waiting_entries.values_list("party_size", "status")) == [
        (2, "waiting"),
        (1, "waiting"),
        (3, "waiting"),
    ]


@pytest.mark.usefixtures("loaded")
def test_one_date_was_moved_and_its_customers_gave_different_answers():
    moved = Rescheduling.objects.get()

    event_session = moved.event_session
    assert event_session.starts_at - moved.old_starts_at == timedelta(days=7)
    assert dict(moved.bookings.values_list("booking__name", "answer")) == {
        "Alice": "",
        "Bob": "kept",
        "Clara": "refunded",
        "Dario": "",
    }
    assert event_session.free_places == event_session.total_places - 6
    statuses = Booking.objects.exclude(status=Booking.Status.CONFIRMED).values_list("name", "status")
    assert list(statuses) == [("Clara", "cancelled")]


@pytest.mark.usefixtures("loaded")
def test_the_house_keeps_seats_of_one_session_for_its_guests():
    block = Block.objects.get(event_session__event__slug="an-evening-of-strings")

    assert (block.kind, block.blocked_by.email) == (Block.Kind.HOUSE, "olga@example.com")
    seats = [kept.place.seat for kept in block.blocked_places.select_related("place__seat").order_by("place")]
    assert len({seat.row for seat in seats}) == 1
    assert [seat.position - seats[0].position for seat in seats] == [0, 1, 2, 3, 4, 5]


@pytest.mark.django_db
def test_the_people_can_sign_in_and_have_their_roles():
    load_people()
    load_people()

    roles = {
        user.email.split("@")[0]: sorted(user.groups.values_list("name", flat=True)) for user in User.objects.all()
    }
    assert roles == {
        "alice": [],
        "bob": [],
        "olga": ["Administrator", "Organiser"],
        "fiona": ["Finance"],
        "sam": ["Gate"],
        "sue": ["Support"],
    }
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 6
    assert User.objects.get(email="alice@example.com").check_password("houselights-demo")


@pytest.mark.usefixtures("loaded")
def test_loading_again_changes_nothing_until_an_event_has_no_dates_left():
    def figures():
        return [model.objects.count() for model in (User, Venue, SeatingPlan, Event, EventSession, Place, Booking)]

    before = figures()
    call_command("load_sample_data", now=(NOW + timedelta(hours=1)).isoformat())

    assert figures() == before

    much_later = NOW + timedelta(days=100)

    call_command("load_sample_data", now=much_later.isoformat())

    upcoming = EventSession.objects.upcoming(much_later)
    assert Counter(upcoming.values_list("event", flat=True)).keys() == set(Event.objects.values_list("pk", flat=True))
    assert list(find_breaches()) == []


@pytest.mark.django_db
def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(CommandError, match="with its zone"):
        call_command("load_sample_data", now="2030-06-01T12:00")


def test_the_concert_hall_and_one_film_avoid_single_gaps():
    _venues, events = read_programme(NOW)

    strict = {event.hall for event in events if event.avoids_single_gaps}

    assert strict == {"Great Hall", "Saal 1"}
