"""Every way a payment can go has its own honest page, and loses nothing that was typed."""

import uuid
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from bookings.models import Booking, Place
from payments.models import Payment, Refund
from payments.services.cancelling import refund_amount
from payments.services.settling import settle_unpaid_bookings
from tests.customer import HTMX, Customer, hear_from, run_out_of_time, run_outbox
from tests.factories import get_place, make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    return Customer(client)


@pytest.fixture
def event_session():
    return make_event_session("A1 A2", {"Floor": 3}, now=timezone.now())


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_paid_leads_to_the_tickets_and_empties_the_basket(alice, event_session, provider):
    payment = alice.go_to_provider(event_session, "A1", standing={"Floor": 2})
    provider.pay(payment.provider_id)

    response = alice.come_back(payment)

    payment.booking.refresh_from_db()
    assert response.url == payment.booking.get_absolute_url()
    assert response.cookies["basket"].value == ""
    assert payment.booking.tickets.count() == 3
    assert alice.come_back(payment).url == response.url, "a reload is harmless"


def test_staff_reach_no_customers_tickets_by_a_payments_id(alice, event_session, provider, client):
    payment = alice.go_to_provider(event_session)
    provider.pay(payment.provider_id)
    client.force_login(make_user("fiona", is_staff=True))

    assert client.get(payment.get_absolute_url()).status_code == 404
    assert client.post(f"{payment.get_absolute_url()}give-up/").status_code == 404


def test_what_the_address_says_is_no_proof(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)

    html = text_of(alice.come_back(payment, "paid"))

    assert "We are waiting for the bank" in html
    assert not alice.booking.is_confirmed


def test_a_slow_payment_waits_and_turns_into_tickets_by_itself(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    provider.pay(payment.provider_id, "slow")

    waiting = text_of(alice.come_back(payment, "pending"))
    assert "We are waiting for the bank" in waiting
    assert '<meta http-equiv="refresh"' in waiting, "without JavaScript too"
    polled = text_of(alice.come_back(payment, "pending", headers=HTMX))
    assert polled.lstrip().startswith("<div"), "htmx gets the state alone"

    provider.pay(payment.provider_id, "late")
    done = alice.come_back(payment, "pending", headers=HTMX)
    assert done.headers["HX-Redirect"] == payment.booking.get_absolute_url()


def test_a_decline_says_so_and_another_try_on_the_same_page_works(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    provider.pay(payment.provider_id, "declined")

    html = text_of(alice.come_back(payment, "declined"))
    assert "Your payment was declined" in html
    assert "Nothing was charged." in html
    assert payment.page_url in html

    provider.pay(payment.provider_id)
    assert alice.come_back(payment).url == payment.booking.get_absolute_url()


def test_leaving_the_page_closes_it_and_the_form_is_still_filled(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)

    html = text_of(alice.come_back(payment, "cancelled"))

    assert "You have not paid yet" in html
    assert alice.booking.status == Booking.Status.HELD
    assert provider.gateway.get_payment(payment.provider_id).failure == "abandoned"
    assert 'value="alice@example.com"' in alice.client.get("/checkout/").content.decode()
    assert alice.pay_button().url != payment.page_url


def test_money_that_was_quicker_than_leaving_wins(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    provider.pay(payment.provider_id)

    assert alice.come_back(payment, "cancelled").url == payment.booking.get_absolute_url()


def test_giving_up_leads_back_to_the_basket(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)

    response = alice.client.post(f"{payment.get_absolute_url()}give-up/")

    assert response.url == "/basket/"
    assert alice.booking.status == Booking.Status.HELD


def test_giving_up_too_late_leads_to_the_tickets(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    provider.pay(payment.provider_id)

    response = alice.client.post(f"{payment.get_absolute_url()}give-up/", follow=True)

    assert response.redirect_chain[-1][0] == payment.booking.get_absolute_url()


def test_while_the_provider_is_away_the_page_waits_and_nothing_is_given_up(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    provider.set(unavailable=True)

    for outcome in ("paid", "cancelled"):
        assert "We are waiting for the bank" in text_of(alice.come_back(payment, outcome))
    given_up = alice.client.post(f"{payment.get_absolute_url()}give-up/")

    assert given_up.url == payment.get_absolute_url()
    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING


def test_time_that_ran_out_before_the_money_is_told_with_a_way_on(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    run_out_of_time(payment.booking)
    settle_unpaid_bookings(now=timezone.now())

    html = text_of(alice.come_back(payment, "expired"))

    assert "Your time ran out" in html
    assert "Nothing was charged." in html
    assert event_session.get_absolute_url() in html
    assert get_place(event_session, "A1").state == Place.State.FREE


def test_late_money_for_places_that_are_still_free_brings_the_same_ones(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    run_out_of_time(payment.booking)
    settle_unpaid_bookings(now=timezone.now())
    provider.pay(payment.provider_id, "late")

    hear_from(provider, payment)

    payment.booking.refresh_from_db()
    assert payment.booking.is_confirmed
    assert get_place(event_session, "A1").booking == payment.booking


def test_late_money_for_places_that_are_gone_comes_back_and_the_page_says_so(alice, event_session, provider):
    payment = alice.go_to_provider(event_session, "A1 A2")
    run_out_of_time(payment.booking)
    settle_unpaid_bookings(now=timezone.now())
    Customer().hold(event_session, "A1")
    provider.pay(payment.provider_id, "late")
    hear_from(provider, payment)

    html = text_of(alice.come_back(payment))
    assert "Your money is on its way back" in html
    assert "€90.00" in html

    run_outbox()
    payment.refresh_from_db()
    assert payment.status == Payment.Status.REFUNDED
    assert payment.refunds.get().status == Refund.Status.SUCCEEDED
    assert [message.subject for message in mail.outbox] == ["Your payment came too late, and you get it back"]
    assert "Your money is on its way back" in text_of(alice.come_back(payment))


def test_late_money_is_found_by_a_look_at_the_page_when_no_webhook_came(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    alice.come_back(payment, "cancelled")
    provider.pay(payment.provider_id, "late")

    assert alice.come_back(payment).url == payment.booking.get_absolute_url()


def test_someone_signed_in_finds_the_paid_booking_in_the_account(alice, event_session, provider):
    alice.client.force_login(make_user("alice"))
    payment = alice.go_to_provider(event_session)
    provider.pay(payment.provider_id)
    alice.come_back(payment)

    assert payment.booking.reference in text_of(alice.client.get("/bookings/"))


def test_goodwill_for_valid_tickets_is_not_told_as_money_that_came_too_late(alice, event_session, provider):
    payment = alice.go_to_provider(event_session)
    provider.pay(payment.provider_id)
    alice.come_back(payment)
    asked = {"booking_id": payment.booking.pk, "key": "1", "note": "", "now": timezone.now(), "actor": make_user("sue")}
    refund_amount(amount=Decimal(5), **asked)

    assert alice.come_back(payment).url == payment.booking.get_absolute_url()


def test_an_unknown_payment_is_not_found(client):
    assert client.get(f"/payments/{uuid.uuid4()}/").status_code == 404
    assert client.post(f"/payments/{uuid.uuid4()}/give-up/").status_code == 404
