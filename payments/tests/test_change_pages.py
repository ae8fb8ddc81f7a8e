"""Customers change tickets by themselves: choose them, choose places, see the difference, pay it or press once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, Ticket
from bookings.services.changing import start_change
from payments.invariants import find_breaches
from payments.models import Refund
from tests.customer import Customer, run_out_of_time
from tests.factories import get_place, get_seat_ids, make_confirmed_booking, make_event, make_event_session, make_user
from tests.pages import said, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return make_event(change_free_hours=24)


@pytest.fixture
def event_session(event):
    """45.00 each, 20.00 for children, next week."""
    return make_event_session("A1 A2 A3 A4", event=event, now=timezone.now(), ticket_types={"Child": "20.00"})


@pytest.fixture
def dear(event):
    return make_event_session("B1 B2 B3", event=event, now=timezone.now(), price="60.00")


@pytest.fixture
def booking(event_session):
    return make_confirmed_booking(event_session, "A1 A2", now=timezone.now())


@pytest.fixture
def alice(client):
    return Customer(client)


def page_of(booking):
    return reverse("bookings:change", args=[booking.access_key])


def at(booking, seats):
    event_session = booking.items.first().event_session
    return [booking.tickets.get(place=get_place(event_session, seat)).pk for seat in seats.split()]


def begin(alice, booking, seats, **wanted):
    return alice.client.post(page_of(booking), {"ticket": at(booking, seats), "into": "places", **wanted})


def valid_count(booking):
    return booking.tickets.filter(status=Ticket.Status.VALID).count()


def test_the_booking_leads_there_where_tickets_may_be_changed(client, booking, event):
    assert page_of(booking) in text_of(client.get(booking.get_absolute_url()))

    event.change_free_hours = None
    event.save()

    assert page_of(booking) not in text_of(client.get(booking.get_absolute_url()))


def test_which_tickets_and_what_into_is_asked(client, booking, dear):
    page = text_of(client.get(page_of(booking)))

    assert page.count('type="checkbox"') == 2
    assert "Other places, or another date" in page
    assert f'<option value="{dear.pk}">' in page


def test_a_ticket_that_may_not_be_changed_says_why(client, booking):
    Ticket.objects.filter(pk=at(booking, "A1")[0]).update(checked_in_at=timezone.now())

    page = text_of(client.get(page_of(booking)))

    assert "It was used at the gate." in page
    assert page.count(" disabled>") == 1
    assert client.post(page_of(booking), {"ticket": at(booking, "A1"), "into": "places"}).status_code == 409


def test_nothing_chosen_is_said_and_what_was_chosen_is_kept(client, booking):
    nothing = client.post(page_of(booking), {"into": "types"})
    wrong = client.post(page_of(booking), {"into": "castles", "ticket": at(booking, "A2")})

    assert (nothing.status_code, wrong.status_code) == (422, 422)
    assert "Choose at least one ticket." in text_of(nothing)
    assert f'value="{at(booking, "A2")[0]}" checked' in text_of(wrong)


def test_the_map_says_what_is_being_changed_and_takes_no_more(alice, booking, event_session):
    response = begin(alice, booking, "A1")
    page = text_of(alice.client.get(response["Location"]))

    assert response["Location"] == reverse("bookings:seats", args=[event_session.pk])
    assert f"You are changing 1 ticket of booking {booking.reference}." in page
    assert 'data-limit="1"' in page
    assert alice.hold(event_session, "A3 A4").status_code == 422


def test_the_wished_date_is_shown(alice, booking, dear):
    response = begin(alice, booking, "A1", date=dear.pk)

    assert response["Location"] == reverse("bookings:seats", args=[dear.pk])


def test_the_basket_shows_the_difference_and_changes_at_once_where_nothing_is_due(alice, booking, event_session):
    begin(alice, booking, "A1")
    assert "Choose places" in text_of(alice.client.get("/basket/"))
    assert alice.client.get("/checkout/")["Location"] == "/basket/"
    alice.hold(event_session, "A3")

    basket = text_of(alice.client.get("/basket/"))
    assert "The tickets you give up</dt><dd>−€45.00" in basket
    assert 'To pay</dt><dd class="total">€0.00' in basket
    assert "Change now" in text_of(alice.client.get("/checkout/"))
    change = alice.booking
    response = alice.pay_button()

    assert response["Location"] == change.get_absolute_url()
    assert (valid_count(booking), valid_count(change)) == (1, 1)
    assert f"{booking.get_absolute_url()}" in text_of(alice.client.get(response["Location"]))
    old = text_of(alice.client.get(booking.get_absolute_url()))
    assert "Changed: the new tickets are in" in old
    assert change.get_absolute_url() in old
    assert not list(find_breaches())


def test_the_difference_is_paid_at_the_provider(provider, alice, booking, dear):
    begin(alice, booking, "A1 A2", date=dear.pk)
    alice.hold(dear, "B1 B2")
    assert "Pay €30.00" in text_of(alice.client.get("/checkout/"))

    alice.pay_button()
    payment = alice.payment
    provider.pay(payment.provider_id)
    response = alice.come_back(payment)

    assert payment.amount.amount == 30
    assert response["Location"] == payment.booking.get_absolute_url()
    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert "These tickets were changed" in text_of(alice.client.get(booking.get_absolute_url()))
    assert not list(find_breaches())


def test_another_ticket_type_is_chosen_in_the_basket(alice, booking, event_session):
    child = event_session.tiers.get(ticket_type__name="Child").ticket_type
    response = begin(alice, booking, "A1", into="types")
    item = alice.booking.items.get()
    alice.client.post(reverse("bookings:ticket_types"), {f"ticket-type-{item.pk}": child.pk})

    assert response["Location"] == "/basket/"
    assert 'Goes back to you</dt><dd class="total">€25.00' in text_of(alice.client.get("/basket/"))
    alice.pay_button()
    assert Refund.objects.filter(destination="original").get().amount.amount == 25
    assert not list(find_breaches())


def test_a_full_basket_is_finished_first(alice, booking, dear):
    alice.hold(dear, "B1")

    response = begin(alice, booking, "A1")

    assert response.status_code == 422
    assert "Something else is in your basket." in text_of(response)
    assert not Booking.objects.filter(replaces=booking).exists()


def test_a_change_that_lapsed_on_the_map_begins_no_ordinary_basket(alice, booking, event_session):
    begin(alice, booking, "A1")
    change = alice.booking
    run_out_of_time(change)

    response = alice.client.post(
        reverse("bookings:hold", args=[event_session.pk]),
        {"seat": get_seat_ids(event_session, "A3"), "change": change.reference},
    )

    assert response.status_code == 409
    assert "Your time ran out" in text_of(response)
    assert Booking.objects.count() == 2
    assert "Your tickets are as they were." in text_of(alice.client.get("/basket/"))


def test_giving_up_leaves_the_tickets(alice, booking, event_session):
    begin(alice, booking, "A1")
    alice.hold(event_session, "A3")

    alice.client.post(reverse("bookings:release"))

    assert valid_count(booking) == 2
    assert page_of(booking) in text_of(alice.client.get(booking.get_absolute_url()))


def test_a_change_that_is_being_paid_elsewhere_comes_into_this_window(client, alice, booking, event_session):
    begin(alice, booking, "A1")
    alice.hold(event_session, "A3")
    change = alice.booking
    Booking.objects.filter(pk=change.pk).update(status=Booking.Status.AWAITING_PAYMENT)
    other = Customer(type(client)())

    response = begin(other, booking, "A2")

    assert response["Location"] == "/basket/"
    assert other.booking == change
    assert "under way in another window" in said(response)[0]


def test_who_booked_with_an_account_changes_by_link_without_signing_in(alice, event_session):
    booking = make_confirmed_booking(event_session, "A1", now=timezone.now(), buyer=make_user("alice"))
    begin(alice, booking, "A1")
    alice.hold(event_session, "A3")
    change = alice.booking

    alice.pay_button()

    change.refresh_from_db()
    assert (change.status, change.buyer) == (Booking.Status.CONFIRMED, booking.buyer)


def test_a_change_begun_by_staff_is_opened_by_its_link(alice, booking, event_session):
    begun = start_change(booking_id=booking.pk, ticket_ids=at(booking, "A1"), now=timezone.now(), has_deadline=False)
    link = reverse("bookings:open_change", args=[begun.access_key])

    assert alice.client.get(link)["Location"] == reverse("bookings:seats", args=[event_session.pk])
    alice.hold(event_session, "A3")
    assert alice.booking == begun
    assert alice.client.get(link)["Location"] == "/basket/"
    run_out_of_time(begun)
    assert alice.client.get(link)["Location"] == booking.get_absolute_url()
    assert alice.client.get(reverse("bookings:open_change", args=[booking.access_key])).status_code == 404


def test_a_link_to_a_change_does_not_push_another_basket_out_of_sight(alice, booking, event_session):
    ticket_ids = [each.pk for each in booking.tickets.all()]
    change = start_change(booking_id=booking.pk, ticket_ids=ticket_ids, now=timezone.now())
    alice.hold(make_event_session("B1", now=timezone.now()), "B1")
    basket = alice.booking

    page = alice.client.get(reverse("bookings:open_change", args=[change.access_key]), follow=True)

    assert alice.booking == basket
    assert "Finish this basket or give it back first. Then change your tickets." in page.content.decode()
    alice.client.post("/basket/release/")
    alice.client.get(reverse("bookings:open_change", args=[change.access_key]))
    assert alice.booking == change


def test_money_that_came_too_late_is_explained(provider, alice, booking, dear):
    begin(alice, booking, "A1", date=dear.pk)
    alice.hold(dear, "B1")
    alice.pay_button()
    payment = alice.payment
    Ticket.objects.filter(booking=booking).update(checked_in_at=timezone.now() - timedelta(minutes=1))
    provider.pay(payment.provider_id)

    page = text_of(alice.come_back(payment))

    assert "your tickets could not be changed any more" in page
    assert booking.get_absolute_url() in page


def test_no_page_of_a_change_opens_without_its_key(client, booking):
    assert client.get("/bookings/nobodys-key/change/").status_code == 404
    assert client.get("/bookings/nobodys-key/go-on/").status_code == 404
