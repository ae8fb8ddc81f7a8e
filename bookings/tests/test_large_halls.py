"""A hall too large for one drawing: an overview of its sections, then one section at a time."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings import availability
from bookings.seatmap import scene
from bookings.services.sweeping import refresh_event_session
from bookings.views import live
from events.models import EventSession
from tests.customer import HTMX, Customer
from tests.factories import draft_seat, get_section, make_event_session, make_hall, make_plan
from venues.models import Seat
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SectionDraft
from venues.services.plans import save_plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def four_seats_are_many(monkeypatch):
    monkeypatch.setattr(scene, "MOST_SEATS_AT_ONCE", 4)


@pytest.fixture
def stadium():
    """Three sections of three seats side by side, each with its own price, and a floor to stand on."""
    return make_event_session(plan=save_plan(hall=make_hall(), draft=draft_stadium()), now=timezone.now())


def draft_stadium() -> PlanDraft:
    names = ["Section 101", "Section 102", "Section 103"]
    seated = [SectionDraft(name, tuple(draft_seat(f"A{number}", name) for number in (1, 2, 3))) for name in names]
    floor = SectionDraft("Section Floor", capacity=5, category="Section 101", box=Bounds(0, 100, 90, 200))
    categories = tuple(CategoryDraft(name, "#0072b2") for name in names)
    return PlanDraft("Stadium", categories, (*seated, floor), shapes=(stage(),))


def stage() -> dict[str, object]:
    return {"kind": "stage", "x": 0, "y": -90, "width": 90, "height": 40, "text": "Stage"}


def seat_ids(event_session: EventSession, section: str, *numbers: int) -> list[int]:
    seats = Seat.objects.filter(section=get_section(event_session, section), number__in=map(str, numbers))
    return list(seats.order_by("position").values_list("pk", flat=True))


def page(client, event_session, **query):
    return client.get(reverse("bookings:seats", args=[event_session.pk]), query).content.decode()


def fragment(client, event_session, section="", **headers):
    if not section:
        return client.get(reverse("bookings:overview", args=[event_session.pk]), headers=headers)
    found = get_section(event_session, section)
    return client.get(reverse("bookings:section", args=[event_session.pk, found.pk]), headers=headers)


def area(html: str, event_session: EventSession, section: str) -> str:
    found = re.search(rf'<a class="area[^>]*data-section="{get_section(event_session, section).pk}".*?</a>', html, re.S)
    assert found, html
    return found[0]


def test_the_page_begins_with_an_overview_without_seats(client, stadium):
    html = page(client, stadium)

    assert 'data-view="overview"' in html
    assert 'name="seat"' not in html
    assert "Section 102, 3 places left, from €45.00" in area(html, stadium, "Section 102")


def test_a_section_is_a_link_that_works_without_javascript(client, stadium):
    section = get_section(stadium, "Section 102")

    link = re.search(r'href="([^"]+)"', area(page(client, stadium), stadium, "Section 102"))

    assert link
    assert link[1] == f"/sessions/{stadium.pk}/seats/?section={section.pk}"
    html = client.get(link[1]).content.decode()
    assert 'data-view="section"' in html
    assert html.count('name="seat"') == 3
    assert 'aria-label="Row A, seat 1, €45.00"' in html, "the section's name stands above"


def test_every_section_is_reached_by_its_neighbours(client, stadium):
    names = ["Section 101"]
    while len(names) < 4:
        html = fragment(client, stadium, names[-1]).content.decode()
        after = re.search(r'rel="next"[^>]*>([^<]+)<', html)
        assert after
        names.append(after[1])

    assert names == ["Section 101", "Section 102", "Section 103", "Section 101"]
    assert "data-overview" in html


def test_a_standing_section_leads_to_its_number_and_has_no_drawing(client, stadium):
    floor = get_section(stadium, "Section Floor")

    assert f'href="#standing-{floor.pk}"' in area(page(client, stadium), stadium, "Section Floor")
    assert fragment(client, stadium, "Section Floor").status_code == 404
    assert 'data-view="overview"' in page(client, stadium, section=floor.pk)


def test_places_left_and_runs_follow_what_others_take(client, stadium):
    Customer().client.post(reverse("bookings:hold", args=[stadium.pk]), {"seat": seat_ids(stadium, "Section 101", 2)})

    html = fragment(client, stadium).content.decode()

    assert 'data-run="1" data-left="2"' in area(html, stadium, "Section 101")
    assert 'data-run="3" data-left="3"' in area(html, stadium, "Section 102")


def test_a_section_that_is_sold_out_says_so(client, stadium):
    Customer().client.post(
        reverse("bookings:hold", args=[stadium.pk]), {"seat": seat_ids(stadium, "Section 101", 1, 2, 3)}
    )

    sold_out = area(fragment(client, stadium).content.decode(), stadium, "Section 101")

    assert "area--gone" in sold_out
    assert "Section 101, sold out" in sold_out


def test_fragments_are_the_same_for_everyone_and_may_be_kept_a_second(stadium):
    """Even for someone with a basket: their own seats are marked by the page."""
    alice = Customer()
    mine = seat_ids(stadium, "Section 101", 1)
    alice.client.post(reverse("bookings:hold", args=[stadium.pk]), {"seat": mine})

    for section in ("", "Section 101"):
        hers = fragment(alice.client, stadium, section)
        theirs = fragment(Customer().client, stadium, section)
        assert hers.content == theirs.content
        assert hers.headers["Cache-Control"] == "public, max-age=1"
        assert hers.headers["Vary"] == "Accept-Encoding"
        assert not hers.cookies
    assert b"data-mine" not in hers.content
    assert f'data-mine="{mine[0]}' in page(alice.client, stadium)


def test_a_fragment_one_has_is_not_sent_again(client, stadium):
    first = fragment(client, stadium, "Section 101")

    again = fragment(client, stadium, "Section 101", If_None_Match=f"W/{first.headers['ETag']}")

    assert again.status_code == 304
    assert not again.content
    assert again.headers["Cache-Control"] == "public, max-age=1"


def test_a_section_is_drawn_anew_when_one_of_its_seats_changes_and_not_for_others(
    client, stadium, settings, monkeypatch
):
    settings.PUBLIC_PAGE_SECONDS = 2
    now = [1000.0]
    monkeypatch.setattr(live.time, "monotonic", lambda: now[0])
    first = fragment(client, stadium, "Section 101").content

    def take(section: str) -> None:
        (seat,) = seat_ids(stadium, section, 2)
        stadium.places.filter(seat=seat).update(state="blocked")
        availability.record(stadium.pk, taken=[seat], free=[])
        now[0] += 2

    take("Section 102")
    assert fragment(client, stadium, "Section 101").content == first
    take("Section 101")
    assert fragment(client, stadium, "Section 101").content.count(b" disabled>") == 1
    now[0] += 40
    assert fragment(client, stadium, "Section 101").content != first


def test_a_section_of_another_plan_is_not_found(client, stadium):
    other = make_event_session("A1 A2 A3 B1 B2", now=timezone.now())
    theirs = get_section(other, "Stalls").pk

    assert client.get(reverse("bookings:section", args=[stadium.pk, theirs])).status_code == 404
    assert client.get(reverse("bookings:seats", args=[stadium.pk]), {"section": theirs}).status_code == 404


def test_drafts_do_not_leak(client):
    plan = save_plan(hall=make_hall(), draft=draft_stadium())
    draft = make_event_session(plan=plan, published=False)

    assert fragment(client, draft).status_code == 404
    assert fragment(client, draft, "Section 101").status_code == 404
    assert client.get(reverse("bookings:seats", args=[draft.pk])).status_code == 404


def test_a_refusal_without_javascript_comes_back_to_the_section_with_every_other_choice(client, stadium):
    (gone,) = seat_ids(stadium, "Section 102", 1)
    Customer().client.post(reverse("bookings:hold", args=[stadium.pk]), {"seat": [gone]})
    (here,), (elsewhere,) = seat_ids(stadium, "Section 102", 2), seat_ids(stadium, "Section 103", 1)

    response = client.post(
        reverse("bookings:hold", args=[stadium.pk]),
        {"seat": [gone, here, elsewhere], "section": get_section(stadium, "Section 102").pk},
    )

    html = response.content.decode()
    assert response.status_code == 409
    assert "Section 102, row A, seat 1 went to someone else" in html
    assert 'data-view="section"' in html
    assert re.search(rf'value="{gone}"[^>]* disabled>', html)
    assert re.search(rf'value="{here}"[^>]* checked>', html)
    assert re.search(rf'<input type="hidden"\s+name="seat"\s+value="{elsewhere}"', html)


def test_htmx_gets_the_reason_alone(client, stadium):
    section = get_section(stadium, "Section 102")

    response = client.post(reverse("bookings:hold", args=[stadium.pk]), {"section": section.pk}, headers=HTMX)

    assert response.status_code == 422
    assert response.content.decode().strip().startswith('<div id="refusal"')
    assert "Choose at least one place first." in response.content.decode()


def test_a_hold_may_join_seats_of_several_sections(client, stadium):
    seats = seat_ids(stadium, "Section 101", 1) + seat_ids(stadium, "Section 103", 3)

    response = client.post(reverse("bookings:hold", args=[stadium.pk]), {"seat": seats})

    assert response.url == "/basket/"
    assert Customer(client).booking.items.count() == 2


def test_the_counts_of_all_sections_travel_with_the_delta(client, stadium):
    Customer().client.post(reverse("bookings:hold", args=[stadium.pk]), {"seat": seat_ids(stadium, "Section 101", 2)})
    refresh_event_session(stadium.pk)

    left = client.get(reverse("bookings:availability", args=[stadium.pk])).json()["left"]

    expected = {"Section 101": 2, "Section 102": 3, "Section 103": 3, "Section Floor": 5}
    assert left == {str(get_section(stadium, name).pk): count for name, count in expected.items()}


def test_a_fragment_takes_two_statements_once_the_plan_is_known(client, stadium, django_assert_num_queries):
    for section, statements in (("", 3), ("Section 101", 2)):
        path = fragment(client, stadium, section).wsgi_request.path
        with django_assert_num_queries(statements):  # The session, its prices, and the floor's places left.
            client.get(path)


def test_a_small_hall_is_shown_whole_whatever_is_asked_for(client):
    small = make_event_session(plan=make_plan("A1 A2 A3"), now=timezone.now())

    html = page(client, small, section=999999999)

    assert 'data-view="plan"' in html
    assert html.count('name="seat"') == 3
