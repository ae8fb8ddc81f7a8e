"""Every page a customer can meet: no fault axe-core knows, a silent console, and nothing over the edge."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from bookings.models import Booking
from payments.services.settling import settle_unpaid_bookings
from tests.browser.conftest import DESK, PHONE
from tests.customer import TYPED, run_out_of_time
from tests.factories import PASSWORD, make_confirmed_booking, make_event, make_event_session, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SEATS = " ".join(f"{row}{number}" for row in "ABC" for number in range(1, 11))
NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
WINDOWS = {
    "desk-light": DESK | {"color_scheme": "light"},
    "phone-dark": PHONE | {"color_scheme": "dark"},
    "narrow-light": NARROW | {"color_scheme": "light"},
}


@pytest.fixture
def event_session():
    event = make_event(
        "An Evening of Wondrously Long Names and Short Songs",
        slug="evening",
        summary="A title that has to wrap on a phone.",
        fee_per_ticket="1.50",
    )
    return make_event_session(SEATS, {"Floor": 40}, now=timezone.now(), event=event, ticket_types={"Child": "20.00"})


@pytest.fixture(params=WINDOWS)
def window(visit, request):
    return visit(request.param, **WINDOWS[request.param])


def check(window, what: str) -> None:
    window.look(what)
    width = window.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], f"{what} hangs over the edge"


def test_the_way_to_the_tickets(window, event_session, provider):
    page = window.page
    for path, what in (("/", "home"), ("/events/evening/", "event"), ("/basket/", "basket-empty")):
        page.goto(path)
        check(window, what)

    page.goto(f"/sessions/{event_session.pk}/seats/")
    check(window, "seats")
    for number in (4, 5):
        page.get_by_role("checkbox", name=f"row B, seat {number},").click()
    page.get_by_label("Floor").fill("1")
    check(window, "seats-three")
    page.get_by_role("button", name="Keep these places").click()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    check(window, "basket")
    page.goto(f"/sessions/{event_session.pk}/seats/")
    check(window, "seats-kept")

    page.goto("/checkout/")
    check(window, "checkout")
    page.locator("form.panel").evaluate("form => form.noValidate = true")
    page.get_by_label("First name").fill("Alice")
    page.get_by_label("Phone").fill("12")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_text("This number seems incomplete")).to_be_visible()
    check(window, "checkout-mistake")
    window.forgive("422 (Unprocessable")
    fill_and_pay(page)
    check(window, "provider")

    page.get_by_role("button", name=re.compile("^Pay .*succeeds")).click()
    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()
    check(window, "tickets-of-three")


def fill_and_pay(page) -> None:
    for label, value in (("First name", "name"), ("Phone", "phone"), ("Email", "email")):
        page.get_by_label(label).fill(TYPED[value])
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_role("heading", name="Choose what happens")).to_be_visible()


def test_the_ways_that_end_elsewhere(window, event_session, provider):
    page = window.page
    page.goto(f"/sessions/{event_session.pk}/seats/")
    page.get_by_role("checkbox", name="row B, seat 4,").click()
    page.get_by_role("button", name="Keep these places").click()
    page.get_by_role("link", name="Go to payment").click()
    fill_and_pay(page)
    payment = Booking.objects.get().payments.get()

    page.get_by_role("button", name=re.compile("^Decline")).click()
    expect(page).to_have_title(re.compile("^Declined"))
    page.goto(f"{payment.get_absolute_url()}?outcome=declined")
    expect(page.get_by_role("heading", name="Your payment was declined")).to_be_visible()
    check(window, "declined")
    page.goto("/basket/")
    check(window, "basket-at-payment")
    page.goto(f"{payment.get_absolute_url()}?outcome=cancelled")

    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_label("First name")).to_have_value("Alice")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.get_by_role("button", name=re.compile("^Leave")).click()
    expect(page.get_by_role("heading", name="You have not paid yet")).to_be_visible()
    check(window, "left")

    page.get_by_role("link", name="Try again").click()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    provider.set(slow_seconds=600)
    page.get_by_role("button", name=re.compile("^Slow")).click()
    expect(page.get_by_role("heading", name="We are waiting for the bank")).to_be_visible()
    check(window, "waiting")
    slow = Booking.objects.get().payments.first()
    run_out_of_time(Booking.objects.get())
    settle_unpaid_bookings(now=timezone.now())
    page.goto("/basket/")
    expect(page.get_by_role("heading", name="Your time ran out")).to_be_visible()
    check(window, "basket-lapsed")
    provider.pay(slow.provider_id, "late")
    page.goto(slow.get_absolute_url())
    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()


def test_the_account(window, event_session):
    page = window.page
    alice = make_user("alice")
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    make_confirmed_booking(event_session, "A1 A2", now=timezone.now(), buyer=alice)
    page.goto("/account/signup/")
    check(window, "signup")
    page.goto("/account/login/")
    check(window, "login")
    page.get_by_label("Email").fill(User.objects.get().email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/account/login/" not in address)
    page.goto("/bookings/")
    expect(page.get_by_role("heading", name="Coming up")).to_be_visible()
    check(window, "my-bookings")
    page.goto("/nowhere/")
    check(window, "not-found")
    window.forgive("404 (Not Found)")
