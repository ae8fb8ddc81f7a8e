"""Paying with credit at checkout: the sum is shown before it is asked for."""

import pytest
from django.utils import timezone
from djmoney.money import Money

from payments.models import CREDIT, Payment, Voucher
from tests.customer import TYPED, Customer
from tests.factories import make_event_session, make_user
from tests.vouchers import make_voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    customer = Customer(client)
    customer.hold(make_event_session("A1 A2", now=timezone.now()), "A1")
    return customer


def make_usable(price: str = "20.00", **fields) -> Voucher:
    return make_voucher(price, now=timezone.now(), **fields)


def test_a_typed_code_shows_the_new_sum_first_and_keeps_what_was_typed(alice, provider):
    voucher = make_usable()

    response = alice.client.post("/checkout/", {**TYPED, "phone": "", "code": voucher.spoken_code, "look": "1"})

    html = response.content.decode()
    assert response.status_code == 200
    assert "Your voucher pays €20.00. You pay the other €25.00." in html
    assert "Pay €25.00" in html
    assert 'value="alice@example.com"' in html
    assert "This field is required" not in html
    assert not Payment.objects.filter(booking=alice.booking).exists()


def test_then_the_rest_is_paid_at_the_provider(alice, provider):
    voucher = make_usable()

    response = alice.pay_button(code=voucher.spoken_code, shown="25.00")

    payment = alice.booking.payments.get(gateway="sandbox")
    assert response.url == payment.page_url
    assert provider.gateway.get_payment(payment.provider_id).amount == Money(25, "EUR")
    assert payment.credit.voucher == voucher


@pytest.mark.parametrize("shown", ["45.00", "", "44.00"])
def test_nobody_pays_a_sum_that_the_page_did_not_show(alice, provider, shown):
    voucher = make_usable()

    response = alice.pay_button(code=voucher.spoken_code, shown=shown)

    assert "Pay €25.00" in response.content.decode()
    assert not Payment.objects.filter(booking=alice.booking).exists()


def test_a_code_that_was_taken_out_again_charges_no_more_than_was_shown(alice, provider):
    response = alice.pay_button(code="", shown="25.00")

    assert "Pay €45.00" in response.content.decode()
    assert not Payment.objects.filter(booking=alice.booking).exists()


def test_credit_that_covers_all_leads_straight_to_the_tickets(alice, settings):
    settings.PAYMENT_GATEWAYS = []
    voucher = make_usable("50.00")

    page = alice.client.post("/checkout/", {**TYPED, "code": voucher.spoken_code, "look": "1"}).content.decode()
    assert "Your voucher pays all of it: €45.00." in page
    assert "Get the tickets" in page
    response = alice.pay_button(code=voucher.spoken_code, shown="0.00")

    assert response.url == alice.booking.get_absolute_url()
    assert alice.booking.is_confirmed
    assert alice.payment.gateway == CREDIT


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "WRNG"}, "There is no voucher with this code."),
        ({"balance": 0}, "Nothing is left on this voucher."),
        ({"expires_at": timezone.now()}, "This voucher was good until"),
        ({"amount_currency": "USD"}, "This voucher is in USD"),
    ],
)
def test_a_code_that_cannot_pay_is_told_beside_its_field(alice, change, words):
    voucher = make_usable()
    Voucher.objects.update(**change)

    for more in ({"look": "1"}, {}):
        response = alice.pay_button(code=voucher.spoken_code, shown="45.00", **more)
        assert response.status_code == 422
        assert words in response.content.decode()
    assert not Payment.objects.filter(booking=alice.booking).exists()


def test_ones_own_credit_is_offered_without_typing_and_nobody_elses(alice, provider):
    user = make_user("alice")
    mine, other = make_usable(buyer=user), make_usable("30.00", buyer=make_user("bob"))
    alice.client.force_login(user)

    html = alice.client.get("/checkout/").content.decode()
    assert f"€20.00 of credit ({mine}), good until" in html
    assert "€30.00 of credit" not in html

    assert alice.pay_button(voucher=str(other.pk), shown="15.00").status_code == 422
    alice.pay_button(voucher=str(mine.pk), shown="25.00")
    assert alice.booking.payments.get(gateway=CREDIT).voucher == mine


def test_after_a_decline_the_code_is_still_there(alice, provider):
    voucher = make_usable()
    alice.pay_button(code=voucher.spoken_code, shown="25.00")
    payment = alice.booking.payments.get(gateway="sandbox")
    alice.client.post(f"{payment.get_absolute_url()}give-up/")

    html = alice.client.get("/checkout/").content.decode()

    assert voucher.spoken_code in html
    assert "Pay €25.00" in html


def test_a_page_of_credit_alone_leads_nowhere(alice):
    voucher = make_usable("45.00")
    alice.pay_button(code=voucher.spoken_code, shown="0.00")

    assert alice.client.get(alice.payment.get_absolute_url()).status_code == 404
