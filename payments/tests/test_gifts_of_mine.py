"""Gift vouchers among the bookings of whoever bought them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments.models import Voucher
from payments.services.gifts import return_gift
from tests.factories import make_confirmed_booking, make_event_session, make_user
from tests.gifts import buy, choose

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    user = make_user()
    client.force_login(user)
    return user


def buy_now(buyer, **fields):
    return buy(buyer=buyer, now=timezone.now(), **fields)


def mine(client, search=""):
    return client.get("/bookings/", {"q": search} if search else {}).content.decode()


def test_a_voucher_one_bought_is_listed_with_its_state_and_leads_to_its_page(client, alice):
    gift = buy_now(alice)

    html = mine(client)

    assert f'href="{gift.booking.get_absolute_url()}"' in html
    assert "A gift for Bob" in html
    assert "Sent to bob@example.com on" in html
    assert "Not used yet" in html
    assert "Nothing here yet" not in html
    assert gift.voucher.spoken_code not in html


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"recipient_email": ""}, "To print and hand over"),
        ({"deliver_on": timezone.localdate() + timedelta(days=9)}, "Goes to bob@example.com on"),
    ],
)
def test_the_list_says_how_it_gets_there(client, alice, fields, words):
    buy_now(alice, **fields)

    assert words in mine(client)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"balance": 20}, "€20.00 left"),
        ({"balance": 0}, "Used up"),
        ({"balance": 0, "voided": 50}, "Void"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "Out of time"),
    ],
)
def test_the_list_says_what_became_of_it(client, alice, changes, words):
    buy_now(alice)
    Voucher.objects.update(**changes)

    assert words in mine(client)


def test_one_that_was_given_back_stays_listed_as_void(client, alice):
    gift = buy_now(alice)
    return_gift(booking_id=gift.booking_id, now=timezone.now())

    html = mine(client)

    assert "Given back" in html
    assert "Void" in html


def test_neither_anybody_elses_nor_one_in_the_basket_is_listed(client, alice):
    choose(buyer=alice, now=timezone.now())
    buy_now(make_user("bob"), recipient_name="Alice", recipient_email=alice.email)

    html = mine(client)

    assert "A gift for" not in html
    assert "Nothing here yet" in html


def test_it_is_found_by_reference_and_recipient(client, alice):
    gift = buy_now(alice)
    booking = make_confirmed_booking(
        make_event_session("A1", now=timezone.now()), "A1", buyer=alice, now=timezone.now()
    )

    for search in (gift.booking.reference, "bob", "example bob"):
        assert gift.booking.get_absolute_url() in mine(client, search)
    assert booking.get_absolute_url() not in mine(client, "bob")
    assert "A gift for" not in mine(client, booking.reference)
