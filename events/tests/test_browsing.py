from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event, EventSession, Tag
from tests.factories import make_event, make_event_session, make_event_type, make_hall, make_plan, make_venue

pytestmark = pytest.mark.django_db


def make_listed(title="Spring Concert", *, days=7, city="Vienna", venue="Old Mill", zone="Europe/Vienna", **fields):
    """A published event with one session; returns the session."""
    event_type = make_event_type(fields.pop("type", "concert"))
    event = fields.pop("event", None) or make_event(title, event_type=event_type)
    hall = make_hall(make_venue(venue, city=city, time_zone=zone))
    now = timezone.now()
    return make_event_session(
        event=event, plan=make_plan("A1", hall=hall), starts_in=timedelta(days=days), now=now, **fields
    )


def titles(response):
    context = response.context
    cards = [*context["this_week"], *context["opening"], *context["cards"]]
    return [card.event.title for card in cards]


def test_the_next_date_comes_first_and_an_event_comes_once(client):
    later = make_listed("Later", days=20)
    make_listed("Sooner", days=10)
    make_listed(days=15, event=later.event)

    response = client.get("/")

    assert titles(response) == ["Sooner", "Later"]
    assert response.context["cards"][1].further_dates == 1
    assert response.context["cards"][1].event_session.pk != later.pk


def test_drafts_and_past_sessions_are_never_listed(client):
    make_event("Draft")
    make_listed("Draft session", published=False)
    make_listed("Over", days=-1, booking_opens_at=timezone.now() - timedelta(days=9))

    assert titles(client.get("/")) == []
    assert "The stage is empty for now" in client.get("/").content.decode()


@pytest.mark.parametrize("query", ["brass", "BRASS night", "mill", "graz", "jazz", "brass graz jazz"])
def test_words_find_title_venue_city_and_tag(client, query):
    found = make_listed("Brass Night", city="Graz")
    found.event.tags.add(Tag.objects.create(name="Jazz", slug="jazz"))
    make_listed("Something Else", city="Linz", venue="New Forge")

    assert titles(client.get("/", {"q": query})) == ["Brass Night"]


def test_every_word_must_match(client):
    make_listed("Brass Night", city="Graz")

    assert titles(client.get("/", {"q": "brass vienna"})) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"city": "Graz"}, ["Match"]),
        ({"type": "concert"}, ["Brass"]),
        ({"price_max": "20"}, ["Match"]),
        ({"type": "concert", "city": "Graz"}, []),
    ],
)
def test_filters(client, query, expected):
    make_listed("Brass", price="45.00")
    make_listed("Match", price="12.00", city="Graz", type="sports")

    assert titles(client.get("/", query)) == expected


def test_only_events_with_free_places(client):
    make_listed("Free")
    gone = make_listed("Gone")
    EventSession.objects.filter(pk=gone.pk).update(free_places=0)

    assert titles(client.get("/", {"available": "on"})) == ["Free"]


def test_a_day_is_meant_where_the_venue_is(client):
    make_listed("Vienna")
    new_york = make_listed("New York", zone="America/New_York", city="New York")
    # 03:00 UTC on the 15th is still the evening of the 14th in New York.
    start = timezone.now().replace(year=timezone.now().year + 1, month=6, day=15, hour=3, minute=0)
    for event_session in EventSession.objects.all():
        EventSession.objects.filter(pk=event_session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    the_14th = str(start.date() - timedelta(days=1))

    assert titles(client.get("/", {"date_from": the_14th, "date_to": the_14th})) == ["New York"]
    assert new_york.event.title == "New York"


def test_a_cancelled_event_is_found_by_name_and_shown_as_cancelled(client):
    cancelled = make_listed("Called Off")
    Event.objects.filter(pk=cancelled.event_id).update(status=Event.Status.CANCELLED)

    assert titles(client.get("/")) == []
    response = client.get("/", {"q": "called"})

    assert titles(response) == ["Called Off"]
    assert "Cancelled" in response.content.decode()


def test_what_is_not_on_sale_yet_says_when(client):
    opens = timezone.now() + timedelta(days=2)
    make_listed("Soon", booking_opens_at=opens)

    response = client.get("/")

    assert [card.event.title for card in response.context["opening"]] == ["Soon"]
    assert "On sale" in response.content.decode()


def test_wrong_filters_are_explained_and_the_others_stay_in_force(client):
    make_listed("Brass")
    make_listed("Match", type="sports")

    response = client.get("/", {"type": "sports", "date_from": "2031-02-01", "date_to": "2031-01-01"})

    assert "This day lies before the first one." in response.content.decode()
    assert response.context["form"]["type"].value() == "sports"


def test_pages_follow_each_other_without_javascript(client, monkeypatch):
    monkeypatch.setattr("events.selectors.browsing.PAGE_SIZE", 2)
    monkeypatch.setattr("events.views.PAGE_SIZE", 2)
    for number in range(1, 6):
        make_listed(f"Event {number}", days=10 + number)

    first = client.get("/")
    second = client.get(first.context["next_query"])
    third = client.get(second.context["next_query"])

    assert titles(first) + titles(second) + titles(third) == [f"Event {number}" for number in range(1, 6)]
    assert third.context["next_query"] == ""
    assert third.context["previous_query"] == "?page=2"


@pytest.mark.parametrize("page", ["0", "-1", "x", "10001"])
def test_pages_that_cannot_be_do_not_exist(client, page):
    assert client.get("/", {"page": page}).status_code == 404


@pytest.mark.parametrize("query", [{}, {"q": "event", "city": "Vienna", "price_max": "99", "available": "on"}])
def test_the_list_needs_six_queries_however_much_is_on_it(client, django_assert_max_num_queries, query):
    for number in range(30):
        make_listed(f"Event {number}", days=number + 1)
    make_listed("Soon", booking_opens_at=timezone.now() + timedelta(days=1))

    with django_assert_max_num_queries(6):
        client.get("/", query)


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["date_to=9999-12-31", "date_from=0001-01-01"])
def test_a_day_at_the_end_of_the_calendar_is_no_fault(client, query):
    make_event_session("A1")

    assert client.get(f"/?{query}").status_code == 200


@pytest.mark.django_db
def test_an_endless_page_number_is_not_found(client):
    assert client.get("/?page=" + "1" * 5000).status_code == 404
