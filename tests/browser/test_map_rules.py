"""What the map says when places cannot be kept as chosen, and the button that leaves the choice to the house."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.models import Booking, Place
from events.models import EventSession
from tests.booking import hold
from tests.browser.conftest import PHONE
from tests.factories import make_event_session, make_hall, make_venue
from venues.plans.draft import CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.services.plans import save_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def event_session() -> EventSession:
    """Two rows of six where no single seat may be left over; row B ends with a wheelchair place and a companion's."""
    seats = tuple(
        SeatDraft(
            row,
            str(number),
            x=number * 30.0,
            y=rank * 30.0,
            category="Stalls",
            row_rank=rank,
            position=number,
            is_wheelchair=(row, number) == ("B", 5),
            is_companion=(row, number) == ("B", 6),
        )
        for rank, row in enumerate("AB")
        for number in range(1, 7)
    )
    draft = PlanDraft("Studio", (CategoryDraft("Stalls", "#0072b2"),), (SectionDraft("Stalls", seats),))
    plan = save_plan(hall=make_hall(make_venue()), draft=draft)
    return make_event_session(plan=plan, now=timezone.now(), avoids_single_gaps=True, ticket_types={"Child": "20.00"})


def choose(page: Page, event_session: EventSession, *labels: str) -> None:
    page.goto(f"/sessions/{event_session.pk}/seats/")
    for label in labels:
        page.get_by_role("checkbox", name=re.compile(rf"row {label[0]}, seat {label[1:]},")).click()


def keep(page: Page) -> None:
    page.get_by_role("button", name="Keep these places").click()


def in_basket(event_session: EventSession) -> set[str]:
    held = Place.objects.filter(event_session=event_session, state=Place.State.HELD).select_related("seat")
    return {f"{place.seat.row}{place.seat.number}" for place in held}


@pytest.mark.parametrize("window", [{}, PHONE], ids=["desk", "phone"])
def test_a_single_gap_is_explained_and_the_suggestion_taken_by_a_button(visit, event_session, window):
    alice = visit("phone" if window else "desk", **window)
    page = alice.page
    choose(page, event_session, "A1", "A3")
    keep(page)

    expect(page.get_by_role("alert")).to_contain_text("empty between taken seats")
    expect(page.locator("[data-choice-count]")).to_have_text("2 places")
    alice.look("single-gap")
    page.get_by_role("button", name="Take these instead").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("[data-choice-count]")).to_have_text("2 places")
    keep(page)

    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    assert len(in_basket(event_session)) == 2
    assert in_basket(event_session) != {"A1", "A3"}
    alice.forgive("409 (Conflict)")


def test_a_companions_seat_alone_is_refused_and_stays_chosen(visit, event_session):
    alice = visit("alice")
    choose(alice.page, event_session, "B6")
    keep(alice.page)

    expect(alice.page.get_by_role("alert")).to_contain_text("wheelchair")
    expect(alice.page.locator("[data-choice-count]")).to_have_text("1 place")
    alice.page.get_by_role("checkbox", name=re.compile("row B, seat 5,.*wheelchair place")).click()
    keep(alice.page)

    expect(alice.page.get_by_role("heading", name="Your basket")).to_be_visible()
    assert in_basket(event_session) == {"B5", "B6"}
    alice.forgive("409 (Conflict)")


def test_the_house_finds_the_places_at_the_touch_of_a_button(visit, event_session):
    bob = visit("phone", **PHONE)
    page = bob.page
    page.goto(f"/sessions/{event_session.pk}/seats/")
    page.get_by_label("Ticket", exact=True).select_option(label="Child")
    page.get_by_text("Find me the best places").tap()
    page.get_by_label("How many").fill("3")
    bob.look("best")
    page.get_by_role("button", name="Find and keep them").tap()

    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    items = Booking.objects.get().items.select_related("place__seat")
    assert {str(item.price.amount) for item in items} == {"20.00"}
    assert len({item.place.seat.row for item in items}) == 1


def test_when_there_are_not_so_many_the_house_says_so_in_place(visit, event_session):
    hold(event_session, "A1 A2 A3 A4 A5 A6", now=timezone.now())
    alice = visit("alice")
    page = alice.page
    choose(page, event_session, "B1")
    page.get_by_text("Find me the best places").click()
    page.get_by_label("How many").fill("8")
    page.get_by_role("button", name="Find and keep them").click()

    expect(page.locator("#best-answer").get_by_role("alert")).to_be_visible()
    expect(page.locator("[data-choice-count]")).to_have_text("1 place")
    alice.look("best-refused")
    alice.forgive("409 (Conflict)")


def test_the_button_works_without_javascript(visit, event_session):
    hold(event_session, "A1 A2 A3 A4 A5 A6", now=timezone.now())
    alice = visit(java_script_enabled=False)
    page = alice.page
    page.goto(f"/sessions/{event_session.pk}/seats/")
    page.get_by_text("Find me the best places").click()
    page.get_by_label("How many").fill("9")
    page.get_by_role("button", name="Find and keep them").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Find and keep them").click()

    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    assert len(in_basket(event_session)) == 6 + 2
    alice.forgive("409 (Conflict)")
