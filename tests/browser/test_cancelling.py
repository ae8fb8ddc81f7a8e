"""Tickets back in a real browser: a customer without JavaScript, and staff who see the sum follow their ticks."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Ticket
from payments.models import Refund
from tests.browser.conftest import PHONE
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def booking(site):
    """Two seats at 45.00 and a fee of 2.50 each; the fees are kept."""
    event = make_event("Bach by Candlelight", fee_per_ticket="2.50", refund_free_hours=48, refund_kept_percent=50)
    now = timezone.now()
    return make_confirmed_booking(make_event_session("A1 A2", event=event, now=now), "A1 A2", now=now)


def test_a_customer_gives_one_ticket_back_without_javascript(visit, booking):
    alice = visit("alice-phone", java_script_enabled=False, **PHONE)
    page = alice.page
    page.goto(booking.get_absolute_url())
    page.get_by_role("link", name="Cancel tickets").click()
    page.get_by_role("checkbox", name=re.compile("row A, seat 2")).check()
    page.get_by_role("button", name="See what you get back").click()
    expect(page.get_by_role("heading", name="Cancel this ticket?")).to_be_visible()
    page.get_by_role("button", name="Cancel and get €45.00 back").click()

    expect(page.get_by_text("It is cancelled. €45.00 is on its way back to you.")).to_be_visible()
    expect(page.get_by_role("heading", name="Money back")).to_be_visible()
    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 1
    assert Refund.objects.get().amount.amount == 45


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_on_the_way_breaks_no_rule_of_accessibility(visit, booking, scheme):
    alice = visit(f"alice-{scheme}", color_scheme=scheme)
    alice.page.goto(f"{booking.get_absolute_url()}cancel/")
    alice.look("cancel-choose")
    alice.page.goto(f"{booking.get_absolute_url()}cancel/?all=1")
    alice.look("cancel-agree")
    alice.page.get_by_label("As credit for another visit, at once").check()
    alice.page.get_by_role("button", name="Cancel and get €90.00 back").click()
    expect(alice.page.get_by_role("heading", name="This booking was cancelled")).to_be_visible()
    alice.look("cancel-done")


def test_staff_see_the_sum_follow_what_they_tick(visit, booking):
    staff = visit("support")
    staff.sign_in(make_user("support", is_staff=True, is_superuser=True))
    page = staff.page
    page.goto(f"/admin/bookings/booking/{booking.pk}/refund/")
    total = page.locator("#refund-sum .refund__total").last

    page.get_by_role("checkbox", name=re.compile("row A, seat 1")).check()
    expect(total).to_have_text("€45.00")
    page.get_by_role("checkbox", name=re.compile("row A, seat 2")).check()
    expect(total).to_have_text("€90.00")
    page.get_by_label("this sum:").check()
    page.get_by_label("Sum to keep (EUR)").fill("12.50")
    expect(total).to_have_text("€82.50")
    page.get_by_label("Reason").first.fill("She is ill.")
    staff.look("refund-sum")
    page.get_by_role("button", name="Cancel these tickets").click()

    expect(page.get_by_text("2 tickets are cancelled.")).to_be_visible()
    assert Refund.objects.get().amount.amount == 82.5
