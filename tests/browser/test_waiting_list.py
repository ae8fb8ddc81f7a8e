"""From a sold-out date to the list, and from the mail to the basket; without any script it works the same."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.models import Booking
from bookings.services.sweeping import refresh_event_session
from events.models import EventSession
from payments.services.cancelling import cancel_tickets
from tests.browser.conftest import DESK, PHONE, Visit
from tests.factories import make_confirmed_booking, make_event, make_event_session
from tests.waiting import serve, wait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WINDOWS = {
    "desk-dark": DESK | {"color_scheme": "dark"},
    "phone-light": PHONE | {"color_scheme": "light"},
    "desk-no-script": DESK | {"java_script_enabled": False},
}


@pytest.fixture(params=WINDOWS)
def window(visit, request):
    return visit(request.param, **WINDOWS[request.param])


@dataclass(frozen=True)
class SoldOut:
    """A date without a free place, all of it one booking's."""

    event_session: EventSession
    booking: Booking

    def give_two_back(self) -> None:
        """They go to whoever is the first on the list."""
        ticket_ids = list(self.booking.tickets.order_by("pk").values_list("pk", flat=True)[:2])
        cancel_tickets(booking_id=self.booking.pk, ticket_ids=ticket_ids, now=timezone.now())
        serve(self.event_session, timezone.now())


@pytest.fixture
def sold_out(window):
    event = make_event("Winter Songs", fee_per_ticket="1.50")
    event_session = make_event_session("A1 A2 A3 A4", {"Floor": 2}, now=timezone.now(), event=event)
    booking = make_confirmed_booking(event_session, "A1 A2 A3 A4", standing={"Floor": 2}, now=timezone.now())
    refresh_event_session(event_session.pk)
    return SoldOut(event_session, booking)


def look(window: Visit, what: str) -> None:
    if "no-script" not in window.name:  # The checker is a script itself.
        window.look(what)


def ask_for_two_in_the_stalls(page: Page, email: str) -> None:
    page.get_by_label("How many places?").select_option("2")
    page.get_by_role("checkbox", name="Stalls").check()
    page.get_by_label("First name").fill("Bob")
    page.get_by_label("Email").fill(email)


def test_joining_the_list(window, sold_out):
    page = window.page
    page.goto(sold_out.event_session.event.get_absolute_url())
    page.get_by_role("link", name="Join the waiting list").click()
    ask_for_two_in_the_stalls(page, "bob")
    look(window, "waiting-list-join")

    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_text("Enter a valid email address.")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Bob")
    expect(page.get_by_role("checkbox", name="Stalls")).to_be_checked()
    window.forgive("422 (Unprocessable")

    page.get_by_label("Email").fill("bob@example.com")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("heading", name="You are on the waiting list")).to_be_visible()
    expect(page.get_by_text("You are the first in line")).to_be_visible()
    look(window, "waiting-list-waiting")


def test_taking_what_comes_back(window, sold_out):
    page = window.page
    entry = wait(sold_out.event_session, size=2, now=timezone.now())
    page.goto(entry.get_absolute_url())
    sold_out.give_two_back()
    page.reload()
    expect(page.get_by_role("heading", name="There are places for you")).to_be_visible()
    expect(page.get_by_text("€93.00")).to_be_visible()
    look(window, "waiting-list-offer")

    page.get_by_role("button", name="Take these places").click()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    expect(page.get_by_text("Stalls, row A, seat 2", exact=True)).to_be_visible()
    page.goto("/checkout/")
    expect(page.get_by_label("Email")).to_have_value("bob@example.com")


def test_an_offer_that_was_missed(window, sold_out):
    page = window.page
    entry = wait(sold_out.event_session, size=2, now=timezone.now())
    sold_out.give_two_back()
    serve(sold_out.event_session, timezone.now() + timedelta(minutes=31))

    page.goto(entry.get_absolute_url())
    expect(page.get_by_role("heading", name="This offer has ended")).to_be_visible()
    look(window, "waiting-list-missed")
    page.get_by_role("button", name="Join the list again").click()
    expect(page.get_by_text("you can book them now")).to_be_visible()
    page.get_by_role("link", name="Choose places").click()
    expect(page.get_by_role("heading", name="Choose your places")).to_be_visible()
    window.forgive("409 (Conflict")
