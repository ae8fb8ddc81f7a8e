"""The page that asks for the code from the mail, by axe-core and by eye."""

import re

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.customer import TYPED, run_outbox
from tests.factories import make_event_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WINDOWS = {
    "desk-light": DESK | {"color_scheme": "light"},
    "phone-dark": PHONE | {"color_scheme": "dark"},
    "phone-without-scripts": PHONE | {"color_scheme": "light", "java_script_enabled": False},
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_guest_confirms_an_address_on_the_way_to_the_payment(visit, provider, name):
    event_session = make_event_session("A1 A2 A3", now=timezone.now(), verifies_guests=True)
    has_scripts = "scripts" not in name
    window = visit(name, **WINDOWS[name])
    page = window.page
    page.goto(f"/sessions/{event_session.pk}/seats/")
    page.get_by_role("checkbox", name="row A, seat 2,").check()
    page.get_by_role("button", name="Keep these places").click()
    page.get_by_role("link", name="Go to payment").click()
    for label, value in (("First name", "name"), ("Phone", "phone"), ("Email", "email")):
        page.get_by_label(label).fill(TYPED[value])
    page.get_by_role("button", name=re.compile("^Pay")).last.click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    if has_scripts:
        window.look("confirm-email")
    page.get_by_role("button", name="Correct the address").click()
    expect(page.get_by_label("First name")).to_have_value("Alice")
    page.get_by_role("button", name=re.compile("^Pay")).last.click()

    page.get_by_label("Code from the mail").fill("12")
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_text("This is not the code we mailed you.")).to_be_visible()
    if has_scripts:
        window.look("confirm-email-mistake")
    window.forgive("422 (Unprocessable")
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("A new code is on its way.")).to_be_visible()
    if has_scripts:
        window.look("confirm-email-again")
    run_outbox()
    page.get_by_label("Code from the mail").fill(re.search(r"^\d{6}$", mail.outbox[-1].body, re.MULTILINE)[0])
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_role("heading", name="Choose what happens")).to_be_visible()
