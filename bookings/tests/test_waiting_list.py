"""Who gets what comes back to a sold-out session, and that nobody gets past them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.invariants import find_breaches
from bookings.models import Booking, Place
from bookings.services.lifecycle import expire_booking
from bookings.services.offering import serve_waiting_lists
from bookings.services.replanning import move_to_plan
from bookings.services.reselling import offer_for_resale
from bookings.services.waiting_list import leave_list
from bookings.waiting_list_errors import ListedPlacesError
from payments.services.cancelling import cancel_tickets
from tests.booking import ask_best, confirm, hold
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_plan, make_user
from tests.waiting import read_listed, sell_out, serve, states, take_back, wait
from ticketing.outbox.models import Message
from ticketing.outbox.tasks import deliver_outbox

pytestmark = pytest.mark.django_db
HALF_AN_HOUR = timedelta(minutes=30)


def test_what_comes_back_is_offered_to_the_first_whose_whole_party_fits(full):
    wait(full, "bob", 3)
    wait(full, "carol", 2)
    wait(full, "dave", 1)
    take_back(full.sold[0])

    assert serve(full) == 1

    assert states(full) == {"Bob": "waiting", "Carol": "offered", "Dave": "waiting"}
    carol = full.waiting_entries.get(name="Carol")
    assert carol.booking.status == Booking.Status.HELD
    assert carol.booking.held_until == carol.offered_until == NOON + HALF_AN_HOUR
    assert carol.booking.items.count() == carol.booking.places.count() == 2
    assert carol.booking.email == "carol@example.com"
    assert Message.objects.filter(topic="bookings.waiting_list_offered", payload={"entry_id": carol.pk}).count() == 1
    assert not list(find_breaches())


def test_each_gets_a_look_in_order_until_nothing_is_left(full):
    for name in ("bob", "carol", "dave"):
        wait(full, name)
    take_back(full.sold[0])

    assert serve(full) == 2

    assert states(full) == {"Bob": "offered", "Carol": "offered", "Dave": "waiting"}
    assert serve(full) == 0, "a repeat offers nothing more"


def test_news_of_a_cancelled_ticket_or_of_who_left_sets_the_list_going():
    now = timezone.now()
    event_session = make_event_session("A1 A2", now=now)
    booking = make_confirmed_booking(event_session, "A1 A2", now=now)
    bob = wait(event_session, "bob", 1, now=now)
    wait(event_session, "carol", 1, now=now)
    deliver_outbox()
    cancel_tickets(booking_id=booking.pk, ticket_ids=[booking.tickets.all()[0].pk], now=now)

    deliver_outbox()
    assert states(event_session) == {"Bob": "offered", "Carol": "waiting"}

    leave_list(entry_id=bob.pk, now=now)
    deliver_outbox()
    assert states(event_session) == {"Bob": "left", "Carol": "offered"}


def test_a_basket_that_lapses_is_offered_too(event_session):
    make_confirmed_booking(event_session, "A1 A2")
    basket = hold(event_session, "A3 A4")
    wait(event_session, "bob", 2)
    later = NOON + timedelta(minutes=11)
    expire_booking(booking_id=basket.pk, now=later)

    assert serve_waiting_lists(now=later) == 1

    assert states(event_session) == {"Bob": "offered"}


def test_a_ticket_offered_for_resale_goes_to_the_list():
    event_session = make_event_session("A1 A2", event=make_event(takes_returns=True))
    sold = make_confirmed_booking(event_session, "A1 A2")
    wait(event_session, "bob", 1)
    offer_for_resale(booking_id=sold.pk, ticket_ids=[sold.tickets.all()[0].pk], now=NOON)

    serve(event_session)

    assert states(event_session) == {"Bob": "offered"}
    confirm(event_session.waiting_entries.get().booking)
    serve(event_session)
    assert states(event_session) == {"Bob": "booked"}


def test_wishes_are_kept_and_standing_places_are_offered_too():
    event_session = make_event_session("A1 A2", {"Floor": 2})
    booking = make_confirmed_booking(event_session, "A1 A2", standing={"Floor": 2})
    wait(event_session, "bob", 2, categories=["Stalls"])
    wait(event_session, "carol", 2, categories=["Floor"])
    standing = [ticket for ticket in booking.tickets.select_related("place") if ticket.place.seat_id is None]
    cancel_tickets(booking_id=booking.pk, ticket_ids=[each.pk for each in standing], now=NOON)

    serve(event_session)

    assert states(event_session) == {"Bob": "waiting", "Carol": "offered"}
    places = event_session.waiting_entries.get(name="Carol").booking.places.all()
    assert [place.seat_id for place in places] == [None, None]


def test_who_wishes_to_stand_is_offered_no_seat():
    event_session = make_event_session("A1 A2", {"Floor": 2})
    booking = make_confirmed_booking(event_session, "A1 A2", standing={"Floor": 2})
    wait(event_session, "carol", 2, categories=["Floor"])
    take_back(booking)

    serve(event_session)

    places = event_session.waiting_entries.get().booking.places.all()
    assert [place.seat_id for place in places] == [None, None]


def test_a_party_sits_together_where_it_can():
    event_session = make_event_session("A1 A2 A3 A4 A5 B1 B3")
    sold = sell_out(event_session, "A1 A3", "A4 A5", "A2 B1 B3")
    wait(event_session, "bob", 2)
    take_back(sold[0])
    take_back(sold[1])

    serve(event_session)

    seats = event_session.waiting_entries.get().booking.places.values_list("seat__row", "seat__number")
    assert sorted(seats) == [("A", "3"), ("A", "4")] or sorted(seats) == [("A", "4"), ("A", "5")]


def test_nobody_gets_past_the_list(full):
    wait(full, "bob", 2)
    take_back(full.sold[0])

    with pytest.raises(ListedPlacesError) as refusal:
        hold(full, "A1")
    with pytest.raises(ListedPlacesError):
        ask_best(full, 1)

    assert str(refusal.value) == "Stalls: these places go to the waiting list first."
    assert refusal.value.facts["event_session_id"] == full.pk
    assert Place.objects.filter(state=Place.State.FREE).count() == 2
    assert not Booking.objects.filter(status=Booking.Status.HELD).exists()


def test_new_places_of_a_larger_plan_are_for_the_list_first(full):
    wait(full, "bob", 2)
    larger = make_plan("A1 A2 A3 A4 B1 B2", hall=full.hall)
    move_to_plan(event_session_id=full.pk, plan_id=larger.pk, actor_id=None, now=NOON)
    full.refresh_from_db()

    # Before a worker has come to it.
    with pytest.raises(ListedPlacesError):
        hold(full, "B1")

    assert Message.objects.filter(topic="bookings.waiting_list_moved", sent_at=None).exists()
    assert serve(full) == 1
    assert states(full) == {"Bob": "offered"}


def test_other_categories_are_sold_as_ever():
    event_session = make_event_session("A1", {"Floor": 2, "Balcony": 1})
    make_confirmed_booking(event_session, "A1", standing={"Balcony": 1})
    wait(event_session, "bob", 1, categories=["Stalls"])
    floor, balcony = (event_session.plan.sections.get(name=name).pk for name in ("Floor", "Balcony"))

    assert hold(event_session, standing={floor: 1}).items.count() == 1
    assert ask_best(event_session, 1).items.get().place.section_id == floor
    assert len(read_listed(event_session)) == 1
    assert balcony  # Sold out as well, but nobody waits for it.


def test_what_nobody_on_the_list_can_use_is_sold_to_everybody(full):
    wait(full, "bob", 3)
    take_back(full.sold[0])

    serve(full)

    assert read_listed(full) == []
    assert hold(full, "A1 A2").items.count() == 2
    serve(full)
    assert len(read_listed(full)) == 1, "sold out again"


def test_while_an_offer_is_out_what_is_left_stays_with_the_list(full):
    wait(full, "bob", 1)
    wait(full, "carol", 2)
    take_back(full.sold[0])

    serve(full)

    assert states(full) == {"Bob": "offered", "Carol": "waiting"}
    with pytest.raises(ListedPlacesError):
        hold(full, "A1")


def test_who_has_booked_as_many_as_one_may_meanwhile_is_passed_over():
    event_session = make_event_session("A1 A2", {"Floor": 1}, customer_limit=1)
    sold = make_confirmed_booking(event_session, "A1")
    make_confirmed_booking(event_session, "A2")
    alice = make_user("alice")
    wait(event_session, "alice", 1, categories=["Stalls"], user=alice)
    wait(event_session, "bob", 1, categories=["Stalls"])
    floor = event_session.plan.sections.get(name="Floor").pk
    confirm(hold(event_session, standing={floor: 1}, buyer=alice))
    take_back(sold)

    serve(event_session)

    assert states(event_session) == {"Alice": "left", "Bob": "offered"}
