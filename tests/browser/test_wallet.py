"""A ticket on a phone whose network is gone, and the ways to one's own bookings."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from payments.services.cancelling import cancel_booking
from tests.browser.conftest import PHONE, arrive, wait_for
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def booking(site):
    now = timezone.now()
    event = make_event("Bach by Candlelight")
    return make_confirmed_booking(make_event_session("A1 A2", event=event, now=now), "A1 A2", now=now)


def test_opened_tickets_show_without_a_network(visit, booking):
    alice = visit("alice-phone", **PHONE)
    page = alice.page
    page.goto(booking.get_absolute_url())
    page.get_by_role("link", name="Show full screen").first.click()
    expect(page.get_by_text("Kept on this device")).to_be_visible()

    page.context.set_offline(True)
    page.reload()

    expect(page.get_by_role("img", name="QR code for Stalls, row A, seat 1")).to_be_visible()
    assert page.evaluate("document.querySelector('.wallet__code img').naturalWidth") > 0
    assert page.evaluate("getComputedStyle(document.querySelector('.wallet')).display") == "flex"
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("img", name="QR code for Stalls, row A, seat 2")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("1 of 2")).to_be_visible()
    alice.forgive("ERR_INTERNET_DISCONNECTED")


def test_a_ticket_that_was_cancelled_leaves_the_phone(visit, booking):
    alice = visit("alice-phone", **PHONE)
    page = alice.page
    page.goto(booking.get_absolute_url())
    page.get_by_role("link", name="Show full screen").first.click()
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    cancel_booking(booking_id=booking.pk, now=timezone.now())

    page.reload()
    is_gone = "caches.open('wallet-1').then(store => store.match(location.pathname)).then(found => !found)"
    # At once, or, where the network is slow, as soon as the kept page has asked again.
    wait_for(page, lambda: page.evaluate(is_gone), "the ticket leaves")
    page.context.set_offline(True)

    assert page.evaluate(is_gone)
    alice.forgive("404")
    alice.forgive("ERR_INTERNET_DISCONNECTED")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desk"])
def test_the_page_breaks_no_rule_of_accessibility(visit, booking, scheme, device):
    alice = visit(f"{device}-{scheme}", color_scheme=scheme, **(PHONE if device == "phone" else {}))
    alice.page.goto(booking.get_absolute_url())
    alice.page.get_by_text("Names on the tickets").click()
    alice.look("booking")
    alice.page.get_by_role("textbox", name="Stalls, row A, seat 1").fill("Ada Lovelace")
    alice.page.get_by_role("button", name="Write the names").click()
    expect(alice.page.get_by_text("The names are on the tickets.")).to_be_visible()
    alice.page.get_by_role("link", name="Show full screen").first.click()
    expect(alice.page.get_by_text("Kept on this device")).to_be_visible()
    alice.look("wallet")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desk"])
def test_finding_a_booking_breaks_no_rule_of_accessibility(visit, booking, scheme, device):
    alice = visit(f"{device}-{scheme}", color_scheme=scheme, **(PHONE if device == "phone" else {}))
    alice.page.goto("/")
    alice.page.get_by_role("link", name="Find a booking").click()
    arrive(alice.page, "Find your booking")
    alice.look("find")
    alice.page.get_by_label("Booking reference").fill(booking.reference)
    alice.page.get_by_label("Email").fill("alice@example.com")
    alice.page.get_by_role("button", name="Mail me the link").click()
    expect(alice.page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    alice.look("find-sent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desk"])
def test_ones_own_bookings_break_no_rule_of_accessibility(visit, site, booking, scheme, device):
    user = make_user()
    type(booking).objects.filter(pk=booking.pk).update(buyer=user)
    alice = visit(f"{device}-{scheme}", color_scheme=scheme, **(PHONE if device == "phone" else {}))
    alice.sign_in(user)
    alice.page.goto("/bookings/")
    alice.page.get_by_label("Search your bookings").fill("bach")
    alice.page.keyboard.press("Enter")
    expect(alice.page.get_by_role("link", name="Bach by Candlelight")).to_be_visible()
    alice.look("mine")
