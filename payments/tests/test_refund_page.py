"""Staff give money back from the booking's page: by ticket, whole or as a sum, with what is kept in sight."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from djmoney.money import Money

from accounts.roles import FINANCE, GATE, ORGANISER, SUPPORT
from bookings.models import Booking, Ticket
from events.models import EventSession
from payments.invariants import find_breaches
from payments.models import Refund
from payments.services.cancelling import cancel_booking
from tests.drawn_halls import make_drawn_session
from tests.factories import get_place, make_confirmed_booking, make_event, make_event_session
from tests.pages import said, text_of
from tests.staff import make_staff

pytestmark = pytest.mark.django_db
KEY = "8c9e6679-7425-40de-944b-e07fc1f90ae7"


@pytest.fixture
def booking():
    """Two seats at 45.00 and a fee of 2.50 each; customers would lose half of the price by now, and the fees."""
    event = make_event(fee_per_ticket="2.50", refund_free_hours=240, refund_kept_percent=50)
    return make_confirmed_booking(
        make_event_session("A1 A2", event=event, now=timezone.now()), now=timezone.now(), labels="A1 A2"
    )


@pytest.fixture
def sign_in(client):
    def go(role):
        client.force_login(make_staff(role))
        return client

    return go


@pytest.fixture
def support(sign_in):
    return sign_in(SUPPORT)


def page_of(booking):
    return reverse("admin:bookings_booking_refund", args=[booking.pk])


def ids(booking, seats="A1 A2"):
    event_session = booking.items.first().event_session
    return [booking.tickets.get(place=get_place(event_session, seat)).pk for seat in seats.split()]


def ask(booking, seats="A1 A2", keep="policy", **more):
    return {"ticket": ids(booking, seats), "keep": keep, "destination": "original", "note": "Ill"} | more


def valid_count(booking):
    return booking.tickets.filter(status=Ticket.Status.VALID).count()


def test_the_booking_leads_there_and_the_tickets_say_what_the_policy_gives(support, booking):
    change = support.get(reverse("admin:bookings_booking_change", args=[booking.pk]))
    button = support.get(reverse("admin:bookings_booking_open_refund", args=[booking.pk]))
    page = text_of(support.get(page_of(booking)))

    assert reverse("admin:bookings_booking_open_refund", args=[booking.pk]) in change.content.decode()
    assert button.url == page_of(booking)
    assert page.count("By the policy €22.50 goes back now.") == 2
    assert "<dt>Left to give back</dt><dd>€95.00</dd>" in page


@pytest.mark.parametrize(
    ("keep", "more", "kept", "back"),
    [
        ("policy", {}, "€50.00", "€45.00"),
        ("fees", {}, "€5.00", "€90.00"),
        ("nothing", {}, "€0.00", "€95.00"),
        ("sum", {"kept": "12.34"}, "€12.34", "€82.66"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_sum_follows_what_is_ticked_with_and_without_javascript(support, booking, keep, more, kept, back, headers):
    page = text_of(support.get(page_of(booking), ask(booking, keep=keep, **more), headers=headers))

    assert f"<dt>Kept</dt><dd>−{kept}</dd>" in page
    assert f'<dd class="refund__total">{back}</dd>' in page
    assert ("<html" in page) is not bool(headers)
    assert valid_count(booking) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"ticket": []}, "Tick tickets"),
        ({"keep": "sum"}, "Say how much"),
        ({"keep": "sum", "kept": "-1"}, "Say how much"),
    ],
)
def test_a_half_filled_form_says_what_is_missing(support, booking, data, words):
    page = text_of(support.get(page_of(booking), ask(booking) | data, headers={"HX-Request": "true"}))

    assert words in page


@pytest.mark.parametrize(
    ("keep", "more", "back"),
    [("policy", {}, "22.50"), ("fees", {}, 45), ("nothing", {}, "47.50"), ("sum", {"kept": "7"}, "40.50")],
)
def test_one_ticket_is_cancelled_and_the_other_stays(support, booking, keep, more, back):
    response = support.post(page_of(booking), ask(booking, "A1", keep, note="Ill", **more))

    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.note) == (Money(back, "EUR"), "cancelled", "Ill")
    assert refund.requested_by.email == "support@example.com"
    assert valid_count(booking) == 1
    assert response.url == reverse("admin:bookings_booking_change", args=[booking.pk])
    assert said(response) == ["1 ticket is cancelled.", f"€{Decimal(back):.2f} is on its way back."]
    assert not list(find_breaches())


def test_the_whole_booking_goes_back_as_credit(support, booking):
    support.post(page_of(booking), ask(booking, keep="nothing", destination="credit"))

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert (Refund.objects.get().amount, Refund.objects.get().destination) == (Money(95, "EUR"), "credit")


def test_a_second_press_gives_nothing_twice(support, booking):
    asked = ask(booking, "A1")
    support.post(page_of(booking), asked)
    again = support.post(page_of(booking), asked)

    assert again.status_code == 422
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"ticket": []}, "Choose at least one ticket."),
        ({"keep": "sum", "kept": ""}, "How much?"),
        ({"keep": "sum", "kept": "95.01"}, "These tickets cost €95.00."),
        ({"keep": "sum", "kept": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_nothing_happens(support, booking, data, words):
    response = support.post(page_of(booking), ask(booking) | data)

    assert response.status_code == 422
    assert words in text_of(response)
    assert valid_count(booking) == 2
    assert not Refund.objects.exists()


def test_a_used_ticket_is_refused_by_name(support, booking):
    Ticket.objects.filter(pk__in=ids(booking, "A1")).update(checked_in_at=timezone.now())

    page = text_of(support.get(page_of(booking)))
    response = support.post(page_of(booking), ask(booking, "A1", "nothing"))

    assert "The customer could not: It was used at the gate." in page
    assert response.status_code == 409
    assert "Stalls, row A, seat 1 was used at the gate already" in text_of(response)
    assert valid_count(booking) == 2


def test_a_companion_does_not_stay_without_the_wheelchair_place(support):
    now = timezone.now()
    booking = make_confirmed_booking(make_drawn_session("wc...", now=now), "A1 A2", now=now)

    response = support.post(page_of(booking), ask(booking, "A1", "nothing"))

    assert response.status_code == 409
    assert "Cancel both together." in text_of(response)
    assert valid_count(booking) == 2


def test_after_the_doors_the_policy_keeps_everything_and_staff_may_still_give_it_back(support, booking):
    EventSession.objects.update(starts_at=timezone.now() - timedelta(minutes=5))

    page = text_of(support.get(page_of(booking), ask(booking, "A1"), headers={"HX-Request": "true"}))
    support.post(page_of(booking), ask(booking, "A1", "nothing"))

    assert '<dd class="refund__total">€0.00</dd>' in page
    assert Refund.objects.get().amount == Money("47.50", "EUR")


def test_above_the_limit_a_second_person_is_announced_and_waited_for(support, booking, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(50)

    small = text_of(support.get(page_of(booking), ask(booking, "A1", "nothing")))
    large = text_of(support.get(page_of(booking), ask(booking, keep="nothing")))
    response = support.post(page_of(booking), ask(booking, keep="nothing"))

    assert "more than €50.00 of one booking" in small
    assert "A second person has to approve it." not in small
    assert "A second person has to approve it." in large
    assert Refund.objects.get().status == Refund.Status.AWAITING_APPROVAL
    assert said(response)[-1] == "€95.00 waits for a second person."


def test_goodwill_is_given_once_with_its_reason(support, booking):
    asked = {"amount": "20", "note": "Rain through the roof", "destination": "original", "key": KEY}

    response = support.post(page_of(booking), asked)
    again = support.post(page_of(booking), asked)

    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.note) == (Money(20, "EUR"), "goodwill", "Rain through the roof")
    assert said(response) == ["€20.00 is on its way back."]
    assert again.status_code == 302
    assert valid_count(booking) == 2
    assert "<dd>€75.00</dd>" in text_of(support.get(page_of(booking)))
    assert not list(find_breaches())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"amount": "95.01"}, "Only 95.00 of this booking"),
        ({"amount": "0"}, "greater than or equal to 0.01"),
        ({"amount": "-5"}, "greater than or equal to 0.01"),
        ({"amount": "lots"}, "Enter a number"),
        ({"amount": "1.005"}, "no more than 2 decimal places"),
        ({"note": ""}, "Say why"),
    ],
)
def test_goodwill_that_cannot_be_given_says_why(support, booking, data, words):
    asked = {"amount": "20", "note": "Rain", "destination": "original", "key": KEY} | data

    response = support.post(page_of(booking), asked)

    assert response.status_code == 422
    assert words in text_of(response)
    assert not Refund.objects.exists()


def test_a_cancelled_booking_may_still_get_what_was_kept(support, booking):
    cancel_booking(booking_id=booking.pk, kept=Decimal(50), now=timezone.now())

    page = text_of(support.get(page_of(booking)))
    support.post(page_of(booking), {"amount": "50", "note": "Ill", "destination": "original", "key": KEY})

    assert "Cancel these tickets" not in page
    assert sorted(refund.amount.amount for refund in Refund.objects.all()) == [45, 50]
    assert not list(find_breaches())


def test_finance_gives_goodwill_but_cancels_no_ticket(sign_in, booking):
    fiona = sign_in(FINANCE)

    page = text_of(fiona.get(page_of(booking)))
    refused = fiona.post(page_of(booking), ask(booking))
    fiona.post(page_of(booking), {"amount": "20", "note": "Rain", "destination": "original", "key": KEY})

    assert "Cancel these tickets" not in page
    assert refused.status_code == 403
    assert valid_count(booking) == 2
    assert Refund.objects.get().amount == Money(20, "EUR")


@pytest.mark.parametrize("role", [ORGANISER, GATE])
def test_others_stay_outside(sign_in, booking, role):
    client = sign_in(role)

    assert client.get(page_of(booking)).status_code == 403
    assert client.post(page_of(booking), ask(booking)).status_code == 403
    assert valid_count(booking) == 2
