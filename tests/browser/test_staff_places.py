"""Staff keep places from sale on the session's map: by mouse, by keyboard, without JavaScript."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Block, BlockedPlace
from tests.browser.conftest import DESK, PHONE
from tests.factories import get_seat_ids, make_confirmed_booking, make_event_session, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SEATS = " ".join(f"{row}{number}" for row in "ABC" for number in range(1, 9))


@pytest.fixture
def event_session():
    event_session = make_event_session(SEATS, {"Floor": 20}, now=timezone.now())
    make_confirmed_booking(event_session, "A3", now=timezone.now())
    return event_session


def open_places(window, event_session):
    window.sign_in(make_user("olga", is_staff=True, is_superuser=True))
    window.page.goto(reverse("admin:events_eventsession_places", args=[event_session.pk]))
    return window.page


def seat(page, name):
    return page.get_by_label(f"{name}:")


def blocked():
    places = BlockedPlace.objects.filter(place__seat__isnull=False).select_related("place__seat").order_by("place")
    return " ".join(f"{kept.place.seat.row}{kept.place.seat.number}" for kept in places)


def test_seats_are_drawn_around_and_blocked_and_a_customers_map_shows_it_within_two_seconds(visit, event_session):
    customer, window = visit("customer", **DESK), visit("staff", **DESK)
    customer.page.clock.install()
    customer.page.goto(event_session.get_absolute_url())
    wanted = customer.page.locator(f'input.seat[value="{get_seat_ids(event_session, "B5")[0]}"]')
    expect(wanted).to_be_enabled()
    customer.page.clock.pause_at(timezone.now() + timedelta(minutes=1))
    page = open_places(window, event_session)

    first, last = (seat(page, f"Row {name}").bounding_box() for name in ("B, seat 4", "C, seat 5"))
    page.mouse.move(first["x"] - 5, first["y"] - 5)
    page.mouse.down()
    right, bottom = last["x"] + last["width"] + 5, last["y"] + last["height"] + 5
    for x, y in ((right, first["y"] - 5), (right, bottom), (first["x"] - 5, bottom)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    expect(page.get_by_text("4 seats are selected.")).to_be_visible()
    page.get_by_label("Reason").fill("Camera platform")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_text("4 places are blocked.")).to_be_visible()

    # Two seconds of the customer's own clock, so that no other work of this machine counts.
    customer.page.clock.run_for(2000)
    expect(wanted).to_be_disabled()
    assert blocked() == "B4 B5 C4 C5"


def test_by_keyboard_a_row_is_blocked_and_its_block_released(visit, event_session):
    window = visit("staff", **DESK)
    page = open_places(window, event_session)

    seat(page, "Row B, seat 1").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-about]")).to_have_text("Stalls, Row C, seat 1: free")
    page.keyboard.press("Shift+Space")
    expect(page.get_by_text("8 seats are selected.")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("7 seats are selected.")).to_be_visible()
    page.get_by_label("Reason").fill("Choir")
    page.keyboard.press("Enter")
    expect(page.get_by_text("7 places are blocked.")).to_be_visible()
    assert blocked() == "C1 C3 C4 C5 C6 C7 C8"

    page.get_by_role("button", name="Release all of these: Choir").press("Enter")
    expect(page.get_by_text("7 places are on sale again.")).to_be_visible()
    assert not Block.objects.exists()


def test_a_sold_seat_says_its_booking_and_leads_to_it(visit, event_session):
    page = open_places(visit("staff", **DESK), event_session)
    reference = event_session.tickets.get().booking.reference

    seat(page, "Row A, seat 3").hover()

    expect(page.locator("[data-about]")).to_have_text(f"Stalls, Row A, seat 3: sold, booking {reference}")
    seat(page, "Row A, seat 3").click()
    expect(page.get_by_text(reference).first).to_be_visible()


def test_without_javascript_seats_and_rows_are_checkboxes(visit, event_session):
    page = open_places(visit("plain", **DESK, java_script_enabled=False), event_session)

    seat(page, "Row B, seat 2").check()
    page.get_by_role("checkbox", name="Row C", exact=False).first.check(force=True)
    page.get_by_role("spinbutton", name="Floor").fill("3")
    page.get_by_label("Reason").fill("Press")
    page.get_by_role("button", name="Block", exact=True).click()

    expect(page.get_by_text("12 places are blocked.")).to_be_visible()
    assert blocked() == "B2 C1 C2 C3 C4 C5 C6 C7 C8"


@pytest.mark.parametrize(("name", "size", "scheme"), [("desk", DESK, "light"), ("phone", PHONE, "dark")])
def test_the_page_breaks_no_rule_of_accessibility(visit, event_session, name, size, scheme):
    window = visit(f"{name}-{scheme}", **size, color_scheme=scheme)
    page = open_places(window, event_session)
    seat(page, "Row B, seat 2").check()
    page.get_by_label("Reason").fill("Press")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_text("1 place is blocked.")).to_be_visible()
    page.wait_for_load_state()
    if scheme == "dark":
        page.evaluate("document.documentElement.classList.add('dark')")

    window.look("staff-places")

    page.goto(reverse("admin:events_eventsession_move", args=[event_session.pk]))
    window.look("move")
