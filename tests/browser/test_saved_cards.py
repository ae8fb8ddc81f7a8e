"""Alice saves cards, is declined with one, pays with another by one click, and gives one of two tickets back."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.models import Booking, Ticket
from payments.models import Payment, Refund
from tests.browser.conftest import PHONE
from tests.customer import run_outbox
from tests.factories import PASSWORD, make_event, make_event_session, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page) -> None:
    alice = make_user("alice")
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    page.goto("/account/login/?next=/account/payment-methods/")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account/payment-methods/")


def add_card(page: Page, number: str) -> None:
    page.goto("/account/payment-methods/")
    page.get_by_role("button", name="Add a card").click()
    expect(page.get_by_role("heading", name="Save a card for Houselights")).to_be_visible()
    page.get_by_label("Card number").fill(number)
    page.get_by_role("button", name="Save this card").click()
    expect(page.get_by_role("heading", name=f"Visa ···· {number[-4:]}")).to_be_visible()


def pay_with(page: Page, digits: str) -> None:
    page.get_by_label(re.compile(f"···· {digits}")).check()
    page.get_by_label("First name").fill("Alice")
    page.get_by_label("Phone").fill("+43 660 1234567")
    page.get_by_role("button", name=re.compile("^Pay")).click()


@pytest.mark.parametrize(
    ("name", "options"), [("desk", {}), ("phone", PHONE | {"color_scheme": "dark"})], ids=["desk", "phone"]
)
def test_a_saved_card_is_declined_another_one_pays_and_a_part_of_it_comes_back(visit, name, options):
    event = make_event(refund_free_hours=24)
    event_session = make_event_session("A1 A2", event=event, now=timezone.now())
    window = visit(name, **options)
    page = window.page
    sign_in(page)
    add_card(page, "4000 0000 0000 0002")
    add_card(page, "4242 4242 4242 4242")
    add_card(page, "4000 0027 6000 3184")
    window.look("saved-cards")

    page.goto(f"/sessions/{event_session.pk}/seats/")
    for seat in ("seat 1,", "seat 2,"):
        page.get_by_role("checkbox", name=re.compile(seat)).check()
    page.get_by_role("button", name="Keep these places").click()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    page.goto("/checkout/")
    window.look("saved-cards-checkout")
    pay_with(page, "0002")
    expect(page.get_by_role("heading", name="Your payment was declined")).to_be_visible()
    window.look("saved-card-declined")

    page.get_by_role("link", name="Try again").click()
    pay_with(page, "3184")
    expect(page.get_by_role("heading", name="Your bank wants to be sure it is you")).to_be_visible()
    window.look("saved-card-bank")
    page.get_by_role("link", name="Go on to your bank").click()
    page.get_by_role("button", name="Fail").click()
    page.get_by_role("button", name=re.compile("^Return to")).click()
    expect(page.get_by_role("heading", name="Your payment was declined")).to_be_visible()

    page.goto("/checkout/")
    pay_with(page, "4242")
    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()
    assert Booking.objects.get().is_confirmed
    assert sorted(Payment.objects.values_list("status", flat=True)) == ["failed", "failed", "paid"]

    page.get_by_role("link", name="Cancel tickets").click()
    page.get_by_role("checkbox", name=re.compile("row A, seat 2")).check()
    page.get_by_role("button", name="See what you get back").click()
    page.get_by_role("button", name="Cancel and get €45.00 back").click()
    expect(page.get_by_text("It is cancelled. €45.00 is on its way back to you.")).to_be_visible()
    window.look("saved-card-part-back")
    assert Ticket.objects.get(status=Ticket.Status.VALID).place.seat.number == "1"
    refund = Refund.objects.get()
    run_outbox()
    refund.refresh_from_db()
    assert (refund.payment.saved_method.last_four, refund.amount.amount, refund.status) == ("4242", 45, "succeeded")
    page.reload()
    window.look("saved-card-part-given")


def test_a_card_is_kept_while_paying(visit):
    event_session = make_event_session("A1 A2", now=timezone.now())
    window = visit("keeping", **PHONE)
    page = window.page
    sign_in(page)
    page.goto(f"/sessions/{event_session.pk}/seats/")
    page.get_by_role("checkbox", name=re.compile("seat 1,")).check()
    page.get_by_role("button", name="Keep these places").click()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    page.goto("/checkout/")
    page.get_by_label("First name").fill("Alice")
    page.get_by_label("Phone").fill("+43 660 1234567")
    page.get_by_label("Save my card for the next time").check()
    window.look("keep-card-checkout")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_text("keeps the card you pay with")).to_be_visible()
    window.look("keep-card-page")
    page.get_by_role("button", name=re.compile("by card$")).click()
    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()
    run_outbox()

    page.goto("/account/payment-methods/")

    expect(page.get_by_role("heading", name="Visa ···· 4242")).to_be_visible()
