"""Moving a date in the back office: the dry run, the typed words, and how far telling has got."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.roles import ADMINISTRATOR, FINANCE, ORGANISER, SUPPORT
from bookings.models import Rescheduling
from events.admin.local_time import wall_time
from events.models import EventSession
from payments.services.rescheduling import TOPIC
from payments.services.rescheduling_answers import return_tickets
from tests.factories import make_confirmed_booking, make_hall, make_plan
from tests.messages import deliver, forget_messages
from tests.rescheduling import make_session_with_fees, move, sell_two
from tests.staff import sign_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def event_session():
    return make_session_with_fees(now=timezone.now())


@pytest.fixture
def booking(event_session):
    return sell_two(event_session, timezone.now())


def admin_page(row, name="session"):
    return reverse(f"admin:bookings_rescheduling_{name}", args=[row.pk])


def typed(event_session, *, later=DAY, plan=None, **changes):
    zone = event_session.hall.venue.zone
    starts = wall_time(event_session.starts_at + later, zone)
    until = wall_time(timezone.now() + DAY, zone)
    data = {
        "plan": (plan or event_session.plan).pk,
        "starts_at_0": f"{starts:%Y-%m-%d}",
        "starts_at_1": f"{starts:%H:%M:%S}",
        "deadline_0": f"{until:%Y-%m-%d}",
        "deadline_1": f"{until:%H:%M}",
        "reason": "The hall is wet.",
    }
    return data | changes


def test_the_dry_run_shows_who_is_told_who_sits_elsewhere_and_what_is_at_stake(client, event_session, booking):
    sign_in(client, ADMINISTRATOR)
    out = make_confirmed_booking(event_session, "A3", now=timezone.now())
    plan = make_plan("A1 B7", hall=make_hall(name="Small hall"))

    assert client.get(admin_page(event_session)).status_code == 200
    response = client.post(admin_page(event_session), typed(event_session, plan=plan, look=""))

    dry_run, words = response.context["plan"], response.content.decode()
    assert (dry_run.stakes.bookings, dry_run.stakes.tickets) == (2, 3)
    assert str(dry_run.stakes.totals[0]) == "€139.50"
    assert [(each.booking, each.was, each.becomes) for each in dry_run.rehoused] == [
        (booking, "Stalls, row A, seat 2", "Stalls, row B, seat 7")
    ]
    assert [(each.booking, each.was) for each in dry_run.unseated] == [(out, "Stalls, row A, seat 3")]
    assert str(dry_run.unseated_worth) == "€46.50"
    assert out.reference in words
    assert "Small hall" in words
    assert not Rescheduling.objects.exists()
    assert EventSession.objects.get(pk=event_session.pk).plan == event_session.plan


@pytest.mark.parametrize("words", ["", "Summer Concert"])
def test_without_the_right_words_nothing_moves(client, event_session, booking, words):
    sign_in(client, ADMINISTRATOR)

    response = client.post(admin_page(event_session), typed(event_session, move="", confirmation=words))

    assert response.status_code == 422
    assert "The hall is wet." in response.content.decode()
    assert not Rescheduling.objects.exists()


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"later": -timedelta(days=30)}, "starts_at", "lies in the past"),
        ({"deadline_0": "2020-01-01"}, "deadline", "lies in the past"),
        ({"deadline_0": "2099-01-01"}, "deadline", "once the doors are open"),
        ({"ends_at_0": "2020-01-01", "ends_at_1": "20:00"}, "ends_at", "before the start"),
    ],
)
def test_a_date_that_cannot_be_is_refused_beside_its_field(client, event_session, changes, name, words):
    sign_in(client, ADMINISTRATOR)

    response = client.post(admin_page(event_session), typed(event_session, **changes))

    assert response.status_code == 422
    assert words in response.context["form"].errors[name][0]


def test_with_the_words_it_moves_and_the_page_follows(client, event_session, booking):
    adam = sign_in(client, ADMINISTRATOR)
    was = event_session.starts_at
    then = (was + DAY).replace(microsecond=0)

    response = client.post(admin_page(event_session), typed(event_session, move="", confirmation="spring  concert"))

    moved = Rescheduling.objects.get()
    event_session.refresh_from_db()
    assert response.url == admin_page(moved, "change")
    assert (moved.requested_by, moved.old_starts_at) == (adam, was)
    assert (event_session.starts_at, event_session.booking_closes_at) == (then, then)
    assert "every 2s" in client.get(response.url, headers={"HX-Request": "true"}).content.decode()

    deliver(TOPIC, "payments.date_moved")
    give_back = {"row_id": booking.rescheduled.get().pk, "ticket_ids": booking.tickets.values_list("pk", flat=True)}
    return_tickets(**give_back, back=Decimal(0), now=timezone.now())

    words = client.get(response.url).content.decode()
    assert "every 2s" not in words
    assert "1 / 1" in words
    assert "€93.00" in words
    assert client.get(reverse("admin:bookings_rescheduling_changelist")).status_code == 200


def test_prices_of_new_categories_are_asked_for(client, event_session):
    sign_in(client, ADMINISTRATOR)
    plan = make_plan("A1 A2 A3", hall=make_hall(), section="Circle")

    page = client.post(admin_page(event_session), typed(event_session, plan=plan, look=""))
    [name] = page.context["prices"].fields
    refused = client.post(admin_page(event_session), typed(event_session, plan=plan, move="", confirmation="x"))
    assert refused.status_code == 422

    data = typed(event_session, plan=plan, move="", confirmation="Spring Concert") | {name: "60"}
    client.post(admin_page(event_session), data)

    event_session.refresh_from_db()
    assert event_session.plan == plan
    assert event_session.tiers.get().price.amount == Decimal(60)


@pytest.mark.parametrize("role", [ORGANISER, FINANCE, SUPPORT])
def test_moving_needs_a_right_of_its_own(client, event_session, booking, role):
    sign_in(client, role)
    moved = move(event_session, later=DAY, now=timezone.now())

    assert client.get(admin_page(event_session)).status_code == 403
    assert client.post(admin_page(event_session), typed(event_session)).status_code == 403
    assert client.post(admin_page(moved, "resume")).status_code == 403
    assert client.get(admin_page(moved, "change")).status_code == 200


def test_what_failed_is_shown_and_tried_again_by_a_button(client, event_session, booking):
    sign_in(client, ADMINISTRATOR)
    moved = move(event_session, later=DAY, now=timezone.now())
    forget_messages()
    moved.bookings.update(status="failed", error="RuntimeError: out of order")

    assert "RuntimeError: out of order" in client.get(admin_page(moved, "change")).content.decode()
    client.post(admin_page(moved, "resume"))
    deliver(TOPIC)

    assert moved.bookings.get().status == "done"


def test_the_session_has_the_button_while_it_is_on_show(client, event_session):
    sign_in(client, ADMINISTRATOR)
    page = reverse("admin:events_eventsession_change", args=[event_session.pk])

    assert "Move to another date or hall" in client.get(page).content.decode()
    button = client.get(reverse("admin:events_eventsession_reschedule", args=[event_session.pk]))
    assert button.url == admin_page(event_session)

    EventSession.objects.update(status=EventSession.Status.CANCELLED)
    assert "Move to another date or hall" not in client.get(page).content.decode()


@pytest.mark.parametrize(("changed", "revision", "warnings"), [("starts_at", 1, 1), ("customer_limit", 0, 0)])
def test_a_time_corrected_on_the_sessions_page_reaches_calendars(event_session, booking, changed, revision, warnings):
    model_admin = admin.site.get_model_admin(EventSession)
    form = SimpleNamespace(instance=event_session, changed_data=[changed])

    with patch.object(model_admin, "message_user") as say:
        model_admin.save_model(None, event_session, form, True)

    event_session.refresh_from_db()
    assert event_session.revision == revision
    assert say.call_count == warnings
