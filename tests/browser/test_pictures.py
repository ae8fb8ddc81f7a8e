"""The README's pictures: `UPDATE_PICTURES=1 make test ARGS=tests/browser/test_pictures.py`."""

import os
import re
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from PIL import Image
from playwright.sync_api import FloatRect, Page, expect

from bookings.services.holds import hold_places
from events.models import EventSession
from venues.models import Seat

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),  # the usual ticket types come by migration
    pytest.mark.skipif(not os.environ.get("UPDATE_PICTURES"), reason="pictures are taken on request"),
]
FOLDER = Path(settings.BASE_DIR) / "docs" / "pictures"
LARGEST = 120 * 1024


def test_pictures_of_home_and_seats(visit):
    call_command("load_sample_data", verbosity=0)
    page = visit(viewport={"width": 1280, "height": 900}).page
    page.goto("/")
    expect(page.get_by_role("heading", name="What would you like to see?")).to_be_visible()
    save(page, "home.png")

    page.set_viewport_size({"width": 1280, "height": 820})
    event_session = hall_of_738()
    sell_some(event_session)
    page.goto(f"/sessions/{event_session.pk}/seats/")
    for number in (5, 6):
        page.get_by_role("checkbox", name=re.compile(rf"row C, seat {number},"), disabled=False).first.click()
    save(page, "seats.png", height=970)


def hall_of_738() -> EventSession:
    candidates = EventSession.objects.filter(plan__name="In the round", status=EventSession.Status.PUBLISHED)
    return next(each for each in candidates if each.is_on_sale(timezone.now()))


def sell_some(event_session: EventSession) -> None:
    """Every fourth group of three is gone, as on a good day."""
    seats = list(Seat.objects.filter(section__plan=event_session.plan_id).order_by("pk").values_list("pk", flat=True))
    for start in range(1, len(seats), 11):
        hold_places(
            event_session_id=event_session.pk,
            seat_ids=seats[start : start + 3],
            standing={},
            booking_id=None,
            buyer=None,
            now=timezone.now(),
        )


def save(page: Page, name: str, *, height: int = 900) -> None:
    """With a palette: the pictures are loaded with every clone."""
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    frame: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": height}
    picture = (
        Image.open(BytesIO(page.screenshot(full_page=True, clip=frame)))
        .convert("RGB")
        .quantize(128, dither=Image.Dither.NONE)
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture.save(FOLDER / name, optimize=True)
    assert (FOLDER / name).stat().st_size <= LARGEST
