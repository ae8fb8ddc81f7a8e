"""Whom a receipt is for is asked at checkout, of those who want to say it."""

from unittest.mock import patch

import pytest
from django.utils import timezone

from payments.models import BillingDetails, Receipt
from payments.services.receipts import keep_billing_details
from tests.booking import go_to_payment, hold, pay
from tests.factories import make_event_session
from ticketing.outbox.tasks import deliver_outbox

pytestmark = pytest.mark.django_db
ACME = {"company": "Acme GmbH", "address": "Ring 1\n1010 Wien", "tax_number": "ATU 1"}
CONTACT = {"name": "Alice", "phone": "+436601234567", "email": "alice@example.com", "method": "card"}
EMPTY = dict.fromkeys(ACME, "")


@pytest.fixture
def basket(client):
    booking = hold(make_event_session("A1", now=timezone.now()), "A1", now=timezone.now())
    client.cookies["basket"] = booking.access_key
    return booking


def send(client, **answers):
    with patch("payments.views.checkout.start_payment") as start:
        start.return_value.saved_method_id, start.return_value.page_url = None, "https://pay.example.com/"
        return client.post("/checkout/", {**CONTACT, **EMPTY, **answers})


def test_what_was_typed_is_on_the_receipt(client, basket):
    assert send(client, **ACME).status_code == 302

    pay(go_to_payment(basket, now=timezone.now()), timezone.now())
    deliver_outbox()

    assert Receipt.objects.get().content["recipient"] == ["Acme GmbH", "Ring 1", "1010 Wien", "ATU 1"]


def test_most_people_type_nothing_and_nothing_is_kept(client, basket):
    page = client.get("/checkout/").content.decode()
    assert '<details class="more">' in page

    assert send(client).status_code == 302
    assert not BillingDetails.objects.exists()


@pytest.mark.parametrize("missing", ["company", "address"])
def test_half_of_it_is_asked_for_again(client, basket, missing):
    response = send(client, **{**ACME, missing: " "})

    assert response.status_code == 422
    assert "The receipt needs this as well." in response.content.decode()
    assert '<details class="more" open>' in response.content.decode()
    assert not BillingDetails.objects.exists()


def test_it_comes_back_filled_in_and_can_be_taken_back(client, basket):
    send(client, **ACME)
    page = client.get("/checkout/").content.decode()
    assert 'value="Acme GmbH"' in page
    assert '<details class="more" open>' in page

    send(client)

    assert not BillingDetails.objects.exists()


def test_who_only_looks_at_the_new_sum_keeps_what_was_typed(client, basket):
    page = client.post("/checkout/", {**CONTACT, **ACME, "look": "1"}).content.decode()

    assert 'value="Acme GmbH"' in page
    assert not BillingDetails.objects.exists()


def test_a_paid_booking_keeps_the_name_it_was_paid_with(basket):
    keep_billing_details(booking_id=basket.pk, **ACME)
    pay(go_to_payment(basket, now=timezone.now()), timezone.now())

    keep_billing_details(booking_id=basket.pk, **{**ACME, "company": "Other"})
    keep_billing_details(booking_id=basket.pk, **EMPTY)

    assert BillingDetails.objects.get().company == "Acme GmbH"


def test_nothing_is_asked_where_nothing_is_to_pay(client):
    booking = hold(make_event_session("A1", price="0", now=timezone.now()), "A1", now=timezone.now())
    client.cookies["basket"] = booking.access_key

    assert 'name="company"' not in client.get("/checkout/").content.decode()
