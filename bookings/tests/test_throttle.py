"""Guests' new baskets are counted by address: a script shall not keep a whole hall for nothing."""

from functools import partial

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from bookings import throttle
from bookings.errors import TooManyBasketsError
from bookings.models import Booking
from bookings.throttle import counted_begin
from tests.concurrency import run_together
from tests.customer import HTMX, Customer
from tests.factories import make_event_session, make_user
from ticketing.redis import redis_client
from ticketing.requests import read_network

LABELS = "A1 A2 A3 A4 A5 A6"


@pytest.fixture(autouse=True)
def limit(settings):
    settings.GUEST_BASKETS_PER_ADDRESS = 2
    return settings


@pytest.fixture
def event_session(db):
    return make_event_session(LABELS, now=timezone.now())


def begin(event_session, label, client=None, **headers):
    return Customer(client or Client()).hold(event_session, label, **headers)


def test_the_third_basket_of_an_address_has_to_wait_and_the_page_says_so_kindly(event_session):
    begin(event_session, "A1")
    begin(event_session, "A2")

    refused = begin(event_session, "A3")

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 500
    assert "Sign in to go on at once." in refused.content.decode()
    assert begin(event_session, "A3", headers=HTMX).status_code == 429
    assert Booking.objects.count() == 2


def test_best_places_are_counted_as_well(event_session):
    begin(event_session, "A1")
    begin(event_session, "A2")

    refused = Client().post(reverse("bookings:best", args=[event_session.pk]), {"count": 1})

    assert refused.status_code == 429
    assert "Sign in to go on at once." in refused.content.decode()


def test_who_has_a_basket_or_signs_in_goes_on(event_session):
    alice = Customer()
    alice.hold(event_session, "A1")
    begin(event_session, "A2")
    bob = Client()
    bob.force_login(make_user("bob"))

    assert alice.hold(event_session, "A3").status_code == 302
    assert begin(event_session, "A4", bob).status_code == 302


def test_another_address_goes_on_and_what_a_visitor_writes_into_the_header_is_not_believed(event_session, settings):
    settings.TRUSTED_PROXIES = 1
    for label, told in (("A1", "198.51.100.1"), ("A2", "198.51.100.2")):
        begin(event_session, label, HTTP_X_FORWARDED_FOR=f"{told}, 192.0.2.7")

    assert begin(event_session, "A3", HTTP_X_FORWARDED_FOR="198.51.100.3, 192.0.2.7").status_code == 429
    assert begin(event_session, "A3", HTTP_X_FORWARDED_FOR="192.0.2.8").status_code == 302


@pytest.mark.parametrize(
    ("proxies", "header", "network"),
    [
        (0, "198.51.100.1", "127.0.0.1"),
        (1, "198.51.100.1, 192.0.2.7", "192.0.2.7"),
        (2, "198.51.100.1, 192.0.2.7, 10.0.0.1", "192.0.2.7"),
        (2, "192.0.2.7", "127.0.0.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:192.0.2.7", "192.0.2.7"),
        (1, "unknown", ""),
    ],
)
def test_an_address_is_what_our_outermost_proxy_saw(settings, proxies, header, network):
    settings.TRUSTED_PROXIES = proxies

    assert read_network(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=header)) == network


def test_a_basket_that_did_not_come_about_is_not_counted(event_session):
    begin(event_session, "A1")
    for _ in range(3):
        assert begin(event_session, "A1").status_code == 409

    assert begin(event_session, "A2").status_code == 302


def test_the_count_ends_with_the_hold_period(event_session):
    begin(event_session, "A1")

    [key] = redis_client().keys("*baskets-begun*")

    assert 590 <= redis_client().ttl(key) <= 600


def test_without_a_limit_or_without_redis_nobody_is_turned_away(event_session, settings, monkeypatch):
    settings.GUEST_BASKETS_PER_ADDRESS = 0
    assert [begin(event_session, label).status_code for label in ("A1", "A2", "A3")] == [302] * 3

    settings.GUEST_BASKETS_PER_ADDRESS = 1
    monkeypatch.setattr(throttle, "redis_client", lambda: Redis(port=1))
    assert [begin(event_session, label).status_code for label in ("A4", "A5")] == [302] * 2


@pytest.mark.django_db(transaction=True)
def test_of_six_at_once_as_many_begin_as_may():
    def start():
        with counted_begin("192.0.2.7"):
            pass

    results = run_together(*[partial(start)] * 6)

    assert sum(isinstance(result, TooManyBasketsError) for result in results) == 4
