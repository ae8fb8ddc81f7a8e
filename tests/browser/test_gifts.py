"""A gift voucher from the form to its page, by axe-core and by eye."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WINDOWS = {"desk-light": DESK | {"color_scheme": "light"}, "phone-dark": PHONE | {"color_scheme": "dark"}}


@pytest.mark.parametrize("name", WINDOWS)
def test_somebody_gives_an_evening_out(visit, provider, name):
    window = visit(name, **WINDOWS[name])
    page = window.page
    page.goto("/gift-vouchers/")
    window.look("gift-form")
    page.get_by_label("Amount in").fill("50")
    page.get_by_label("Who is it for?").fill("Bob")
    page.get_by_label("Your message").fill("Have a good evening, and tell me about it.")
    page.get_by_role("button", name="Go to payment").click()
    expect(page.get_by_role("heading", name="Who is giving it?")).to_be_visible()
    window.look("gift-checkout")
    page.get_by_label("First name").fill("Alice")
    page.get_by_label("Phone").fill("+43 660 1234567")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.get_by_role("button", name=re.compile("succeeds at once$")).click()

    expect(page.get_by_role("heading", name="A gift for Bob")).to_be_visible()
    page.get_by_text("Give it back").click()
    window.look("gift-page")
    code = page.get_by_text(re.compile(r"^\w{4}-\w{4}-\w{4}-\w{4}$")).inner_text()
    page.goto("/gift-vouchers/balance/")
    page.get_by_label("Voucher code").fill(code)
    page.get_by_role("button", name="Show the balance").click()
    expect(page.locator(".notice[role=status]")).to_contain_text("€50.00 of €50.00 left")
    window.look("gift-balance")
