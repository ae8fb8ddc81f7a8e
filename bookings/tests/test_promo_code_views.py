"""Entering a promo code in the basket, and where it is seen afterwards."""

import pytest
from django.core import mail
from django.utils import timezone

from bookings.mails import send_confirmation
from bookings.models import Booking
from bookings.selectors import list_items
from bookings.services.promo_codes import use_promo_code
from payments.models import Receipt
from payments.receipts.content import describe_sale
from payments.receipts.pdf import read_content
from promotions.models import PromoCode
from tests.booking import go_to_payment, hold, pay
from tests.customer import HTMX, Customer
from tests.factories import NOON, make_event_session

pytestmark = pytest.mark.django_db
CODES = "/basket/promo-code/"


@pytest.fixture
def alice():
    """With a basket of two seats."""
    customer = Customer()
    customer.hold(make_event_session("A1 A2 A3", now=timezone.now()), "A1 A2")
    return customer


@pytest.fixture
def code():
    return PromoCode.objects.create(code="SPRING", percent=10)


@pytest.fixture
def reduced(code):
    """A paid booking with the code."""
    booking = hold(make_event_session("A1 A2"), "A1 A2")
    use_promo_code(booking_id=booking.pk, typed="SPRING", now=NOON)
    pay(go_to_payment(booking))
    return Booking.objects.get(pk=booking.pk)


def test_a_code_shows_its_line_and_the_new_total(alice, code):
    answer = alice.client.post(CODES, {"code": "spring"}, headers=HTMX)

    text = " ".join(answer.content.decode().split())
    assert answer.status_code == 200
    assert "<dt>Promo code SPRING</dt><dd>−€9.00</dd>" in text
    assert '<dd class="total">€81.00</dd>' in text
    assert "€45.00</s> €40.50" in text


@pytest.mark.parametrize(("headers", "is_page"), [(HTMX, False), ({}, True)])
def test_a_refusal_stands_beside_the_field_that_keeps_what_was_typed(alice, headers, is_page):
    answer = alice.client.post(CODES, {"code": "<sprung>"}, headers=headers)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "We do not know this code." in text
    assert 'value="&lt;sprung&gt;" aria-invalid="true"' in text
    assert ("</html>" in text) == is_page


def test_without_a_script_the_basket_comes_back(alice, code):
    answer = alice.client.post(CODES, {"code": "SPRING"}, follow=True)

    assert "Promo code SPRING" in answer.content.decode()


def test_a_code_is_taken_out_again(alice, code):
    alice.client.post(CODES, {"code": "SPRING"})

    answer = alice.client.post(f"{CODES}remove/", headers=HTMX)

    assert "−€" not in answer.content.decode()
    assert alice.booking.promo_code is None


def test_who_guesses_codes_has_to_wait(alice, code, settings):
    settings.WRONG_CODES_PER_ADDRESS = 2
    for _number in range(2):
        alice.client.post(CODES, {"code": "SPRING"}, headers=HTMX)
        alice.client.post(CODES, {"code": "GUESS"}, headers=HTMX)

    answer = alice.client.post(CODES, {"code": "SPRING"}, headers=HTMX)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Many unknown codes" in answer.content.decode()


def test_a_lapsed_basket_is_said_to_be_one(client, code):
    answer = client.post(CODES, {"code": "SPRING"}, follow=True)

    assert "Your time ran out" in answer.content.decode()


def test_the_checkout_asks_for_the_reduced_sum(alice, code):
    alice.client.post(CODES, {"code": "SPRING"})

    text = alice.client.get("/checkout/").content.decode()

    assert "Promo code SPRING" in text
    assert 'name="shown" value="81.00"' in text


def test_the_booking_and_its_mail_say_what_was_taken_off(client, reduced):
    send_confirmation(booking_id=reduced.pk)

    page = client.get(reduced.get_absolute_url()).content.decode()
    assert "<dt>Promo code SPRING</dt><dd>−€9.00</dd>" in page
    assert "Promo code SPRING, taken off already: €9.00" in mail.outbox[0].body


def test_the_receipt_names_the_code_and_the_price_before_it(reduced):
    content = describe_sale(reduced, list_items(reduced))

    line = read_content(Receipt(content=content))["lines"][0]
    assert (str(line["price"]), str(line["full_price"]), line["promo_code"]) == ("€40.50", "€45.00", "SPRING")
    assert content["total"] == "81.00"
