"""Each role in the back office: what it can do from end to end, and where its way ends."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from accounts.roles import ADMINISTRATOR, FINANCE, GATE, ORGANISER, SUPPORT
from bookings.models import Booking, Place
from events.models import Event, EventSession, PriceTier
from tests.factories import (
    get_place,
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_event_type,
    make_plan,
    make_ticket_type,
    make_user,
)
from tests.pages import said
from tests.staff import make_staff
from venues.models import Hall, SeatingPlan, Venue

pytestmark = pytest.mark.django_db
NO_ROWS = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}


def page(model, name, *args):
    return reverse(f"admin:{model}_{name}", args=args)


def rows(prefix, forms, initial=0):
    management = NO_ROWS | {"TOTAL_FORMS": len(forms), "INITIAL_FORMS": initial}
    data = {f"{prefix}-{name}": value for name, value in management.items()}
    for number, form in enumerate(forms):
        data |= {f"{prefix}-{number}-{name}": value for name, value in form.items()}
    return data


def wall(name, moment):
    return {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M}"}


def press(client, url):
    """Answer the question behind a button as its form does."""
    return client.post(url, {"_form_submitted": "True", "reason": "The customer called"})


@pytest.fixture
def sign_in(client):
    def go(name, role, **fields):
        client.force_login(make_staff(role, name, **fields))
        return client

    return go


def add_hall(client):
    """The Great Hall of a new opera house."""
    client.post(
        page("venues_venue", "add"),
        {"name": "Opera", "slug": "opera", "city": "Vienna", "country": "AT", "time_zone": "Europe/Vienna"}
        | rows("halls", [{"name": "Great Hall"}]),
    )
    return Hall.objects.get(venue=Venue.objects.get(slug="opera"))


def add_plan(client, hall):
    """Four rows of five seats in two categories."""
    client.post(
        page("venues_seatingplan", "add"),
        {
            "hall": hall.pk,
            "name": "Usual",
            "blocks-TOTAL_FORMS": 1,
            "blocks-INITIAL_FORMS": 0,
            "blocks-0-section": "Stalls",
            "blocks-0-rows": 4,
            "blocks-0-columns": 5,
            "blocks-0-bands": "Stalls: 3\nBalcony: 1",
            "blocks-0-aisles": "2",
        },
    )
    return SeatingPlan.objects.get(hall=hall)


def add_event(client, event_type):
    client.post(
        page("events_event", "add"),
        {
            "title": "The Magic Flute",
            "slug": "magic-flute",
            "event_type": event_type.pk,
            "duration": "02:30:00",
            "currency": "EUR",
            "fee_per_ticket": "1.50",
            "fee_percent": "0",
            "fee_per_booking": "0",
            "tax_percent": "0",
            "refund_free_hours": "48",
            "refund_kept_percent": "50",
            "transfers_per_ticket": "3",
        },
    )
    return Event.objects.get(slug="magic-flute")


def test_an_organiser_goes_from_an_empty_site_to_a_session_on_sale(sign_in):
    client = sign_in("olga", ORGANISER)
    concert, adult = make_event_type("concert"), make_ticket_type("Adult")

    hall = add_hall(client)
    plan = add_plan(client, hall)
    stalls, balcony = plan.categories.order_by("rank")
    event = add_event(client, concert)
    assert (event.refund_free_hours, event.refund_kept_percent, event.refund_keeps_fees) == (48, 50, False)

    starts = timezone.now() + timedelta(days=30)
    response = client.post(
        page("events_eventsession", "add"),
        {"event": event.pk, "hall": hall.pk, "customer_limit": 6, "hold_period": "00:10:00"}
        | wall("starts_at", starts),
    )
    event_session = EventSession.objects.get(event=event)
    assert event_session.plan == plan
    assert event_session.ends_at - event_session.starts_at == timedelta(hours=2, minutes=30)
    session_page = page("events_eventsession", "change", event_session.pk)
    assert response.url == session_page

    publish = reverse("admin:events_eventsession_publish", args=[event_session.pk])
    refused = press(client, publish)
    assert "These categories have no price in EUR yet: Stalls, Balcony." in said(refused)[-1]
    assert not Place.objects.exists()

    form = client.get(session_page).context["inline_admin_formsets"][0].formset
    assert [row.initial["category"] for row in form.forms] == [stalls.pk, balcony.pk]
    prices = [
        {"category": stalls.pk, "ticket_type": adult.pk, "amount": "45.00"},
        {"category": balcony.pk, "ticket_type": adult.pk, "amount": "25.00"},
    ]
    saved = client.post(session_page, session_data(client, session_page) | rows("tiers", prices))
    assert saved.status_code == 302
    assert {str(tier.price) for tier in event_session.tiers.all()} == {"€45.00", "€25.00"}

    press(client, publish)
    event.refresh_from_db()
    event_session.refresh_from_db()
    assert event_session.status == EventSession.Status.PUBLISHED
    assert event.status == Event.Status.PUBLISHED
    assert Place.objects.filter(event_session=event_session).count() == 20


def session_data(client, session_page):
    """What the browser would send back from the session's form untouched."""
    form = client.get(session_page).context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if hasattr(field.widget, "decompress"):
            parts = field.widget.decompress(value) if value else [None, None]
            data |= {f"{name}_{number}": str(part or "") for number, part in enumerate(parts)}
        else:
            data[name] = "" if value is None else str(value)
    return data


def test_publishing_by_a_mere_link_asks_first(sign_in):
    event_session = make_event_session(published=False, now=timezone.now())
    client = sign_in("olga", ORGANISER)

    response = client.get(reverse("admin:events_eventsession_publish", args=[event_session.pk]))

    event_session.refresh_from_db()
    assert response.status_code == 200
    assert event_session.status == EventSession.Status.DRAFT


def test_sessions_are_published_from_their_list_and_refusals_are_said(sign_in):
    ready = make_event_session(published=False, now=timezone.now())
    bare = make_event_session(published=False, now=timezone.now())
    bare.tiers.all().delete()
    client = sign_in("olga", ORGANISER)

    response = client.post(
        page("events_eventsession", "changelist"),
        {"action": "publish_selected", "_selected_action": [ready.pk, bare.pk]},
    )

    ready.refresh_from_db()
    bare.refresh_from_db()
    assert ready.status == EventSession.Status.PUBLISHED
    assert bare.status == EventSession.Status.DRAFT
    assert any("no price" in text for text in said(response))


def test_a_draft_event_is_published_and_a_published_one_is_refused(sign_in):
    draft, shown = make_event("Draft"), make_event("Shown", status=Event.Status.PUBLISHED)
    client = sign_in("olga", ORGANISER)

    response = client.post(
        page("events_event", "changelist"), {"action": "publish_selected", "_selected_action": [draft.pk, shown.pk]}
    )

    draft.refresh_from_db()
    assert draft.status == Event.Status.PUBLISHED
    assert any("“Shown” is published and cannot be published." in text for text in said(response))


def test_hall_and_plan_of_a_published_session_stay(sign_in):
    event_session = make_event_session(now=timezone.now())
    other = make_plan("A1")
    client = sign_in("olga", ORGANISER)
    session_page = page("events_eventsession", "change", event_session.pk)
    tier = event_session.tiers.get()
    price = {"id": tier.pk, "category": tier.category_id, "ticket_type": tier.ticket_type_id, "amount": "50"}

    data = session_data(client, session_page) | rows("tiers", [price], initial=1)
    response = client.post(session_page, data | {"hall": other.hall_id, "plan": other.pk, "customer_limit": 4})

    event_session.refresh_from_db()
    tier.refresh_from_db()
    assert response.status_code == 302
    assert event_session.plan != other
    assert event_session.customer_limit == 4
    assert str(tier.price) == "€50.00"


def test_a_session_with_places_is_not_deleted_and_says_why(sign_in):
    event_session = make_event_session("A1 A2", now=timezone.now())
    make_confirmed_booking(event_session, "A1", now=timezone.now())
    client = sign_in("olga", ORGANISER)

    response = client.post(page("events_eventsession", "delete", event_session.pk), {"post": "yes"})

    assert EventSession.objects.filter(pk=event_session.pk).exists()
    assert "cannot be deleted: it still has 2 places, 1 booked place, 1 ticket." in said(response)[0]


def test_an_event_is_not_deleted_from_the_list_while_it_has_sessions(sign_in):
    event_session = make_event_session(now=timezone.now())
    client = sign_in("olga", ORGANISER)

    response = client.post(
        page("events_event", "changelist"),
        {"action": "delete_selected", "_selected_action": [event_session.event_id], "post": "yes"},
    )

    assert Event.objects.filter(pk=event_session.event_id).exists()
    assert "it still has 1 session." in response.content.decode()


def test_a_draft_session_is_deleted_with_its_prices(sign_in):
    event_session = make_event_session(published=False, now=timezone.now())
    client = sign_in("olga", ORGANISER)

    client.post(page("events_eventsession", "delete", event_session.pk), {"post": "yes"})

    assert not EventSession.objects.exists()
    assert not PriceTier.objects.exists()


@pytest.mark.parametrize(
    ("role", "opens", "stays_shut"),
    [
        (
            ORGANISER,
            ["events_event", "venues_venue", "bookings_booking", "bookings_ticket"],
            ["payments_payment", "accounts_user", "scanner_scan", "outbox_message", "django_celery_beat_periodictask"],
        ),
        (
            FINANCE,
            ["bookings_booking", "payments_payment", "payments_refund", "payments_providerevent"],
            ["events_event", "events_eventsession", "venues_venue", "bookings_ticket", "scanner_scan", "auth_group"],
        ),
        (
            GATE,
            ["scanner_scan", "events_eventsession", "bookings_ticket"],
            ["bookings_booking", "payments_payment", "events_event", "venues_venue", "accounts_user"],
        ),
        (
            SUPPORT,
            ["bookings_booking", "bookings_ticket", "payments_payment", "payments_refund"],
            ["events_event", "venues_venue", "accounts_user", "scanner_scan", "notifications_notification"],
        ),
        (
            ADMINISTRATOR,
            ["accounts_user", "auth_group", "outbox_message", "django_celery_beat_periodictask", "mfa_authenticator"],
            [],
        ),
    ],
)
def test_a_role_opens_its_own_lists_and_no_others(sign_in, role, opens, stays_shut):
    client = sign_in("staff", role)

    menu = client.get(reverse("admin:index")).content.decode()

    for model in opens:
        assert client.get(page(model, "changelist")).status_code == 200
        assert f'href="{page(model, "changelist")}"' in menu
    for model in stays_shut:
        assert client.get(page(model, "changelist")).status_code == 403
        assert page(model, "changelist") not in menu


def test_gate_people_without_the_staff_mark_stay_outside(client):
    sam = make_user("sam")
    sam.groups.add(Group.objects.get(name=GATE))
    client.force_login(sam)

    assert client.get(page("scanner_scan", "changelist"), follow=True).status_code == 403


@pytest.mark.parametrize("role", [FINANCE, ORGANISER, GATE])
def test_only_those_who_may_change_bookings_cancel_them(sign_in, role):
    booking = make_confirmed_booking(make_event_session(now=timezone.now()), now=timezone.now())
    client = sign_in("staff", role)

    client.post(
        page("bookings_booking", "changelist"),
        {"action": "cancel_selected", "_selected_action": [booking.pk], "reason": "Ill"},
    )
    button = press(client, reverse("admin:bookings_booking_cancel_and_refund", args=[booking.pk]))

    booking.refresh_from_db()
    assert button.status_code == 403
    assert booking.status == Booking.Status.CONFIRMED


def test_support_cancels_a_booking_once(sign_in):
    event_session = make_event_session(now=timezone.now())
    booking = make_confirmed_booking(event_session, "A1", now=timezone.now())
    client = sign_in("support", SUPPORT)
    button = reverse("admin:bookings_booking_cancel_and_refund", args=[booking.pk])

    press(client, button)
    again = press(client, button)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert get_place(event_session, "A1").state == Place.State.FREE
    assert "This booking is cancelled and cannot become cancelled." in said(again)[-1]


def test_support_corrects_nothing_by_the_rows_form(sign_in):
    """Whom to reach is corrected on the help page, which asks why."""
    booking = make_confirmed_booking(make_event_session(now=timezone.now()), now=timezone.now())
    client = sign_in("support", SUPPORT)

    client.post(
        page("bookings_booking", "change", booking.pk),
        {"name": "Alice", "phone": "+436601234567", "email": "right@example.com", "status": "expired"}
        | rows("items", [])
        | rows("tickets", [])
        | rows("payments", [])
        | rows("receipts", []),
    )

    booking.refresh_from_db()
    assert booking.email == "alice@example.com"
    assert booking.status == Booking.Status.CONFIRMED
