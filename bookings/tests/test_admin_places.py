"""Staff block, release and move on the session's own pages, each as far as their role goes."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import FINANCE, ORGANISER, SUPPORT
from bookings.models import Block, Place
from bookings.seatmap import staff
from bookings.services.blocking import block_places
from tests.booking import hold
from tests.factories import (
    get_place,
    get_seat_ids,
    get_section,
    make_confirmed_booking,
    make_event_session,
    make_plan,
    make_ticket_type,
    make_user,
)
from tests.pages import said
from tests.staff import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client):
    def go(role):
        client.force_login(make_staff(role))
        return client

    return go


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 B1", {"Floor": 5}, now=timezone.now())


def page(event_session, name="places"):
    return reverse(f"admin:events_eventsession_{name}", args=[event_session.pk])


def seat(response, label):
    """The element of a seat, found by how a screen reader says it."""
    found = re.search(rf'<(?:input|a|span)[^>]*aria-label="[^"]*{label}[^"]*"[^>]*>', response.content.decode())
    return found.group() if found else ""


def block(event_session, labels, **facts):
    facts = {"kind": Block.Kind.HOUSE, "reason": "Press", "actor_id": None, "now": timezone.now()} | facts
    return block_places(event_session_id=event_session.pk, seat_ids=get_seat_ids(event_session, labels), **facts).block


def test_the_map_says_of_every_seat_who_has_it(sign_in, event_session):
    client = sign_in(ORGANISER)
    booking = make_confirmed_booking(event_session, "A1", now=timezone.now())
    hold(event_session, "A2", now=timezone.now())
    block(event_session, "A3", actor_id=make_user("olga").pk)

    response = client.get(page(event_session))

    sold = seat(response, f"Row A, seat 1: sold, booking {booking.reference}")
    assert f'href="{reverse("admin:bookings_booking_change", args=[booking.pk])}"' in sold
    assert "place--held" in seat(response, "Row A, seat 2: held, booking")
    assert "place--blocked" in seat(response, "Row A, seat 3: blocked: House seats, Press, Olga")
    assert "place--free" in seat(response, "Row B, seat 1: free")


def test_a_hold_whose_time_is_up_looks_free(sign_in, event_session):
    hold(event_session, "A1", now=timezone.now() - timedelta(hours=1))

    assert "place--free" in seat(sign_in(ORGANISER).get(page(event_session)), "Row A, seat 1: free")


def test_seats_rows_and_standing_places_are_blocked_together_and_released(sign_in, event_session):
    client = sign_in(ORGANISER)
    floor, first = get_section(event_session, "Floor"), get_seat_ids(event_session, "A1")
    choice = {"row": first, "seat": get_seat_ids(event_session, "B1"), f"standing_{floor.pk}": "2"}

    blocked = client.post(page(event_session), choice | {"do": "block", "kind": "kill", "reason": "Camera"})
    assert said(blocked) == ["6 places are blocked."]
    assert Block.objects.get().blocked_by.email == "organiser@example.com"

    again = client.post(page(event_session), {"seat": first, "do": "block", "kind": "house", "reason": "Press"})
    assert said(again)[-1] == "1 place was blocked before."

    released = client.post(page(event_session), {"row": first, "do": "release"})
    assert said(released)[-1] == "3 places are on sale again."
    assert Place.objects.filter(state=Place.State.BLOCKED).count() == 3


def test_a_script_may_send_all_seats_in_one_field(sign_in, event_session):
    seat_ids = get_seat_ids(event_session, "A1 A2")

    sign_in(ORGANISER).post(
        page(event_session),
        {"seats": ",".join(map(str, seat_ids)), "do": "block", "kind": "house", "reason": "Press"},
    )

    assert Place.objects.filter(state=Place.State.BLOCKED).count() == 2


def test_a_customers_seat_is_refused_with_its_name_and_the_choice_stays(sign_in, event_session):
    make_confirmed_booking(event_session, "A2", now=timezone.now())
    seat_ids = get_seat_ids(event_session, "A1 A2")

    response = sign_in(ORGANISER).post(
        page(event_session), {"seat": seat_ids, "do": "block", "kind": "house", "reason": "Press"}
    )

    assert response.status_code == 409
    assert "Stalls, row A, seat 2: customers have these places" in said(response)[0]
    assert f'value="{seat_ids[0]},{seat_ids[1]}" data-chosen' in response.content.decode()
    assert not Block.objects.exists()


def test_a_block_needs_a_reason(sign_in, event_session):
    response = sign_in(ORGANISER).post(
        page(event_session), {"seat": get_seat_ids(event_session, "A1"), "do": "block", "kind": "house", "reason": " "}
    )

    assert response.status_code == 422
    assert "Say why, so that others know later." in response.content.decode()
    assert not Block.objects.exists()


@pytest.mark.parametrize("kind", ["plan", "gone"])
def test_only_kinds_of_staff_can_be_chosen(sign_in, event_session, kind):
    data = {"seat": get_seat_ids(event_session, "A1"), "do": "block", "kind": kind, "reason": "x"}

    assert sign_in(ORGANISER).post(page(event_session), data).status_code == 422


def test_all_of_a_block_is_released_from_the_list(sign_in, event_session):
    kept = block(event_session, "A1 A2")
    client = sign_in(ORGANISER)
    assert "Release all of these: Press" in client.get(page(event_session)).content.decode()

    response = client.post(page(event_session), {"block": kept.pk})

    assert said(response) == ["2 places are on sale again."]


def test_a_block_of_another_session_cannot_be_released_from_here(sign_in, event_session):
    other = block(make_event_session("A1", now=timezone.now()), "A1")

    assert sign_in(ORGANISER).post(page(event_session), {"block": other.pk}).status_code == 404
    assert Block.objects.exists()


def test_support_looks_and_changes_nothing_and_finance_stays_outside(sign_in, event_session):
    kept = block(event_session, "A1")
    data = {"seat": get_seat_ids(event_session, "A2"), "do": "block", "kind": "house", "reason": "x"}

    client = sign_in(SUPPORT)
    assert client.get(page(event_session)).status_code == 200
    assert client.post(page(event_session), data).status_code == 403
    assert client.post(page(event_session), {"block": kept.pk}).status_code == 403
    client = sign_in(FINANCE)
    assert client.get(page(event_session)).status_code == 403
    assert get_place(event_session, "A2").state == Place.State.FREE


def test_a_draft_has_no_places_to_show(sign_in):
    draft = make_event_session(published=False)

    assert sign_in(ORGANISER).get(page(draft)).status_code == 404


def test_a_large_hall_is_an_overview_and_then_one_section(sign_in, event_session, monkeypatch):
    monkeypatch.setattr(staff, "MOST_SEATS_AT_ONCE", 2)
    section = get_section(event_session, "Stalls")
    block(event_session, "A1")
    client = sign_in(ORGANISER)

    overview = client.get(page(event_session)).content.decode()
    assert f'href="?section={section.pk}" aria-label="Stalls: 3 free, 1 blocked"' in overview
    seats = client.get(page(event_session), {"section": section.pk})
    assert "place--blocked" in seat(seats, "Row A, seat 1: blocked")

    back = client.post(
        f"{page(event_session)}?section={section.pk}", {"seat": get_seat_ids(event_session, "A1"), "do": "release"}
    )
    assert back.url == f"{page(event_session)}?section={section.pk}"


def test_the_page_asks_the_database_little(sign_in, event_session, django_assert_max_num_queries):
    block(event_session, "A1")
    client = sign_in(ORGANISER)
    client.get(page(event_session))

    with django_assert_max_num_queries(14):
        client.get(page(event_session))


def test_a_session_moves_after_a_look_at_what_it_does(sign_in, event_session):
    make_confirmed_booking(event_session, "A1", now=timezone.now())
    plan = make_plan("A1 A2 C1 C2", {"Floor": 5, "Gallery": 3}, hall=event_session.hall)
    gallery = plan.categories.get(name="Gallery")
    client = sign_in(ORGANISER)
    assert plan.name in client.get(page(event_session, "move")).content.decode()

    report = client.get(page(event_session, "move"), {"plan": plan.pk}).context["move"]
    assert (len(report.kept), len(report.new), report.leaving) == (7, 5, 2)
    unpriced = client.post(page(event_session, "move"), {"plan": plan.pk})
    assert unpriced.status_code == 422

    adult = make_ticket_type()
    client.post(page(event_session, "move"), {"plan": plan.pk, f"price_{gallery.pk}_{adult.pk}": "9.50"})

    event_session.refresh_from_db()
    assert event_session.plan == plan
    assert str(event_session.tiers.get(category=gallery).price) == "€9.50"


def test_a_move_that_loses_a_sold_seat_names_it_and_has_no_button(sign_in, event_session):
    make_confirmed_booking(event_session, "B1", now=timezone.now())
    plan, old = make_plan("A1", {"Floor": 5}, hall=event_session.hall), event_session.plan
    client = sign_in(ORGANISER)

    report = client.get(page(event_session, "move"), {"plan": plan.pk}).content.decode()
    assert "<li>Stalls, row B, seat 1</li>" in report
    assert "Move the session" not in report

    refused = client.post(page(event_session, "move"), {"plan": plan.pk})
    assert refused.status_code == 409
    event_session.refresh_from_db()
    assert event_session.plan == old


def test_a_plan_of_another_hall_is_not_offered(sign_in, event_session):
    other = make_plan("A1")

    assert sign_in(ORGANISER).get(page(event_session, "move"), {"plan": other.pk}).status_code == 404


def test_those_who_may_not_change_sessions_do_not_move_them(sign_in, event_session):
    assert sign_in(SUPPORT).get(page(event_session, "move")).status_code == 403


def test_blocks_are_listed_with_their_places(sign_in, event_session):
    kept = block(event_session, "A1 A2")
    client = sign_in(ORGANISER)

    assert "Press" in client.get(reverse("admin:bookings_block_changelist")).content.decode()
    detail = client.get(reverse("admin:bookings_block_change", args=[kept.pk])).content.decode()
    assert "Stalls, row A, seat 1; Stalls, row A, seat 2" in detail
