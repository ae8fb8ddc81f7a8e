"""Customers cancel by themselves: whole or in part, money or credit, for the sum they saw, and only once."""

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone
from djmoney.money import Money

from bookings.models import Booking, Place, Ticket
from payments.errors import CancellationRefusedError, TermsChangedError
from payments.invariants import find_breaches
from payments.models import Refund
from payments.services.cancelling import cancel_tickets, cancel_under_policy, refund_amount
from tests.concurrency import run_together
from tests.drawn_halls import make_drawn_session
from tests.factories import NOON, get_place, make_confirmed_booking, make_event, make_event_session, make_user
from tests.pages import said, text_of

pytestmark = pytest.mark.django_db
SEATS = "A1 A2"


@pytest.fixture
def booking():
    """Two seats at 45.00 and a fee of 2.50 each, next week; free of charge until two days before, but for the fees."""
    return make_cancellable()


def make_cancellable(*, event_session=None, starts_in=timedelta(days=7), seats=SEATS, **policy):
    event = make_event(fee_per_ticket="2.50", **{"refund_free_hours": 48, "refund_kept_percent": 50} | policy)
    now = timezone.now()
    event_session = event_session or make_event_session(SEATS, event=event, now=now, starts_in=starts_in)
    return make_confirmed_booking(event_session, seats, now=now)


def page_of(booking):
    return reverse("payments:cancel", args=[booking.access_key])


def ticket_at(booking, seat):
    return booking.tickets.get(place=get_place(booking.items.first().event_session, seat))


def valid_count(booking):
    return booking.tickets.filter(status=Ticket.Status.VALID).count()


def test_the_booking_leads_there_and_says_the_terms(client, booking):
    page = text_of(client.get(booking.get_absolute_url()))

    assert f'href="{page_of(booking)}"' in page
    assert "Free cancellation until 48 hours before the start" in page


def test_the_tickets_are_asked_for_with_what_each_gives_back(client, booking):
    page = text_of(client.get(page_of(booking)))

    assert page.count("€45.00 back") == 2
    assert not Refund.objects.exists()


def test_the_sum_is_shown_before_anything_happens(client, booking):
    page = text_of(client.get(page_of(booking), {"ticket": [ticket_at(booking, "A1").pk]}))

    assert "Cancel this ticket?" in page
    assert "Your other tickets stay as they are." in page
    assert "<dd>€47.50</dd>" in page
    assert "<dd>−€2.50</dd>" in page
    assert "Cancel and get €45.00 back" in page
    assert valid_count(booking) == 2


@pytest.mark.parametrize("send", ["get", "post"])
def test_an_address_that_names_no_ticket_asks_for_one(client, booking, send):
    response = getattr(client, send)(page_of(booking), {"ticket": ["9" * 5000, "A1", ""], "back": "0.00"})

    assert response.status_code == 422
    assert "Choose at least one ticket." in text_of(response)


def test_one_ticket_is_cancelled_for_the_sum_shown_and_the_other_stays(client, booking):
    gone = ticket_at(booking, "A1")
    agreed = {"ticket": [gone.pk], "back": "45.00", "destination": "original"}

    response = client.post(page_of(booking), agreed)
    again = client.post(page_of(booking), agreed)

    assert (response.url, again.url) == (booking.get_absolute_url(),) * 2
    assert said(response)[-1] == "It is cancelled. €45.00 is on its way back to you."
    gone.refresh_from_db()
    assert (gone.status, gone.place.state) == (Ticket.Status.VOID, Place.State.FREE)
    assert valid_count(booking) == 1
    refund = Refund.objects.get()
    assert (refund.amount, refund.destination, refund.status) == (Money(45, "EUR"), "original", "pending")
    assert refund.requested_by is None
    page = text_of(client.get(booking.get_absolute_url()))
    assert "On its way" in page
    assert "Back the way you paid" in page
    assert not list(find_breaches())


def test_the_whole_booking_is_cancelled_and_its_page_says_where_the_money_is(client, booking):
    page = text_of(client.get(page_of(booking), {"all": "1"}))
    assert "That is the whole booking." in page
    tickets = [ticket.pk for ticket in booking.tickets.all()]

    client.post(page_of(booking), {"ticket": tickets, "back": "90.00", "destination": "original"})
    again = client.post(page_of(booking), {"ticket": tickets, "back": "90.00", "destination": "original"})

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert again.url == booking.get_absolute_url()
    assert Refund.objects.get().amount == Money(90, "EUR")
    page = text_of(client.get(booking.get_absolute_url()))
    assert "This booking was cancelled" in page
    assert "€90.00" in page
    assert "Cancel tickets" not in page
    Refund.objects.update(status=Refund.Status.SUCCEEDED, settled_at=timezone.now())
    assert "Sent back" in text_of(client.get(booking.get_absolute_url()))


@pytest.mark.parametrize(
    ("status", "words"), [("failed", "Our staff have been told"), ("awaiting_approval", "Being checked")]
)
def test_a_refund_that_takes_longer_says_why(client, booking, status, words):
    cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket_at(booking, "A1").pk], now=timezone.now())
    Refund.objects.update(status=status, error="card_closed: 4242")

    page = text_of(client.get(booking.get_absolute_url()))

    assert words in page
    assert "card_closed" not in page


def test_the_customer_may_have_credit_instead(client, booking):
    page = text_of(client.get(page_of(booking), {"all": "1"}))
    assert "As credit for another visit, at once" in page
    tickets = [ticket.pk for ticket in booking.tickets.all()]

    response = client.post(page_of(booking), {"ticket": tickets, "back": "90.00", "destination": "credit"})

    assert said(response)[-1] == "It is cancelled. Credit of €90.00 is on its way to you."
    assert Refund.objects.get().destination == Refund.Destination.CREDIT


def test_a_booking_of_one_ticket_is_asked_about_at_once(client):
    booking = make_cancellable(seats="A1")

    assert "Cancel this ticket?" in text_of(client.get(page_of(booking)))


@pytest.mark.parametrize(
    ("policy", "starts_in", "words"),
    [
        ({"refund_free_hours": None}, timedelta(days=7), "Tickets for this event cannot be cancelled here."),
        ({"refund_kept_percent": 100}, timedelta(hours=3), "The time to cancel for money is over."),
        ({"refund_free_hours": 0}, timedelta(hours=-1), "The doors are open"),
    ],
)
def test_what_may_not_be_cancelled_says_why_and_stays(client, policy, starts_in, words):
    booking = make_cancellable(**policy)
    session = booking.items.first().event_session
    session.starts_at = timezone.now() + starts_in
    session.save(update_fields=["starts_at"])

    page = client.get(page_of(booking))
    tickets = [ticket.pk for ticket in booking.tickets.all()]
    response = client.post(page_of(booking), {"ticket": tickets, "back": "0", "destination": "original"})

    assert words in text_of(page)
    assert response.status_code == 409
    assert words in text_of(response)
    assert valid_count(booking) == 2
    assert not Refund.objects.exists()
    assert "Cancel tickets" not in text_of(client.get(booking.get_absolute_url()))


def test_a_used_ticket_stays_and_the_other_may_go(client, booking):
    used = ticket_at(booking, "A1")
    Ticket.objects.filter(pk=used.pk).update(checked_in_at=timezone.now())

    page = text_of(client.get(page_of(booking)))
    response = client.post(page_of(booking), {"ticket": [used.pk], "back": "45.00", "destination": "original"})
    alone = text_of(client.get(page_of(booking), {"all": "1"}))

    assert "It was used at the gate." in page
    assert response.status_code == 409
    assert valid_count(booking) == 2
    assert "Cancel this ticket?" in alone


def test_when_less_would_go_back_by_now_the_new_sum_is_shown_first(client):
    booking = make_cancellable(starts_in=timedelta(hours=47))
    tickets = [ticket.pk for ticket in booking.tickets.all()]

    response = client.post(page_of(booking), {"ticket": tickets, "back": "90.00", "destination": "original"})

    assert response.status_code == 409
    assert "Meanwhile less would go back: €45.00." in text_of(response)
    assert valid_count(booking) == 2
    again = client.post(page_of(booking), {"ticket": tickets, "back": "45.00", "destination": "original"})
    assert again.url == booking.get_absolute_url()
    assert Refund.objects.get().amount == Money(45, "EUR")


def test_goodwill_given_before_is_shown_and_not_given_twice(client, booking):
    refund_amount(
        booking_id=booking.pk, amount=Decimal(20), key="1", note="", now=timezone.now(), actor=make_user("fiona")
    )

    page = text_of(client.get(page_of(booking), {"all": "1"}))
    assert "<dt>Given back to you before</dt><dd>−€15.00</dd>" in page
    assert "Cancel and get €75.00 back" in page
    tickets = [ticket.pk for ticket in booking.tickets.all()]
    client.post(page_of(booking), {"ticket": tickets, "back": "75.00", "destination": "original"})

    assert sorted(refund.amount.amount for refund in Refund.objects.all()) == [20, 75]
    assert not list(find_breaches())


def test_a_companion_is_ticked_along_with_the_wheelchair_place(client):
    event, now = make_event(refund_free_hours=48), timezone.now()
    booking = make_confirmed_booking(make_drawn_session("wc...", event=event, now=now), "A1 A2 A3", now=now)
    wheelchair, companion = ticket_at(booking, "A1"), ticket_at(booking, "A2")

    response = client.get(page_of(booking), {"ticket": [wheelchair.pk]})

    assert response.status_code == 409
    page = text_of(response)
    assert "Hall, row A, seat 2 is for someone who comes with the wheelchair user" in page
    for ticket in (wheelchair, companion):
        assert re.search(rf'value="{ticket.pk}" checked', page)
    together = client.get(page_of(booking), {"ticket": [wheelchair.pk, companion.pk]})
    assert "Cancel these 2 tickets?" in text_of(together)


@pytest.mark.parametrize("chosen", [["0"], ["x"], ["9" * 40], ["-1"], [""]])
def test_tickets_of_nobody_are_no_choice(client, booking, chosen):
    other = make_cancellable()
    chosen = [*chosen, str(other.tickets.first().pk)]

    asked = client.get(page_of(booking), {"ticket": chosen})
    response = client.post(page_of(booking), {"ticket": chosen[:1], "back": "45.00"})

    assert (asked.status_code, "Choose at least one ticket." in text_of(asked)) == (422, True)
    assert response.status_code in {302, 422}
    client.post(page_of(booking), {"ticket": chosen, "back": "45.00"})
    assert valid_count(other) == 2
    assert not Refund.objects.exists()


@pytest.mark.parametrize("data", [{}, {"back": "lots"}, {"back": "-5"}, {"back": "45", "destination": "cash"}])
def test_an_agreement_without_a_sum_is_asked_again(client, booking, data):
    response = client.post(page_of(booking), {"ticket": [ticket_at(booking, "A1").pk]} | data)

    assert "Cancel and get €45.00 back" in text_of(response)
    assert valid_count(booking) == 2


def test_another_link_opens_nothing(client, booking):
    assert client.get(reverse("payments:cancel", args=["x" * 24])).status_code == 404


def test_the_service_refuses_what_the_page_would_not_offer(booking):
    tickets = [ticket.pk for ticket in booking.tickets.all()]
    cancel = partial(cancel_under_policy, booking_id=booking.pk, ticket_ids=tickets, destination="original")

    with pytest.raises(TermsChangedError):
        cancel(back=Decimal("90.01"), now=timezone.now())
    with pytest.raises(CancellationRefusedError):
        cancel(back=Decimal(0), now=timezone.now() + timedelta(days=8))

    assert valid_count(booking) == 2


@pytest.mark.django_db(transaction=True)
def test_of_six_presses_of_the_button_one_refund_comes():
    event_session = make_event_session(SEATS, event=make_event(refund_free_hours=24))
    booking = make_confirmed_booking(event_session, SEATS)
    tickets = [ticket.pk for ticket in booking.tickets.all()]
    press = partial(cancel_under_policy, booking_id=booking.pk, back=Decimal(45), destination="original", now=NOON)

    # Three want both tickets and three the first: whoever comes first, nothing is given twice.
    results = run_together(
        *(partial(press, ticket_ids=tickets) for _ in range(3)),
        *(partial(press, ticket_ids=tickets[:1]) for _ in range(3)),
    )

    assert not any(isinstance(result, Exception) for result in results)
    assert sum(refund.amount.amount for refund in Refund.objects.all()) == 90
