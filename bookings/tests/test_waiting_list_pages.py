"""The waiting list as people meet it: joining, the private page, taking an offer, and the mails."""

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, WaitingEntry
from payments.services.cancelling import cancel_tickets
from tests.customer import Customer
from tests.factories import make_confirmed_booking, make_event_session, make_user
from tests.waiting import serve, wait
from ticketing.outbox.tasks import deliver_outbox
from waitingroom.tests.queues import make_queue

pytestmark = pytest.mark.django_db
BOB = {"party_size": "2", "name": "Bob", "email": "bob@example.com"}


@pytest.fixture
def full():
    """Sold out, in two categories."""
    event_session = make_event_session("A1 A2 A3", {"Floor": 2}, now=timezone.now())
    make_confirmed_booking(event_session, "A1 A2 A3", standing={"Floor": 2}, now=timezone.now())
    return event_session


def page_of(event_session):
    return reverse("bookings:waiting_list", args=[event_session.pk])


def take_back(event_session, count=2):
    booking = Booking.objects.get(status=Booking.Status.CONFIRMED)
    ids = list(booking.tickets.order_by("pk").values_list("pk", flat=True)[:count])
    cancel_tickets(booking_id=booking.pk, ticket_ids=ids, now=timezone.now())


@pytest.fixture
def offered(full):
    """Bob has an offer of two places."""
    entry = wait(full, "bob", 2, now=timezone.now())
    take_back(full)
    serve(full, timezone.now())
    entry.refresh_from_db()
    assert entry.status == WaitingEntry.Status.OFFERED
    return entry


def test_a_sold_out_session_leads_to_its_list(full, client):
    full.free_places = 0
    full.save(update_fields=["free_places"])
    link = page_of(full)

    assert link in client.get(full.event.get_absolute_url()).content.decode()
    assert link in client.get(reverse("bookings:seats", args=[full.pk])).content.decode()


def test_who_joins_sees_their_place_and_gets_a_mail_with_the_link(full, client):
    wait(full, "ann", 1, now=timezone.now())

    page = client.post(page_of(full), {**BOB, "categories": ["Floor"]}, follow=True)

    entry = full.waiting_entries.get(name="Bob")
    assert (entry.party_size, entry.categories, entry.email_key) == (2, ["Floor"], "bob@example.com")
    assert page.redirect_chain == [(entry.get_absolute_url(), 302)]
    assert "1 party is before you" in page.content.decode()
    mail.outbox.clear()
    deliver_outbox()
    [letter] = [each for each in mail.outbox if each.to == ["bob@example.com"]]
    assert entry.get_absolute_url() in letter.body
    assert letter.subject == "You are on the waiting list for Spring Concert"


def test_an_account_is_filled_in_and_finds_its_place_on_my_bookings(full, client):
    alice = make_user("alice", phone="+436601234567")
    client.force_login(alice)

    page = client.get(page_of(full)).content.decode()
    assert 'value="alice@example.com"' in page
    client.post(page_of(full), {**BOB, "email": "alice@example.com"})

    entry = full.waiting_entries.get()
    assert (entry.user, str(entry.phone)) == (alice, "+436601234567")
    assert entry.get_absolute_url() in client.get(reverse("bookings:mine")).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "bob"}, "Enter a valid email address"),
        ({"name": ""}, "This field is required"),
        ({"party_size": "99"}, "Select a valid choice"),
        ({"categories": ["Moon"]}, "Select a valid choice"),
    ],
)
def test_what_was_typed_stays_and_the_reason_stands_beside_its_field(full, client, changes, said):
    page = client.post(page_of(full), {**BOB, **changes})

    assert page.status_code == 422
    assert said in page.content.decode()
    assert 'value="2" selected' in page.content.decode() or "party_size" in changes
    assert not full.waiting_entries.exists()


def test_an_address_that_is_on_the_list_gets_its_link_again(full, client):
    entry = wait(full, "bob", 1, now=timezone.now())
    deliver_outbox()
    mail.outbox.clear()

    page = client.post(page_of(full), BOB)

    assert page.status_code == 422
    assert "on the list already" in page.content.decode()
    assert entry.access_key not in page.content.decode()
    deliver_outbox()
    assert [letter.to for letter in mail.outbox] == [["bob@example.com"]]


def test_who_can_book_at_once_is_shown_the_way(client):
    event_session = make_event_session("A1 A2", now=timezone.now())

    page = client.post(page_of(event_session), BOB)

    assert page.status_code == 409
    assert "you can book them now" in page.content.decode()
    assert reverse("bookings:seats", args=[event_session.pk]) in page.content.decode()


def test_many_entries_from_one_network_have_to_wait(full, client):
    for number in range(10):
        client.post(page_of(full), {**BOB, "email": f"guest{number}@example.com"})

    page = client.post(page_of(full), BOB)

    assert page.status_code == 429
    assert page.headers["Retry-After"]
    assert full.waiting_entries.count() == 10


def test_an_offer_is_mailed_and_taken_as_a_basket(offered):
    deliver_outbox()
    [letter] = [each for each in mail.outbox if each.subject == "Places for you: Spring Concert"]
    assert letter.to == ["bob@example.com"]
    assert "Stalls, row A, seat 1" in letter.body
    bob = Customer()

    page = bob.client.get(offered.get_absolute_url()).content.decode()
    assert "Take these places" in page
    assert "Stalls, row A, seat 2" in page
    answer = bob.client.post(reverse("bookings:accept_offer", args=[offered.access_key]))

    assert answer.headers["Location"] == reverse("bookings:basket")
    assert bob.booking == offered.booking
    basket = bob.client.get("/basket/").content.decode()
    assert "Stalls, row A, seat 1" in basket
    assert "Keep them longer" not in basket
    assert "bob@example.com" in bob.client.get("/checkout/").content.decode()


def test_declining_offers_the_places_to_the_next(full, offered, client):
    carol = wait(full, "carol", 2, now=timezone.now())

    page = client.post(reverse("bookings:leave_list", args=[offered.access_key]), follow=True)
    deliver_outbox()

    assert "You are not on the list any more" in page.content.decode()
    carol.refresh_from_db()
    assert carol.status == WaitingEntry.Status.OFFERED


def test_another_basket_is_given_up_only_when_asked(offered):
    other = make_event_session("A1", now=timezone.now())
    bob = Customer()
    bob.hold(other, "A1")
    first = bob.booking
    accept = reverse("bookings:accept_offer", args=[offered.access_key])

    page = bob.client.post(accept).content.decode()
    assert "You have other places in your basket" in page
    assert bob.booking == first

    bob.client.post(accept, {"give_up": "1"})
    assert bob.booking == offered.booking
    first.refresh_from_db()
    assert first.status == Booking.Status.CANCELLED


def test_a_missed_offer_leads_back_to_the_end_of_the_list(full, offered, client):
    late = offered.offered_until
    serve(full, late)
    deliver_outbox()

    page = client.get(offered.get_absolute_url()).content.decode()
    assert "This offer has ended" in page
    assert any(each.subject.startswith("The places you were offered went on") for each in mail.outbox)
    answer = client.post(reverse("bookings:accept_offer", args=[offered.access_key]))
    assert answer.status_code == 409

    WaitingEntry.objects.filter(pk=offered.pk).update(party_size=5)
    client.post(reverse("bookings:join_again", args=[offered.access_key]))
    assert full.waiting_entries.filter(
        status=WaitingEntry.Status.WAITING, email="bob@example.com", party_size=5
    ).exists()


def test_an_offer_needs_no_pass_of_the_waiting_room_but_other_places_do(full, offered):
    make_queue(full)
    bob = Customer()
    bob.client.post(reverse("bookings:accept_offer", args=[offered.access_key]))

    assert bob.client.get("/checkout/").status_code == 200
    refused = bob.hold(full, "A3")
    assert refused.status_code == 403
    assert reverse("waitingroom:queue", args=[full.pk]) in refused.content.decode()


def test_somebody_elses_link_is_not_found(client):
    assert client.get(reverse("bookings:waiting_entry", args=["x" * 24])).status_code == 404


def test_the_refusal_of_listed_places_names_the_list(full, client):
    wait(full, "bob", 2, now=timezone.now())
    take_back(full)
    page = Customer().hold(full, "A1", headers={"HX-Request": "true"})

    assert page.status_code == 409
    assert "these places go to the waiting list first" in page.content.decode()
    assert page_of(full) in page.content.decode()
