"""From the home page to the gate in a real browser: by mouse and keyboard, without JavaScript, on a phone."""

import re
from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from bookings.models import Booking
from events.models import PriceTier
from tests.browser.conftest import PHONE, arrive, map_of, session_cookie
from tests.customer import run_outbox
from tests.factories import make_event, make_event_session, make_hall, make_ticket_type, make_user, make_venue
from tests.fake_camera import LONGER_ANSWERS, camera_flags, write_film
from venues.plans.json_format import read_plan_json
from venues.services.plans import save_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HALL = settings.BASE_DIR / "sample_data" / "concert-hall" / "seating-plan-hall.json"


@pytest.fixture
def event_session():
    """Tonight in a hall of 738 seats, with five prices."""
    draft = read_plan_json(HALL.read_bytes(), name="In the round", is_recolored=True)
    plan = save_plan(hall=make_hall(make_venue("Ring Hall"), "Great Hall"), draft=draft)
    event = make_event(
        "Bach by Candlelight",
        slug="bach-by-candlelight",
        summary="Six suites, one cello, two hundred candles.",
        fee_per_ticket="1.50",
        duration=timedelta(hours=2),
    )
    tonight = timedelta(hours=2)
    event_session = make_event_session(
        plan=plan, event=event, now=timezone.now(), starts_in=tonight, ticket_types={"Child": "20.00"}
    )
    adult = make_ticket_type("Adult")
    for rank, category in enumerate(plan.categories.all()):
        PriceTier.objects.filter(event_session=event_session, category=category, ticket_type=adult).update(
            price=68 - 9 * rank
        )
    return event_session


def free_seat(page: Page, row: str, number: int):
    return page.get_by_role("checkbox", name=re.compile(rf"row {row}, seat {number},"), disabled=False).first


def find_the_seats(page: Page) -> None:
    page.goto("/")
    page.locator("#id_q").fill("bach")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=re.compile("Bach by Candlelight")).first.click()
    page.wait_for_url("**/events/**", wait_until="load")
    # Beside the dates on a desk, under the thumb on a phone.
    page.locator("a:visible", has_text=re.compile("Choose places")).first.click()
    expect(page.get_by_role("heading", name="Choose your places")).to_be_visible()


def fill_checkout(page: Page) -> None:
    page.get_by_label("First name").fill("Alice")
    page.get_by_label("Phone").fill("+43 660 1234567")
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_role("heading", name="Choose what happens")).to_be_visible()


def test_from_the_home_page_to_the_gate(visit, launch, site, event_session, tmp_path):
    alice, bob = visit("alice"), visit("bob")
    bob.page.goto(f"/sessions/{event_session.pk}/seats/")

    seat = choose_by_mouse_and_keyboard(alice)
    keep_them(alice)
    # Bob's map hears of it by its next poll.
    expect(bob.page.locator(f'input.seat[value="{seat}"]')).to_be_disabled()
    pay_with_the_banks_question(alice)
    run_outbox()
    stand_at_the_gate(launch, site, event_session, tmp_path)


def choose_by_mouse_and_keyboard(alice) -> str:
    page = alice.page
    find_the_seats(page)
    first = free_seat(map_of(page), "C", 12)
    first.click()
    first.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("[data-choice-count]")).to_have_text("2 places")
    expect(page.locator("[data-choice-total]")).to_contain_text("€")
    alice.look("seats-chosen")
    return str(first.get_attribute("value"))


def keep_them(alice) -> None:
    page = alice.page
    page.get_by_role("button", name="Keep these places").click()
    arrive(page, "Your basket")
    expect(page.locator("[data-countdown]")).to_have_text(re.compile(r"^\d+:\d\d left$"))
    total = page.locator("dd.total")
    before = total.inner_text()
    page.get_by_label("Ticket type for").first.select_option(label="Child, €20.00")
    expect(total).not_to_have_text(before)
    page.get_by_role("link", name="Go to payment").click()


def pay_with_the_banks_question(alice) -> None:
    page = alice.page
    fill_checkout(page)
    page.get_by_role("button", name=re.compile("3-D Secure")).click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()
    pictures = page.get_by_role("img", name=re.compile("^QR code for"))
    expect(pictures).to_have_count(2)
    assert all(
        picture.evaluate("async picture => (await picture.decode(), picture.naturalWidth)") > 100
        for picture in pictures.all()
    )
    alice.look("tickets")


def stand_at_the_gate(launch, site, event_session, tmp_path) -> None:
    """The code from the mail's PDF, held into the gate's camera twice."""
    (message,) = mail.outbox
    pdf = next(content for name, content, kind in message.attachments if kind == "application/pdf")
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
    box = zxingcpp.read_barcodes(picture)[0].position
    around = (box.top_left.x - 30, box.top_left.y - 30, box.bottom_right.x + 30, box.bottom_right.y + 30)
    png = BytesIO()
    picture.crop(around).save(png, "PNG")
    film = write_film(tmp_path / "camera.y4m", png.getvalue())

    context = launch(*camera_flags(film)).new_context(base_url=site, permissions=["camera"])
    context.add_cookies([sign_in_sam(site)])
    page = context.new_page()
    page.add_init_script(LONGER_ANSWERS)
    page.goto("/scanner/")
    page.get_by_role("link", name=re.compile("Bach by Candlelight")).click()
    expect(page.get_by_text("ENTRY GRANTED")).to_be_visible(timeout=60_000)
    expect(page.locator("#gate-attendance")).to_contain_text("1 of 2 in")
    # A fresh page is a fresh presentation of the same ticket.
    page.reload()
    expect(page.get_by_text("ENTRY REJECTED")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("already used", re.IGNORECASE)).first).to_be_visible()
    context.close()


def sign_in_sam(site: str) -> dict[str, str]:
    sam = make_user("sam")
    sam.user_permissions.add(Permission.objects.get(content_type__app_label="scanner", codename="add_scan"))
    return session_cookie(sam, site)


def test_two_people_want_one_seat_and_the_slower_keeps_the_rest_of_her_choice(visit, event_session):
    alice, bob = visit("alice"), visit("bob")
    for each, numbers in ((alice, (10, 11)), (bob, (11, 12))):
        each.page.goto(f"/sessions/{event_session.pk}/seats/")
        # The polling is stopped, as on a bad line: only the hold itself can tell.
        each.page.route("**/availability/**", lambda route: route.fulfill(status=503))
        for number in numbers:
            free_seat(each.page, "C", number).click()
    keep = "Keep these places"
    alice.page.get_by_role("button", name=keep).click()
    expect(alice.page.get_by_role("heading", name="Your basket")).to_be_visible()
    bob.page.get_by_role("button", name=keep).click()

    expect(bob.page.get_by_role("alert")).to_contain_text("row C, seat 11 went to someone else a moment ago.")
    expect(bob.page.locator("[data-choice-count]")).to_have_text("1 place")
    bob.look("lost-race")
    bob.page.get_by_role("button", name=keep).click()
    expect(bob.page.get_by_role("heading", name="Your basket")).to_be_visible()
    for each in (alice, bob):
        each.forgive("503 (Service Unavailable)")
        each.forgive("409 (Conflict)")


def test_the_whole_purchase_without_javascript(visit, event_session):
    page = visit(java_script_enabled=False).page

    find_the_seats(page)
    for number in (12, 13):
        free_seat(page, "C", number).check()
    page.get_by_role("button", name="Keep these places").click()
    page.get_by_label("Ticket type for").first.select_option(label="Child, €20.00")
    page.get_by_role("button", name="Update prices").click()
    page.get_by_role("link", name="Go to payment").click()
    fill_checkout(page)
    page.get_by_role("button", name=re.compile("^Pay .*succeeds")).click()

    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()
    assert Booking.objects.get().tickets.count() == 2


def test_on_a_phone_with_a_finger(visit, event_session):
    bob = visit("phone", **PHONE)
    page = bob.page

    find_the_seats(page)
    for number in (12, 13):
        free_seat(map_of(page), "C", number).tap()
        # The click comes some time after the finger, and the list it makes moves the map.
        expect(free_seat(page, "C", number)).to_be_checked()
    expect(page.locator("[data-choice-count]")).to_have_text("2 places")
    bob.look("seats-chosen")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing hangs over the edge"
    page.get_by_role("button", name="Keep these places").tap()
    expect(page.get_by_role("heading", name="Your basket")).to_be_visible()
    page.get_by_role("link", name="Go to payment").tap()
    fill_checkout(page)
    page.get_by_role("button", name=re.compile("^Pay .*succeeds")).tap()
    expect(page.get_by_role("heading", name="You are in, Alice.")).to_be_visible()
    bob.look("tickets")
