"""The code for a guest's address, from the checkout's form to the provider's page."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, EmailCode
from bookings.models.email_code import MOST_TRIES
from payments.models import Payment
from tests.booking import CONTACT, confirm
from tests.customer import TYPED, Customer, run_out_of_time, run_outbox
from tests.factories import make_event_session, make_user

pytestmark = pytest.mark.django_db
PAGE = "/checkout/email/"


@pytest.fixture
def guest(client):
    return Customer(client)


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 A4", now=timezone.now(), verifies_guests=True, customer_limit=2)


def hidden_fields(response):
    """What the page brings along from the checkout."""
    html = response.content.decode()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))


def read_code():
    run_outbox()
    return re.search(r"^\d{6}$", mail.outbox[-1].body, re.MULTILINE)[0]


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def type_in(customer, code, **typed):
    return customer.client.post(PAGE, {**TYPED, **typed, "email_code": code})


def test_from_the_form_by_the_mail_to_the_payment(guest, event_session, provider):
    guest.hold(event_session, "A1")

    asked = guest.pay_button(shown="45.00", method="card")

    html = asked.content.decode()
    assert asked.status_code == 200
    assert "Check your mail" in html
    assert "alice@example.com" in html
    assert "kept until" in html
    assert 'autocomplete="one-time-code"' in html
    assert 'inputmode="numeric"' in html
    assert hidden_fields(asked).items() >= {**TYPED, "shown": "45.00", "method": "card"}.items()
    assert not Payment.objects.exists()

    code = read_code()
    paying = guest.client.post(PAGE, {**hidden_fields(asked), "email_code": f"{code[:3]} {code[3:]}"})

    assert paying.url == guest.payment.page_url
    assert guest.booking.verified_key == "alice@example.com"
    assert "alice" not in guest.client.cookies["emails"].value


def test_a_wrong_code_is_told_beside_the_field_and_what_was_typed_stays(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.pay_button()

    refused = type_in(guest, other_than(read_code()))

    html = refused.content.decode()
    assert refused.status_code == 422
    assert "This is not the code we mailed you." in html
    assert 'aria-invalid="true"' in html
    assert hidden_fields(refused)["name"] == "Alice"
    assert not Payment.objects.exists()
    assert type_in(guest, "").status_code == 422


def test_after_five_tries_only_a_new_code_helps(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.pay_button()
    code = read_code()
    for _ in range(MOST_TRIES):
        type_in(guest, other_than(code))

    refused = type_in(guest, code)
    assert "mistyped too often" in refused.content.decode()

    again = guest.client.post(PAGE, {**TYPED, "again": "1"})
    assert "A new code is on its way." in again.content.decode()
    assert hidden_fields(again)["name"] == "Alice"
    assert type_in(guest, read_code()).url == guest.payment.page_url


def test_an_old_code_is_refused(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.pay_button()
    code = read_code()
    EmailCode.objects.update(valid_until=timezone.now() - timedelta(seconds=1))

    assert "This code is too old" in type_in(guest, code).content.decode()


def test_when_the_time_ran_out_the_basket_says_so(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.pay_button()
    code = read_code()
    run_out_of_time(guest.booking)

    assert type_in(guest, code).url == "/basket/"
    assert guest.client.get(PAGE).url == "/basket/"


def test_another_address_is_asked_for_anew(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.pay_button()

    assert "Check your mail" in type_in(guest, read_code(), email="bob@example.com").content.decode()

    run_outbox()
    assert mail.outbox[-1].to == ["bob@example.com"]
    assert not Payment.objects.exists()


def test_the_address_can_be_corrected_with_all_that_was_typed(guest, event_session, provider):
    guest.hold(event_session, "A1")
    asked = guest.pay_button(email="alcie@example.com")

    form = guest.client.post("/checkout/", {**hidden_fields(asked), "look": "1"})

    html = form.content.decode()
    assert "Who is coming?" in html
    assert all(f'value="{value}"' in html for value in ("Alice", "alcie@example.com"))


def test_who_goes_back_and_presses_again_gets_no_second_mail_and_may_use_the_first(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.pay_button()
    assert 'value="alice@example.com"' in guest.client.get("/checkout/").content.decode()

    guest.pay_button()

    code = read_code()
    assert len(mail.outbox) == 1
    assert type_in(guest, code).url == guest.payment.page_url
    # And once more, from the page that the back button shows.
    assert type_in(guest, code).url == guest.payment.page_url
    assert guest.client.get(PAGE).url == "/checkout/"


def test_the_page_by_its_address_works_and_leads_back_to_the_form(guest, event_session, provider):
    assert guest.client.get(PAGE).url == "/basket/"
    guest.hold(event_session, "A1")
    assert guest.client.get(PAGE).url == "/checkout/"
    guest.pay_button()

    assert "Check your mail" in guest.client.get(PAGE).content.decode()

    code = read_code()
    assert guest.client.post(PAGE, {"email_code": code}).url == "/checkout/"
    assert guest.pay_button().url == guest.payment.page_url


def test_the_next_basket_of_this_browser_is_not_asked_and_another_browsers_is(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.pay_button()
    type_in(guest, read_code())
    confirm(guest.booking, timezone.now())

    guest.hold(event_session, "A2")
    assert guest.pay_button(email="Alice+2@example.com").url == guest.payment.page_url

    stranger = Customer(Client())
    stranger.hold(event_session, "A3")
    assert "Check your mail" in stranger.pay_button(phone="+43 660 7654321").content.decode()


def test_a_cookie_that_somebody_wrote_themselves_opens_nothing(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.client.cookies["emails"] = '["alice@example.com"]:1:forged'

    assert "Check your mail" in guest.pay_button().content.decode()


def test_an_email_is_needed_and_the_form_says_so_beside_it(guest, event_session, provider):
    guest.hold(event_session, "A1")

    refused = guest.pay_button(email="")

    assert refused.status_code == 422
    assert "asks for a confirmed email address, so please tell us yours." in refused.content.decode()
    assert not EmailCode.objects.exists()


@pytest.mark.parametrize("verified", [True, False])
def test_who_is_signed_in_with_a_verified_address_is_not_asked(guest, event_session, provider, verified):
    user = make_user("alice")
    EmailAddress.objects.create(user=user, email="alice@example.com", verified=verified)
    guest.client.force_login(user)
    guest.hold(event_session, "A1")

    answer = guest.pay_button()

    assert (answer.status_code == 302) is verified
    assert EmailCode.objects.exists() is not verified


def test_crafted_requests_come_no_further(guest, event_session, provider):
    guest.hold(event_session, "A1")

    for typed in ({"email_code": "000000"}, {"verified_keys": "alice@example.com"}, {"shown": "0"}):
        guest.client.post("/checkout/", {**TYPED, **typed})
        guest.client.post(PAGE, {**TYPED, **typed})

    assert not Payment.objects.exists()
    assert guest.booking.status == Booking.Status.HELD


def test_an_ordinary_session_knows_no_such_page(guest, provider):
    guest.hold(make_event_session("B1", now=timezone.now()), "B1")

    assert guest.pay_button().url == guest.payment.page_url
    assert guest.client.get(PAGE).url == "/checkout/"
    assert not EmailCode.objects.exists()


def test_many_codes_to_one_letter_box_are_refused_kindly(guest, event_session, provider):
    guest.hold(event_session, "A1")
    guest.pay_button()
    answers = [guest.client.post(PAGE, {**TYPED, "again": "1"}) for _ in range(6)]

    refused = answers[-1]
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "We have mailed many codes by now." in refused.content.decode()
    assert CONTACT.email in refused.content.decode()
