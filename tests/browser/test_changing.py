"""A customer moves tickets to another date in a real browser, and pays the difference on the provider's page."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking, Ticket
from tests.browser.conftest import PHONE, map_of
from tests.factories import make_confirmed_booking, make_event, make_event_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def event(site):
    return make_event("Bach by Candlelight", change_free_hours=24)


@pytest.fixture
def booking(event):
    """Two seats at 45.00, and another date at 60.00."""
    now = timezone.now()
    make_event_session("B1 B2 B3", event=event, now=now, price="60.00")
    first = make_event_session("A1 A2 A3 A4", event=event, now=now, ticket_types={"Child": "20.00"})
    return make_confirmed_booking(first, "A1 A2", now=now)


def start(page, booking, *labels):
    page.goto(booking.get_absolute_url())
    page.get_by_role("link", name="Change tickets").click()
    for label in labels:
        page.get_by_role("checkbox", name=re.compile(label)).check()


def test_one_ticket_goes_to_another_seat_and_nothing_is_due(visit, booking):
    alice = visit("alice")
    page = alice.page
    start(page, booking, "row A, seat 2")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Choose 1 place.")).to_be_visible()
    map_of(page).get_by_role("checkbox", name=re.compile("Row A, seat 3", re.IGNORECASE)).check()
    page.get_by_role("button", name="Keep these places").click()
    expect(page.get_by_text("All places are chosen.")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Change now").last.click()

    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()
    expect(page.get_by_text("These tickets replace others:")).to_be_visible()
    change = Booking.objects.get(replaces=booking)
    assert change.tickets.get().place.seat.number == "3"
    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 1


def test_without_javascript_another_ticket_type_gives_money_back(visit, booking):
    alice = visit("alice-phone", java_script_enabled=False, **PHONE)
    page = alice.page
    start(page, booking, "row A, seat 1")
    page.get_by_label("The same places with another ticket type").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label(re.compile("Ticket type for")).select_option(label="Child, €20.00")
    page.get_by_role("button", name="Update prices").click()
    expect(page.get_by_text("€25.00")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Change now").last.click()

    expect(page.get_by_text("These tickets replace others:")).to_be_visible()
    page.get_by_role("link", name=f"booking {booking.reference}").click()
    expect(page.get_by_text("Changed: the new tickets are in")).to_be_visible()
    expect(page.get_by_role("heading", name="Money back")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", ["phone", "desk"])
def test_each_page_on_the_way_breaks_no_rule_of_accessibility(visit, booking, scheme, width):
    size = PHONE if width == "phone" else {}
    alice = visit(f"change-{width}-{scheme}", color_scheme=scheme, **size)
    page = alice.page
    page.goto(booking.get_absolute_url())
    alice.look("booking")
    start(page, booking, "row A, seat 1", "row A, seat 2")
    page.get_by_role("combobox").select_option(index=1)
    alice.look("choose-tickets")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Choose 2 places.")).to_be_visible()
    alice.look("map")
    page.goto("/basket/")
    alice.look("empty-basket")
    page.goto(page.get_by_role("link", name="Choose places").get_attribute("href"))
    if width == "phone":  # Open on wide screens.
        page.get_by_text("Find me the best places").click()
    page.get_by_role("button", name="Find and keep them").click()
    expect(page.get_by_text("All places are chosen.")).to_be_visible()
    alice.look("basket")
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/checkout/")
    alice.look("checkout")
