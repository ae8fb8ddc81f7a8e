"""The basket and the booking's private page."""

import pytest
from django.utils import timezone

from bookings.invariants import find_breaches
from bookings.models import Booking, Place
from events.models import EventSession
from payments.services.cancelling import cancel_booking
from tests.customer import HTMX, Customer, run_out_of_time
from tests.drawn_halls import make_drawn_session
from tests.factories import get_place, make_confirmed_booking, make_event, make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    return Customer(client)


@pytest.fixture
def event_session():
    return make_event_session("A1 A2", now=timezone.now(), ticket_types={"Child": "20.00"})


def test_without_a_cookie_the_basket_is_empty(client):
    assert "Your basket is empty" in client.get("/basket/").content.decode()


def test_the_basket_says_until_when_it_is_kept_and_what_it_costs(alice, event_session):
    alice.hold(event_session, "A1 A2")

    html = alice.client.get("/basket/").content.decode()

    assert "Stalls, row A, seat 1" in html
    assert "kept until" in html
    assert "€90.00" in html


def test_after_the_time_ran_out_the_basket_tells_what_was_in_it(alice, event_session):
    alice.hold(event_session, "A1")
    run_out_of_time(alice.booking)

    html = alice.client.get("/basket/").content.decode()

    assert "Your time ran out" in html
    assert "Stalls, row A, seat 1" in html


def test_removing_a_place_frees_it_at_once(alice, event_session):
    alice.hold(event_session, "A1 A2")
    item = alice.booking.items.first()

    response = alice.client.post(f"/basket/items/{item.pk}/remove/", headers=HTMX)

    assert response.status_code == 200
    assert '<div id="basket"' in response.content.decode()
    assert get_place(event_session, "A1").state == Place.State.FREE
    assert alice.booking.items.count() == 1


def test_removing_the_last_place_ends_in_an_empty_basket(alice, event_session):
    alice.hold(event_session, "A1")
    item = alice.booking.items.get()

    response = alice.client.post(f"/basket/items/{item.pk}/remove/", follow=True)

    assert response.status_code == 200
    assert get_place(event_session, "A1").state == Place.State.FREE


def test_removing_the_last_place_by_htmx_shows_the_empty_basket(alice, event_session):
    alice.hold(event_session, "A1")
    item = alice.booking.items.get()

    response = alice.client.post(f"/basket/items/{item.pk}/remove/", headers=HTMX)

    assert response.headers["HX-Redirect"] == "/basket/"
    assert "Your basket is empty" in alice.client.get("/basket/").content.decode()


def test_the_places_of_a_cancelled_date_leave_the_basket_and_the_others_stay(alice, event_session):
    other = make_event_session("A1", now=timezone.now(), event=make_event("Macbeth"))
    alice.hold(event_session, "A1")
    alice.hold(other, "A1")
    EventSession.objects.filter(pk=other.pk).update(status=EventSession.Status.CANCELLED)

    html = alice.client.get("/basket/", follow=True).content.decode()
    again = alice.client.get("/basket/")

    assert "“Macbeth” was cancelled by the organiser, so its places left your basket. The others stay yours." in html
    assert "left your basket" not in again.content.decode()
    assert [item.event_session for item in alice.booking.items.all()] == [event_session]
    assert get_place(other, "A1").booking is None
    assert not list(find_breaches())


def test_a_place_of_someone_elses_basket_stays(alice, event_session):
    bob = Customer()
    bob.hold(event_session, "A1")
    alice.hold(event_session, "A2")

    alice.client.post(f"/basket/items/{bob.booking.items.get().pk}/remove/")

    assert get_place(event_session, "A1").booking == bob.booking


def test_another_ticket_type_changes_the_price(alice, event_session):
    alice.hold(event_session, "A1")
    item = alice.booking.items.get()
    child = event_session.tiers.get(ticket_type__name="Child").ticket_type_id

    response = alice.client.post("/basket/ticket-types/", {f"ticket-type-{item.pk}": child}, headers=HTMX)

    assert "€20.00" in response.content.decode()
    item.refresh_from_db()
    assert item.ticket_type_id == child


def test_keeping_the_places_longer_works_until_the_cap(alice, event_session, settings):
    alice.hold(event_session, "A1")
    first_until = alice.booking.held_until
    Booking.objects.update(held_until=timezone.now() + timezone.timedelta(minutes=1))

    assert alice.client.post("/basket/renew/", headers=HTMX).status_code == 200
    assert alice.booking.held_until >= first_until

    Booking.objects.update(created_at=timezone.now() - settings.HOLD_CAP + timezone.timedelta(minutes=2))
    Booking.objects.update(held_until=timezone.now() + timezone.timedelta(minutes=2))
    refused = alice.client.post("/basket/renew/", headers=HTMX)
    assert refused.status_code == 409
    assert "These places cannot be kept any longer." in refused.content.decode()


def test_a_refusal_without_javascript_is_said_on_the_basket_page(alice, event_session, settings):
    alice.hold(event_session, "A1")
    Booking.objects.update(created_at=timezone.now() - settings.HOLD_CAP + timezone.timedelta(minutes=2))

    response = alice.client.post("/basket/renew/", follow=True)

    assert "These places cannot be kept any longer." in response.content.decode()


def test_giving_everything_back_frees_it_and_says_so(alice, event_session):
    alice.hold(event_session, "A1 A2")

    response = alice.client.post("/basket/release/", follow=True)

    assert "Your places are free for others again." in response.content.decode()
    assert not Place.objects.exclude(state=Place.State.FREE).exists()


def test_changing_a_lapsed_basket_is_refused_in_words(alice, event_session):
    alice.hold(event_session, "A1")
    run_out_of_time(alice.booking)

    response = alice.client.post("/basket/renew/", follow=True)

    assert "Your time ran out" in response.content.decode()


def test_a_booking_page_opens_by_its_key_only(client, event_session):
    booking = make_confirmed_booking(event_session, "A1", now=timezone.now())
    ticket = booking.tickets.get()

    assert client.get(booking.get_absolute_url()).status_code == 200
    for path in ("", "tickets.pdf", f"{ticket.code}.png"):
        assert client.get(f"/bookings/{'x' * len(booking.access_key)}/{path}").status_code == 404


def test_a_code_of_another_booking_is_not_shown(client, event_session):
    mine = make_confirmed_booking(event_session, "A1", now=timezone.now())
    other = make_confirmed_booking(event_session, "A2", now=timezone.now())

    assert client.get(f"{mine.get_absolute_url()}{other.tickets.get().code}.png").status_code == 404


def test_an_open_basket_has_no_tickets_and_its_page_leads_to_the_basket(alice, event_session):
    alice.hold(event_session, "A1")
    page = alice.booking.get_absolute_url()

    assert alice.client.get(page).url == "/basket/"
    assert alice.client.get(f"{page}tickets.pdf").status_code == 404


def test_a_cancelled_booking_says_so_and_gives_out_no_code(client, event_session):
    booking = make_confirmed_booking(event_session, "A1", now=timezone.now())
    code = booking.tickets.get().code
    cancel_booking(booking_id=booking.pk, now=timezone.now())

    assert "This booking was cancelled" in client.get(booking.get_absolute_url()).content.decode()
    assert client.get(f"{booking.get_absolute_url()}{code}.png").status_code == 404
    assert client.get(f"{booking.get_absolute_url()}tickets.pdf").status_code == 404


def test_an_unpaid_booking_says_so(alice, event_session):
    alice.hold(event_session, "A1")
    booking = alice.booking
    run_out_of_time(booking)

    assert "was not paid in time" in alice.client.get(booking.get_absolute_url()).content.decode()


def test_my_bookings_need_a_sign_in_and_show_mine_only(client, event_session):
    alice = make_user("alice")
    make_confirmed_booking(event_session, "A1", now=timezone.now(), buyer=alice)
    other = make_confirmed_booking(event_session, "A2", now=timezone.now(), buyer=make_user("bob"))
    assert client.get("/bookings/").status_code == 302

    client.force_login(alice)
    html = client.get("/bookings/").content.decode()

    assert "Coming up" in html
    assert event_session.event.title in html
    assert other.reference not in html


def test_someone_without_bookings_gets_a_way_on(client):
    client.force_login(make_user("alice"))

    assert "See all events" in client.get("/bookings/").content.decode()


def test_the_next_person_at_the_computer_does_not_see_the_basket_of_who_signed_out(alice, event_session):
    alice.client.force_login(make_user("alice"))
    alice.hold(event_session, "A1")
    key = alice.client.cookies["basket"].value
    alice.client.logout()
    alice.client.cookies["basket"] = key

    for address in ("/basket/", "/checkout/"):
        html = alice.client.get(address, follow=True).content.decode()
        assert "row A, seat 1" not in html
        assert "alice@example.com" not in html
    run_out_of_time(Booking.objects.get())
    assert "row A, seat 1" not in alice.client.get("/basket/").content.decode()


def test_a_basket_given_back_is_no_booking_in_the_account(alice, event_session):
    alice.client.force_login(make_user("alice"))
    alice.hold(event_session, "A1")
    reference = alice.booking.reference

    alice.client.post("/basket/release/")

    assert reference not in alice.client.get("/bookings/").content.decode()


def test_wheelchair_and_companion_places_are_named_in_the_basket():
    event_session = make_drawn_session("wc..", now=timezone.now())
    alice = Customer()
    alice.hold(event_session, "A1 A2 A3")

    basket = alice.client.get("/basket/").content.decode()

    assert basket.count("Wheelchair place") == 1
    assert basket.count("Companion seat: goes back with the wheelchair place") == 1
