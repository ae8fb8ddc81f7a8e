"""Promo codes in the back office: who makes them, and what shows how far they are used."""

import pytest
from django.urls import reverse

from accounts.roles import FINANCE, ORGANISER, SUPPORT
from bookings.models import Booking
from bookings.services.promo_codes import use_promo_code
from promotions.models import PromoCode
from tests.booking import go_to_payment, hold, pay
from tests.factories import NOON, make_event_session
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def code():
    return PromoCode.objects.create(code="SPRING", percent=10)


@pytest.fixture
def reduced(code):
    """A paid booking with the code."""
    booking = hold(make_event_session("A1 A2"), "A1 A2")
    use_promo_code(booking_id=booking.pk, typed="SPRING", now=NOON)
    pay(go_to_payment(booking))
    return Booking.objects.get(pk=booking.pk)


def test_an_organiser_makes_a_code(client):
    sign_in(client, ORGANISER)
    typed = {"code": "sum-mer 5", "amount": "5", "currency": "EUR", "is_active": "on"}

    answer = client.post(reverse("admin:promotions_promocode_add"), typed)

    assert answer.status_code == 302, answer.content.decode()
    assert PromoCode.objects.get().code == "SUMMER5"


def test_a_code_that_is_there_already_is_refused(client, code):
    sign_in(client, ORGANISER)
    typed = {"code": "spring", "percent": "5", "currency": "EUR"}

    answer = client.post(reverse("admin:promotions_promocode_add"), typed)

    assert "already exists" in answer.content.decode()


def test_usage_is_shown_and_leads_to_the_bookings(client, reduced, code):
    PromoCode.objects.update(most_uses=5)
    sign_in(client, ORGANISER)

    page = client.get(reverse("admin:promotions_promocode_change", args=[code.pk])).content.decode()
    listed = client.get(reverse("admin:promotions_promocode_changelist")).content.decode()
    bookings = client.get(f"/admin/bookings/booking/?promo_code__id__exact={code.pk}").content.decode()

    assert "1 of 5" in page
    assert "€9.00" in page
    assert "1 of 5" in listed
    assert reduced.reference in bookings


def test_the_limit_does_not_go_below_what_is_used(client, reduced, code):
    booking = hold(make_event_session("A1"), "A1")
    use_promo_code(booking_id=booking.pk, typed="SPRING", now=NOON)
    sign_in(client, ORGANISER)
    typed = {"code": "SPRING", "percent": "10", "currency": "EUR", "most_uses": "1"}

    answer = client.post(reverse("admin:promotions_promocode_change", args=[code.pk]), typed)

    assert "It has 2 uses already." in answer.content.decode()


def test_usage_is_exported(client, reduced, code):
    sign_in(client, ORGANISER)
    columns = {"resource": "", "format": "0"}
    page = client.get(reverse("admin:promotions_promocode_export"))
    fields = {name: "on" for name in page.context["form"].fields if name.startswith("promocoderesource_")}

    answer = client.post(reverse("admin:promotions_promocode_export"), columns | fields)

    rows = answer.content.decode().splitlines()
    assert "taken off" in rows[0]
    assert "€9.00" in rows[1]


def test_support_looks_and_finance_does_not(client, code):
    changelist = reverse("admin:promotions_promocode_changelist")
    sign_in(client, SUPPORT)
    assert client.get(changelist).status_code == 200
    assert client.get(reverse("admin:promotions_promocode_add")).status_code == 403

    sign_in(client, FINANCE)
    assert client.get(changelist).status_code == 403


def test_an_access_code_names_its_events_whose_pages_then_ask_for_it(client):
    sign_in(client, ORGANISER)
    event = make_event_session("A1").event
    typed = {"code": "FANS", "opens_early": "on", "currency": "EUR", "is_active": "on"}

    answer = client.post(reverse("admin:promotions_promocode_add"), typed)
    assert answer.status_code == 200
    assert "Name the events that it opens." in answer.content.decode()

    client.post(reverse("admin:promotions_promocode_add"), typed | {"events": [event.pk]})
    event.refresh_from_db()
    assert event.takes_access_codes
    assert "opens early" in client.get(reverse("admin:promotions_promocode_changelist")).content.decode()
