"""A moved date in a real browser: what has changed, and tickets given back."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Ticket
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_hall, make_plan
from tests.rescheduling import move

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def booking(site):
    """Two seats at 45.00 and a fee of 2.50 each, of which one is elsewhere by now."""
    now = timezone.now()
    event_session = make_event_session("A1 A2", event=make_event("Bach by Candlelight", fee_per_ticket="2.50"), now=now)
    booking = make_confirmed_booking(event_session, "A1 A2", now=now)
    move(event_session, later=timedelta(days=1), plan=make_plan("A1 B4", hall=make_hall(name="Small hall")), now=now)
    return booking


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("phone", {**PHONE, "java_script_enabled": False}),
        ("desk-dark", {**DESK, "color_scheme": "dark"}),
    ],
)
def test_a_customer_gives_one_ticket_of_a_moved_date_back(visit, booking, name, options):
    alice = visit(name, **options)
    page = alice.page
    looks = options.get("java_script_enabled", True)
    page.goto(booking.get_absolute_url())
    page.get_by_role("link", name=re.compile("Keep, exchange or give back")).click()
    expect(page.get_by_text("Before: Stalls, row A, seat 2")).to_be_visible()
    if looks:
        alice.look("moved-choice")
    page.get_by_role("checkbox", name=re.compile("row A, seat 1")).uncheck()
    page.get_by_role("button", name="See what you get back").click()
    expect(page.get_by_role("heading", name="Give this ticket back?")).to_be_visible()
    if looks:
        alice.look("moved-sum")
    page.get_by_role("button", name="Give back and get €47.50").click()

    expect(page.get_by_text("€47.50 is on its way to you.")).to_be_visible()
    assert booking.tickets.get(status=Ticket.Status.VALID).place.label == "Stalls, row A, seat 1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone_in_both_schemes(visit, booking, scheme):
    alice = visit(f"phone-{scheme}", color_scheme=scheme, **PHONE)
    alice.page.goto(booking.rescheduled.get().get_absolute_url())
    alice.look("moved-choice")
    alice.page.get_by_role("button", name="See what you get back").click()
    expect(alice.page.get_by_role("heading", name=re.compile("^Give .* back"))).to_be_visible()
    alice.look("moved-sum")
