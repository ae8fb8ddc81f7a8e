"""From a sold-out date to the list, and from the mail to the basket; without any script it works the same."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import WaitingEntry
from bookings.services.sweeping import refresh_event_session
from payments.services.cancelling import cancel_tickets
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_confirmed_booking, make_event, make_event_session
from tests.waiting import serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WINDOWS = {
    "desk-dark": DESK | {"color_scheme": "dark"},
    "phone-light": PHONE | {"color_scheme": "light"},
    "desk-no-script": DESK | {"java_script_enabled": False},
}


@pytest.fixture(params=WINDOWS)
def window(visit, request):
    return visit(request.param, **WINDOWS[request.param])


def test_waiting_and_taking_what_comes_back(window, provider):
    event_session = make_event_session(
        "A1 A2 A3 A4", {"Floor": 2}, now=timezone.now(), event=make_event("Winter Songs", fee_per_ticket="1.50")
    )
    sold = make_confirmed_booking(event_session, "A1 A2 A3 A4", standing={"Floor": 2}, now=timezone.now())
    refresh_event_session(event_session.pk)
    page = window.page
    has_script = "no-script" not in window.name

    def look(what):
        if has_script:  # The checker is a script itself.
            window.look(what)

    page.goto(event_session.event.get_absolute_url())
    page.get_by_role("link", name="Join the waiting list").click()
    page.get_by_label("How many places?").select_option("2")
    page.get_by_role("checkbox", name="Stalls").check()
    page.get_by_label("First name").fill("Bob")
    page.get_by_label("Email").fill("bob")
    look("waiting-list-join")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_text("Enter a valid email address.")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Bob")
    expect(page.get_by_role("checkbox", name="Stalls")).to_be_checked()
    window.forgive("422 (Unprocessable")

    page.get_by_label("Email").fill("bob@example.com")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("heading", name="You are on the waiting list")).to_be_visible()
    expect(page.get_by_text("You are the first in line")).to_be_visible()
    look("waiting-list-waiting")

    ticket_ids = list(sold.tickets.order_by("pk").values_list("pk", flat=True)[:2])
    cancel_tickets(booking_id=sold.pk, ticket_ids=ticket_ids, now=timezone.now())
    serve(event_session, timezone.now())
    page.reload()
    expect(page.get_by_role("heading", name="There are places for you")).to_be_visible()
    expect(page.get_by_text("€93.00")).to_be_visible()
    look("waiting-list-offer")

    page.get_by_role("button", name="Take these places").click()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    expect(page.get_by_text("Stalls, row A, seat 2", exact=True)).to_be_visible()
    page.goto("/checkout/")
    expect(page.get_by_label("Email")).to_have_value("bob@example.com")

    entry = WaitingEntry.objects.get()
    serve(event_session, timezone.now() + timedelta(minutes=31))
    page.goto(entry.get_absolute_url())
    expect(page.get_by_role("heading", name="This offer has ended")).to_be_visible()
    look("waiting-list-missed")
    page.get_by_role("button", name="Join the list again").click()
    expect(page.get_by_text("you can book them now")).to_be_visible()
    page.get_by_role("link", name="Choose places").click()
    expect(page.get_by_role("heading", name="Choose your places")).to_be_visible()
    window.forgive("409 (Conflict")
