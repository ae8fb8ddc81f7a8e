"""Places that only an access code opens: to everybody else the session is sold out once the others are gone."""

from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from bookings import availability
from bookings.services.publishing import publish_event_session
from bookings.services.sweeping import refresh_event_session, refresh_free_places
from bookings.waiting_lists import invite
from events.models import Event, EventSession, PriceTier
from events.selectors.cards import Mark, make_cards
from promotions.models import PromoCode
from tests.factories import get_section, make_confirmed_booking, make_event_session
from ticketing.kept import forget_everything

pytestmark = pytest.mark.django_db


def make_members_floor():
    """Two seats for everybody, and a floor of four for members."""
    now = timezone.now()
    event_session = make_event_session("A1 A2", {"Floor": 4}, now=now, published=False)
    PriceTier.objects.filter(category__name="Floor").update(is_hidden=True)
    PromoCode.objects.create(code="MEMBER", opens_hidden=True).events.add(event_session.event)
    return event_session


@pytest.fixture
def event_session():
    return publish_event_session(event_session_id=make_members_floor().pk, now=timezone.now())


def look(event_session):
    refresh_event_session(event_session.pk)
    forget_everything()
    cache.clear()
    return EventSession.objects.select_related("event", "hall__venue").get(pk=event_session.pk)


def test_places_behind_a_code_are_counted_apart_from_the_beginning(event_session):
    assert (event_session.free_places, event_session.hidden_places, event_session.open_places) == (6, 4, 2)
    seen = look(event_session)
    assert (seen.free_places, seen.hidden_places, seen.is_sold_out, seen.has_few_places) == (6, 4, False, True)


def test_the_public_reads_sold_out_when_its_places_are_gone(client, event_session):
    make_confirmed_booking(event_session, "A1 A2", now=timezone.now())

    seen = look(event_session)

    assert (seen.free_places, seen.is_sold_out) == (4, True)
    [card] = make_cards([seen.pk], now=timezone.now())
    assert card.mark == Mark.SOLD_OUT
    assert "Sold out" in client.get(seen.event.get_absolute_url()).content.decode()
    assert seen.event.title not in client.get("/?available=on").content.decode()
    assert invite(seen, timezone.now()) == "sold_out"


def test_the_events_page_leads_those_with_a_code_to_what_is_left(client, event_session):
    way_in = reverse("bookings:access_code", args=[event_session.pk])
    Event.objects.update(takes_access_codes=True)
    assert way_in not in client.get(event_session.event.get_absolute_url()).content.decode()
    make_confirmed_booking(event_session, "A1 A2", now=timezone.now())
    look(event_session)

    assert way_in in client.get(event_session.event.get_absolute_url()).content.decode()


def test_who_has_the_code_is_not_asked_to_wait(client, event_session):
    make_confirmed_booking(event_session, "A1 A2", now=timezone.now())
    seen = look(event_session)
    waiting_list = reverse("bookings:waiting_list", args=[seen.pk])

    assert waiting_list in client.get(seen.get_absolute_url()).content.decode()
    client.post(reverse("bookings:access_code", args=[seen.pk]), {"code": "MEMBER"})
    page = client.get(seen.get_absolute_url()).content.decode()

    assert waiting_list not in page
    assert f"standing-{get_section(seen, 'Floor').pk}" in page


def test_hidden_seats_are_counted_like_hidden_standing_places():
    event_session = make_event_session("A1 A2", {"Floor": 4}, now=timezone.now())
    PriceTier.objects.exclude(category__name="Floor").update(is_hidden=True)

    assert look(event_session).hidden_places == 2


def test_a_category_with_one_price_for_everybody_is_not_hidden():
    event_session = make_event_session("A1 A2", now=timezone.now(), ticket_types={"Member": "30"})
    PriceTier.objects.filter(ticket_type__name="Member").update(is_hidden=True)

    assert look(event_session).hidden_places == 0


def test_after_staff_saved_the_prices_the_places_are_counted_again(django_capture_on_commit_callbacks):
    event_session = make_event_session("A1 A2", now=timezone.now())
    availability.pop_dirty()
    PriceTier.objects.update(is_hidden=True)
    saved = SimpleNamespace(instance=event_session, save_m2m=lambda: None)

    with django_capture_on_commit_callbacks(execute=True):
        admin.site.get_model_admin(EventSession).save_related(None, saved, formsets=[], change=True)

    assert refresh_free_places() == 1
    event_session.refresh_from_db()
    assert event_session.is_sold_out
