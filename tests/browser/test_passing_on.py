"""A ticket goes from one phone to another in a real browser, and a place comes back on sale."""

import re

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Ticket, Transfer
from scanner.models import Scan
from scanner.services import check_in
from tests.browser.conftest import PHONE
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_user
from ticketing.outbox.tasks import deliver_outbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def booking(site):
    event = make_event("Bach by Candlelight", takes_returns=True, refund_free_hours=48, fee_per_ticket="2.50")
    now = timezone.now()
    return make_confirmed_booking(make_event_session("A1 A2", event=event, now=now), "A1 A2", now=now)


def scan(code, ticket):
    sam = make_user(f"sam{Scan.objects.count()}")
    return check_in(
        code=code,
        event_session_id=ticket.event_session_id,
        nonce=f"nonce-{Scan.objects.count()}",
        scanned_by_id=sam.pk,
        now=timezone.now(),
    )


def test_a_ticket_goes_to_a_friend_without_javascript(visit, booking):
    ticket = booking.tickets.order_by("pk").first()
    old_code = ticket.code
    phone = visit("alice-phone", java_script_enabled=False, **PHONE)
    alice = phone.page
    alice.goto(booking.get_absolute_url())
    alice.get_by_role("link", name=re.compile("^Pass on.*seat 1$")).click()
    alice.get_by_role("button", name="Send it by email").click()
    expect(alice.get_by_text("Whom shall we send it to?")).to_be_visible()
    phone.forgive("422")
    alice.get_by_label("Their email").fill("bob@example.com")
    alice.get_by_role("button", name="Send it by email").click()
    expect(alice.get_by_text("We sent a link to bob@example.com.")).to_be_visible()

    deliver_outbox()
    assert any(each.to == ["bob@example.com"] for each in mail.outbox)
    bob = visit("bob-phone", java_script_enabled=False, **PHONE).page
    bob.goto(Transfer.objects.get().offer_url)
    expect(bob.get_by_label("Your email")).to_have_value("bob@example.com")
    bob.get_by_label("Your name").fill("Bob")
    bob.get_by_role("button", name="Accept the ticket").click()
    expect(bob.get_by_role("heading", name="You are in, Bob.")).to_be_visible()
    ticket.refresh_from_db()
    expect(bob.get_by_text(ticket.spoken_code)).to_be_visible()

    alice.goto(booking.get_absolute_url())
    expect(alice.get_by_text("Passed on to Bob")).to_be_visible()
    expect(alice.get_by_text(ticket.spoken_code)).to_have_count(0)
    assert scan(old_code, ticket).reason == Scan.Reason.REPLACED
    assert scan(ticket.code, ticket).result == Scan.Result.GRANTED


@pytest.mark.parametrize(("name", "options"), [("light", {}), ("dark", {"color_scheme": "dark"})])
def test_each_page_on_the_way_breaks_no_rule_of_accessibility(visit, booking, name, options):
    first, second = booking.tickets.order_by("pk")
    alice, phone = visit(f"desk-{name}", **options), visit(f"phone-{name}", **(PHONE | options))

    def look(what, path):
        for each in (alice, phone):
            each.page.goto(path)
            each.look(what)

    page = f"{booking.get_absolute_url()}pass-on/{first.pk}/"
    look("pass-on", page)
    alice.page.get_by_role("button", name="Give me a link instead").click()
    expect(alice.page.get_by_label("The link")).to_be_visible()
    look("pass-on-waits", page)
    transfer = Transfer.objects.get()
    look("booking-waits", booking.get_absolute_url())
    look("accept", transfer.offer_url)
    alice.page.get_by_label("Your name").fill("Bob")
    alice.page.get_by_label("Your email").fill("bob@example.com")
    alice.page.get_by_role("button", name="Accept the ticket").click()
    expect(alice.page.get_by_role("heading", name="You are in, Bob.")).to_be_visible()
    transfer.refresh_from_db()
    look("received", transfer.get_absolute_url())
    look("received-wallet", f"{transfer.get_absolute_url()}ticket/")
    look("accept-over", transfer.offer_url)

    page = f"{booking.get_absolute_url()}resale/"
    look("resale", page)
    alice.page.get_by_role("checkbox", name="row A, seat 2").check()
    alice.page.get_by_role("button", name="Put them on sale").click()
    expect(alice.page.get_by_text("It is on sale.")).to_be_visible()
    look("resale-offered", page)
    look("booking-passed-on", booking.get_absolute_url())
    second.refresh_from_db()
    assert second.status == Ticket.Status.OFFERED
