"""A presale: the code on its page, on the seats page and in the basket; each page by axe-core and by eye."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from events.models import PriceTier
from promotions.models import PromoCode
from tests.browser.conftest import DESK, PHONE, arrive, map_of
from tests.factories import make_event, make_event_session, make_ticket_type, make_tiers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SEATS = " ".join(f"{row}{number}" for row in "ABC" for number in range(1, 11))
WINDOWS = {
    "desk-light": DESK | {"color_scheme": "light"},
    "phone-dark": PHONE | {"color_scheme": "dark"},
}


@pytest.fixture
def presale():
    now = timezone.now()
    event = make_event("Spring Concert", slug="spring", takes_access_codes=True)
    made = make_event_session(SEATS, now=now, event=event, booking_opens_at=now + timedelta(days=2))
    make_tiers(made, make_ticket_type("Member", 5), "30.00")
    PriceTier.objects.filter(ticket_type__name="Member").update(is_hidden=True)
    code = PromoCode.objects.create(code="FANS", opens_early=True, opens_hidden=True)
    code.events.add(event)
    return made


@pytest.mark.parametrize("name", WINDOWS)
def test_who_has_the_code_books_before_everybody(visit, presale, name):
    window = visit(name, **WINDOWS[name])
    page = window.page
    page.goto("/events/spring/")
    window.look("presale-event")
    page.get_by_role("link", name="Access code").click()
    page.get_by_label("Access code").fill("funs")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_contain_text("We do not know this code")
    expect(page.get_by_label("Access code")).to_have_value("funs")
    window.look("access-code-refused")

    page.get_by_label("Access code").fill("fans")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("status").filter(has_text="Your code FANS is in use")).to_be_visible()
    map_of(page).get_by_role("checkbox", name="row B, seat 5,").click()
    window.look("presale-seats")
    page.get_by_role("button", name="Keep these places").click()
    arrive(page, "Your basket").get_by_label("Ticket type for").select_option(label="Member, €30.00")
    expect(page.locator(".total").last).to_have_text("€30.00")
    window.look("presale-basket")

    page.get_by_role("button", name="Take FANS out").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be had without the code FANS")
    window.look("presale-basket-needs-code")
    window.forgive("422")
    window.forgive("409")


def test_the_seats_page_asks_for_a_code(visit, presale):
    window = visit("seats-page", **WINDOWS["phone-dark"])
    window.page.goto(presale.get_absolute_url())
    window.page.get_by_text("Have an access code?").click()
    window.look("seats-have-code")
