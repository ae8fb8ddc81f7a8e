"""Gift vouchers among the bookings of whoever bought them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from payments.models import GiftVoucher, Voucher
from payments.services.gifts import GiftWish, choose_gift, return_gift
from tests.booking import go_to_payment, pay
from tests.factories import make_confirmed_booking, make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    user = make_user()
    client.force_login(user)
    return user


def choose(buyer, name="Bob", email="bob@example.com", **fields):
    wish = GiftWish(
        **{"amount": Decimal(50), "recipient_name": name, "recipient_email": email, "message": ""}
        | {"deliver_on": timezone.localdate()}
        | fields
    )
    return choose_gift(wish=wish, booking_id=None, buyer=buyer, now=timezone.now())


def buy(buyer, **fields):
    booking = choose(buyer, **fields)
    pay(go_to_payment(booking, now=timezone.now()), now=timezone.now())
    return GiftVoucher.objects.select_related("voucher", "booking").get(booking=booking)


def mine(client, search=""):
    return client.get("/bookings/", {"q": search} if search else {}).content.decode()


def test_a_voucher_one_bought_is_listed_with_its_state_and_leads_to_its_page(client, alice):
    gift = buy(alice)

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
        ({"email": ""}, "To print and hand over"),
        ({"deliver_on": timezone.localdate() + timedelta(days=9)}, "Goes to bob@example.com on"),
    ],
)
def test_the_list_says_how_it_gets_there(client, alice, fields, words):
    buy(alice, **fields)

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
    buy(alice)
    Voucher.objects.update(**changes)

    assert words in mine(client)


def test_one_that_was_given_back_stays_listed_as_void(client, alice):
    gift = buy(alice)
    return_gift(booking_id=gift.booking_id, now=timezone.now())

    html = mine(client)

    assert "Given back" in html
    assert "Void" in html


def test_neither_anybody_elses_nor_one_in_the_basket_is_listed(client, alice):
    choose(alice)
    buy(make_user("bob"), name="Alice", email=alice.email)

    html = mine(client)

    assert "A gift for" not in html
    assert "Nothing here yet" in html


def test_it_is_found_by_reference_and_recipient(client, alice):
    gift = buy(alice)
    booking = make_confirmed_booking(
        make_event_session("A1", now=timezone.now()), "A1", buyer=alice, now=timezone.now()
    )

    for search in (gift.booking.reference, "bob", "example bob"):
        assert gift.booking.get_absolute_url() in mine(client, search)
    assert booking.get_absolute_url() not in mine(client, "bob")
    assert "A gift for" not in mine(client, booking.reference)
