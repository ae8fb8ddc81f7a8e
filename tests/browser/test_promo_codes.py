"""Entering a promo code: the sum follows at once, a mistake is said beside the field."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from promotions.models import PromoCode
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_event, make_event_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WINDOWS = {
    "desk-light": DESK | {"color_scheme": "light"},
    "phone-dark": PHONE | {"color_scheme": "dark"},
}


@pytest.fixture(params=WINDOWS)
def window(visit, request):
    return visit(request.param, **WINDOWS[request.param])


def test_a_code_in_the_basket(window, provider):
    event_session = make_event_session(
        "A1 A2 A3 A4", now=timezone.now(), event=make_event(fee_per_ticket="1.50"), ticket_types={"Child": "20.00"}
    )
    PromoCode.objects.create(code="SPRING10", percent=10)
    page = window.page
    page.goto(f"/sessions/{event_session.pk}/seats/")
    for number in (1, 2):
        page.get_by_role("checkbox", name=f"row A, seat {number},").click()
    page.get_by_role("button", name="Keep these places").click()

    page.get_by_text("Use a promo code").click()
    page.get_by_label("Promo code").fill("sprung")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("We do not know this code.")).to_be_visible()
    expect(page.get_by_label("Promo code")).to_have_value("sprung")
    window.look("promo-code-unknown")
    window.forgive("422 (Unprocessable")

    page.get_by_label("Promo code").fill("spring-10")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("Promo code SPRING10")).to_be_visible()
    expect(page.get_by_text("€84.00")).to_be_visible()
    window.look("promo-code-used")

    page.goto("/checkout/")
    expect(page.get_by_role("button", name="Pay €84.00")).to_be_visible()
    window.look("promo-code-checkout")
