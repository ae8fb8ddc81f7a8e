"""Checkout: who is coming, and on to the provider's page."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from bookings.errors import HoldLapsedError
from bookings.models import Booking
from payments.models import Payment
from payments.services.calling_off import call_off_session
from tests.booking import confirm
from tests.customer import TYPED, Customer, run_out_of_time
from tests.factories import make_event, make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    return Customer(client)


@pytest.fixture
def event_session():
    return make_event_session("A1 A2", now=timezone.now(), event=make_event(fee_per_ticket="1.50"))


def test_without_a_basket_there_is_nothing_to_pay(client):
    assert client.get("/checkout/").url == "/basket/"
    assert client.post("/checkout/", {}).url == "/basket/"


def test_the_total_with_fees_is_on_the_button(alice, event_session):
    alice.hold(event_session, "A1 A2")

    html = alice.client.get("/checkout/").content.decode()

    assert "Pay €93.00" in html
    assert "No account needed." in html


def test_the_terms_of_cancelling_are_said_before_paying(alice, event_session):
    alice.hold(event_session, "A1")
    html = alice.client.get("/checkout/").content.decode()
    assert "Tickets cannot be given back." in html
    # On a phone one thing stands below the other, and nobody scrolls past the button.
    assert html.index("Tickets cannot be given back.") < html.index(">Pay €46.50<")

    other = make_event("Macbeth", refund_free_hours=48, refund_kept_percent=50)
    alice.hold(make_event_session("B1", now=timezone.now(), event=other), "B1")

    html = alice.client.get("/checkout/").content.decode()
    words = "Macbeth: Free cancellation until 48 hours before the start, then 50 % of the price is kept."
    assert words in html
    assert f"{event_session.event.title}: Tickets cannot be given back." in html


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"phone": ""}, "This field is required."),
        ({"phone": "12"}, "This number seems incomplete."),
        ({"email": "alice@"}, "Enter a valid email address."),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_the_rest_stays(alice, event_session, provider, typed, words):
    alice.hold(event_session, "A1")

    response = alice.pay_button(**typed)

    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert 'aria-invalid="true"' in html
    kept = {"name": "Alice", "email": "alice@example.com"} | typed
    assert all(f'value="{value}"' in html for value in kept.values() if value)
    assert not Payment.objects.exists()
    assert alice.booking.status == Booking.Status.HELD


def test_a_local_number_is_read_as_of_the_venues_country_and_the_email_may_stay_empty(alice, event_session, provider):
    alice.hold(event_session, "A1")

    response = alice.pay_button(phone="0660 1234567", email="")

    assert response.url == alice.payment.page_url
    assert str(alice.booking.phone) == "+436601234567"


def test_pressing_twice_leads_to_the_same_page(alice, event_session, provider):
    alice.hold(event_session, "A1")

    first, second = alice.pay_button(), alice.pay_button()

    assert first.url == second.url
    assert Payment.objects.count() == 1


def test_going_to_payment_keeps_the_places_over_the_payment_window_once(alice, event_session, provider, settings):
    alice.hold(event_session, "A1")
    alice.pay_button()
    until = alice.booking.held_until

    alice.pay_button()

    assert until >= timezone.now() + settings.PAYMENT_WINDOW - timedelta(minutes=1)
    assert alice.booking.held_until == until


def test_while_the_provider_is_away_nothing_is_lost_and_the_page_says_so(alice, event_session, provider):
    provider.set(unavailable=True)
    alice.hold(event_session, "A1")

    refused = alice.pay_button()

    assert refused.status_code == 503
    assert "The payment service is not answering just now." in refused.content.decode()
    assert 'value="alice@example.com"' in refused.content.decode()
    assert alice.booking.status == Booking.Status.HELD
    assert alice.payment.failure == Payment.Failure.UNREACHABLE

    provider.set(unavailable=False)
    assert alice.pay_button().status_code == 302


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_time_that_ran_out_on_the_form_is_told_and_what_was_typed_is_not_asked_again(
    alice, event_session, is_signed_in
):
    if is_signed_in:
        alice.client.force_login(make_user("al"))
    alice.hold(event_session, "A1")
    run_out_of_time(alice.booking)

    response = alice.client.post("/checkout/", TYPED | {"phone": "0660 1234567"}, follow=True)
    alice.hold(event_session, "A2")

    assert "Your time ran out" in response.content.decode()
    form = alice.client.get("/checkout/").context["form"]
    assert [str(form[name].value()) for name in ("name", "phone", "email")] == [
        "Alice",
        "+436601234567",
        "alice@example.com",
    ]


def test_of_what_was_typed_too_late_a_mistake_is_forgotten_and_the_rest_kept(alice, event_session):
    alice.hold(event_session, "A1")
    run_out_of_time(alice.booking)

    alice.pay_button(email="alice@")
    alice.hold(event_session, "A2")

    form = alice.client.get("/checkout/").context["form"]
    assert (form["name"].value(), form["email"].value()) == ("Alice", "")


def test_nobody_writes_into_the_lapsed_basket_of_somebody_elses_account(alice, event_session):
    alice.client.force_login(make_user("alice"))
    alice.hold(event_session, "A1")
    lapsed = alice.booking
    run_out_of_time(lapsed)
    alice.client.logout()
    alice.client.cookies["basket"] = lapsed.access_key

    alice.pay_button(name="Mallory")

    lapsed.refresh_from_db()
    assert lapsed.name == "Alice"


def test_a_second_press_leads_to_the_tickets_that_the_first_one_got(alice):
    alice.hold(make_event_session("A1", price="0.00", now=timezone.now()), "A1")

    first, second = alice.pay_button(), alice.pay_button()

    assert first.url == second.url == alice.booking.get_absolute_url()


def test_two_presses_at_the_same_moment_both_lead_to_the_tickets(alice):
    alice.hold(make_event_session("A1", price="0.00", now=timezone.now()), "A1")

    def lose_to_the_other_press(**_facts):
        confirm(alice.booking, timezone.now())
        raise HoldLapsedError

    with patch("payments.views.checkout.start_checkout", lose_to_the_other_press):
        response = alice.pay_button()

    assert response.url == alice.booking.get_absolute_url()


def test_a_booking_that_costs_nothing_needs_no_provider(alice):
    alice.hold(make_event_session("A1", price="0.00", now=timezone.now()), "A1")
    assert "Nothing to pay" in alice.client.get("/checkout/").content.decode()

    response = alice.pay_button()

    assert response.url == alice.booking.get_absolute_url()
    assert alice.booking.is_confirmed
    assert not Payment.objects.exists()


def test_a_basket_at_payment_cannot_be_changed_beside_it(alice, event_session, provider):
    alice.go_to_provider(event_session, "A1")

    html = alice.client.get("/basket/").content.decode()
    assert "A payment is open in another window." in html
    assert alice.hold(event_session, "A2").status_code == 409
    released = alice.client.post("/basket/release/", follow=True)
    assert "A payment for your basket is under way." in released.content.decode()
    assert alice.booking.status == Booking.Status.AWAITING_PAYMENT


def test_a_guest_who_signs_in_on_the_way_finds_the_booking_in_the_account(alice, event_session, provider):
    alice.hold(event_session, "A1")
    user = make_user("alice")
    alice.client.force_login(user)

    alice.pay_button()

    assert alice.booking.buyer == user


def test_nobody_pays_for_a_date_that_was_cancelled_meanwhile(alice, event_session, provider):
    alice.hold(event_session, "A1")
    call_off_session(event_session_id=event_session.pk, reason="", actor=None, now=timezone.now())

    answers = [alice.client.get("/checkout/"), alice.pay_button()]

    assert [each.url for each in answers] == ["/basket/", "/basket/"]
    basket = alice.client.get("/basket/", follow=True).content.decode()
    assert "was cancelled by the organiser, so its places left your basket. You paid nothing." in basket
    assert Booking.objects.get().status == Booking.Status.CANCELLED
    assert not Payment.objects.exists()


def test_at_payment_a_cancelled_date_is_taken_out_by_who_gives_the_payment_up(alice, event_session, provider):
    payment = alice.go_to_provider(event_session, "A1")
    call_off_session(event_session_id=event_session.pk, reason="", actor=None, now=timezone.now())

    assert "Remove it from your basket" in alice.client.get("/checkout/", follow=True).content.decode()
    alice.client.post(f"{payment.get_absolute_url()}give-up/")
    alice.client.get("/basket/")

    assert alice.booking.status == Booking.Status.CANCELLED
