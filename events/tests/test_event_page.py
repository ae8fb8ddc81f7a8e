import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event, EventSession
from tests.factories import make_event, make_event_session

pytestmark = pytest.mark.django_db


def make_shown(**fields):
    return make_event_session(now=timezone.now(), **fields)


def structured_data(response):
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', response.content.decode(), re.DOTALL)
    return json.loads(block[1])["@graph"]


def test_the_page_lists_sessions_with_prices_and_a_way_to_buy(client):
    event_session = make_shown(price="45.00", ticket_types={"Child": "20.00"})

    html = client.get(event_session.event.get_absolute_url()).content.decode()

    assert "from €20.00" in html
    assert f'href="{event_session.get_absolute_url()}"' in html
    assert "Few places left" in html
    assert "Stalls" in html
    assert "Child" in html


def test_a_draft_does_not_exist(client):
    assert client.get(make_event().get_absolute_url()).status_code == 404


@pytest.mark.parametrize("all_dates", ["", "?all"])
def test_three_queries_whatever_it_holds(client, django_assert_num_queries, all_dates):
    event = make_event()
    for _ in range(5):
        make_shown(event=event)

    with django_assert_num_queries(3):
        client.get(event.get_absolute_url() + all_dates)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"free_places": 0}, "Sold out"),
        ({"status": EventSession.Status.CANCELLED}, "Cancelled"),
        ({"booking_opens_at": timezone.now() + timedelta(days=2)}, "On sale"),
        ({"booking_closes_at": timezone.now() - timedelta(hours=1)}, "Booking closed"),
    ],
)
def test_what_cannot_be_bought_says_why_and_offers_no_button(client, change, said):
    event_session = make_shown()
    EventSession.objects.filter(pk=event_session.pk).update(**change)

    html = client.get(event_session.event.get_absolute_url()).content.decode()

    assert said in html
    assert f'href="{event_session.get_absolute_url()}"' not in html


def test_a_cancelled_event_says_so_and_sells_nothing(client):
    event_session = make_shown()
    Event.objects.filter(pk=event_session.event_id).update(status=Event.Status.CANCELLED)

    response = client.get(event_session.event.get_absolute_url())

    assert "This event is cancelled" in response.content.decode()
    assert structured_data(response)[0]["eventStatus"] == "https://schema.org/EventCancelled"
    assert f'href="{event_session.get_absolute_url()}"' not in response.content.decode()


def test_an_event_without_dates_offers_a_way_on(client):
    event = make_event(status=Event.Status.PUBLISHED)

    assert "No dates for now" in client.get(event.get_absolute_url()).content.decode()


def test_many_dates_are_shortened(client, monkeypatch):
    monkeypatch.setattr("events.selectors.event_page.SESSIONS_SHOWN", 2)
    event = make_event()
    for _ in range(3):
        make_shown(event=event)
    address = event.get_absolute_url()

    assert client.get(address).content.decode().count('class="date ') == 2
    assert client.get(f"{address}?all").content.decode().count('class="date ') == 3


def test_search_engines_get_time_with_offset_place_and_price(client):
    described = structured_data(client.get(make_shown(price="45.00").event.get_absolute_url()))[0]

    assert re.search(r"\+0[12]:00$", described["startDate"])
    assert described["location"]["address"]["addressLocality"] == "Vienna"
    assert described["offers"]["price"] == "45.00"
    assert described["offers"]["availability"] == "https://schema.org/LimitedAvailability"


def test_a_title_cannot_break_out_of_the_structured_data(client):
    title = "</script><script>alert(1)</script>&"
    response = client.get(make_shown(event=make_event(title)).event.get_absolute_url())

    assert structured_data(response)[0]["name"] == title
    assert "<script>alert" not in response.content.decode()


def test_a_description_keeps_its_paragraphs_and_loses_its_scripts(client):
    plain = make_event(description="One.\n\nTwo <3")
    formatted = make_event(description='<p onclick="x()">Bold <strong>word</strong><script>alert(2)</script></p>')
    for event in (plain, formatted):
        make_shown(event=event)

    assert "<p>One.</p>" in client.get(plain.get_absolute_url()).content.decode()
    html = client.get(formatted.get_absolute_url()).content.decode()
    assert "<p>Bold <strong>word</strong></p>" in html
    assert "alert(2)" not in html
