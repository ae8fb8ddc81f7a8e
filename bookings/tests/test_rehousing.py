"""A session moves to a hall that lacks some of the seats: who sits where, and who finds nothing."""

from decimal import Decimal

import pytest

from bookings.invariants import find_breaches
from bookings.models import Block, Booking, Place, Ticket
from bookings.services.blocking import block_places
from bookings.services.lifecycle import expire_booking
from bookings.services.rehousing import Rehouser
from payments.services.rescheduling import reschedule
from tests.booking import go_to_payment, hold, pay
from tests.factories import (
    NOON,
    get_place,
    get_seat_ids,
    get_section,
    make_confirmed_booking,
    make_event_session,
    make_hall,
    make_plan,
    make_ticket_type,
)
from tests.rescheduling import WEEK, move, new_date
from venues.models import Seat

pytestmark = pytest.mark.django_db


def labels_of(booking):
    """Where its tickets sit now: “A1 A2”."""
    seats = [ticket.place.seat for ticket in booking.tickets.order_by("pk")]
    return " ".join(f"{seat.row}{seat.number}" for seat in seats if seat)


def test_seats_are_matched_in_another_hall_by_section_row_and_number():
    event_session = make_event_session("A1 A2 B1")
    booking = make_confirmed_booking(event_session, "A2 B1")
    codes = set(booking.tickets.values_list("code", "revision"))
    plan = make_plan("A1 A2 A3 B1", hall=make_hall())

    move(event_session, plan=plan)

    assert labels_of(booking) == "A2 B1"
    assert set(booking.tickets.values_list("code", "revision")) == codes
    assert set(Place.objects.filter(tickets__booking=booking).values_list("section__plan", flat=True)) == {plan.pk}
    assert (event_session.plan, event_session.hall, event_session.total_places) == (plan, plan.hall, 4)
    assert not list(find_breaches())


def test_who_has_no_seat_there_gets_the_nearest_ones_and_parties_stay_together():
    event_session = make_event_session("A1 A2 A3 C8 C9")
    party = make_confirmed_booking(event_session, "C8 C9")
    make_confirmed_booking(event_session, "A2")
    # A1 and A3 are free and do not lie side by side; B4 and B5 are nearer to the back than A5 and A6.
    plan = make_plan("A1 A2 A3 A5 A6 B4 B5", hall=make_hall())

    move(event_session, plan=plan)

    assert labels_of(party) == "B4 B5"
    row = party.rescheduled.get()
    assert set(row.rehoused.values()) == {"Stalls, row C, seat 8", "Stalls, row C, seat 9"}
    assert not row.unseated
    assert not list(find_breaches())


def test_the_session_may_move_back_to_where_others_had_taken_their_seats():
    event_session = make_event_session("A1 C1")
    first = event_session.plan
    expire_booking(booking_id=hold(event_session, "A1").pk, now=NOON + WEEK)
    booking = make_confirmed_booking(event_session, "C1")

    move(event_session, plan=make_plan("A1", hall=make_hall()))
    assert labels_of(booking) == "A1"
    move(event_session, plan=first)

    assert labels_of(booking) == "A1"
    assert get_place(event_session, "C1").state == Place.State.FREE
    assert event_session.total_places == 2
    assert not list(find_breaches())


def test_large_parties_choose_first():
    event_session = make_event_session("C1 C2 C3 D1")
    alone = make_confirmed_booking(event_session, "D1")
    party = make_confirmed_booking(event_session, "C1 C2 C3")
    plan = make_plan("A1 A2 A3 A7", hall=make_hall())

    move(event_session, plan=plan)

    assert (labels_of(party), labels_of(alone)) == ("A1 A2 A3", "A7")


def test_a_seat_of_another_category_is_no_substitute():
    event_session = make_event_session("A1 A2")
    booking = make_confirmed_booking(event_session, "A2")
    plan = make_plan("A1 A2", hall=make_hall(), section="Circle")
    prices = {plan.categories.get().pk: {make_ticket_type().pk: Decimal(60)}}

    reschedule(
        event_session_id=event_session.pk,
        date=new_date(event_session, plan=plan),
        deadline=NOON + WEEK,
        reason="",
        prices=prices,
        actor=None,
        now=NOON,
    )

    assert booking.rescheduled.get().unseated == [booking.tickets.get().pk]


def test_a_party_for_whom_nothing_is_left_is_unseated_and_its_places_stay_sold():
    event_session = make_event_session("A1 A2 B1")
    stays = make_confirmed_booking(event_session, "A1")
    out = make_confirmed_booking(event_session, "A2 B1")

    move(event_session, plan=make_plan("A1 C1", hall=make_hall()))

    assert labels_of(stays) == "A1"
    assert out.rescheduled.get().unseated == list(out.tickets.order_by("pk").values_list("pk", flat=True))
    assert out.tickets.filter(status=Ticket.Status.VALID, place__state=Place.State.SOLD).count() == 2


def test_a_wheelchair_place_is_only_replaced_by_one():
    event_session = make_event_session("A1 B1")
    Seat.objects.filter(section__plan=event_session.plan_id, row="A").update(is_wheelchair=True)
    plan = make_plan("A1 A2 C5", hall=make_hall())
    Seat.objects.filter(section__plan=plan, row="C").update(is_wheelchair=True)
    booking = make_confirmed_booking(event_session, "A1")

    move(event_session, plan=plan)

    assert labels_of(booking) == "C5"


def test_a_restricted_view_is_no_substitute_for_a_free_one():
    event_session = make_event_session("B1")
    booking = make_confirmed_booking(event_session, "B1")
    plan = make_plan("A1 A9", hall=make_hall())
    Seat.objects.filter(section__plan=plan, number="1").update(has_restricted_view=True)

    move(event_session, plan=plan)

    assert labels_of(booking) == "A9"


def test_what_staff_kept_from_sale_stays_kept_or_goes():
    event_session = make_event_session("A1 A2")
    block_places(
        event_session_id=event_session.pk,
        seat_ids=get_seat_ids(event_session, "A1 A2"),
        kind=Block.Kind.HOUSE,
        reason="Press",
        actor_id=None,
        now=NOON,
    )

    move(event_session, plan=make_plan("A1 B1", hall=make_hall()))

    assert get_place(event_session, "A1").state == Place.State.BLOCKED
    assert get_place(event_session, "B1").state == Place.State.FREE
    assert not list(find_breaches())


def test_a_basket_whose_seat_is_gone_pays_for_an_equal_one_or_gets_its_money_back():
    event_session = make_event_session("A1 A2")
    payments = [go_to_payment(hold(event_session, label)) for label in ("A1", "A2")]
    Place.objects.filter(seat__number="2").update(held_until=NOON)
    plan = make_plan("B1", hall=make_hall())

    move(event_session, plan=plan)
    outcomes = [pay(payment).booking for payment in payments]

    assert labels_of(outcomes[0]) == "B1"
    assert outcomes[1].status == Booking.Status.EXPIRED
    assert not list(find_breaches())


def test_standing_people_move_to_the_floor_of_their_category():
    event_session = make_event_session("A1", {"Floor": 3})
    booking = make_confirmed_booking(event_session, "", standing={"Floor": 3})
    plan = make_plan("A1", {"Floor": 2}, hall=make_hall())

    move(event_session, plan=plan)

    row = booking.rescheduled.get()
    assert len(row.unseated) == 1
    floor = get_section(event_session, "Floor")
    assert Place.objects.filter(event_session=event_session, section=floor, state=Place.State.SOLD).count() == 2
    assert Rehouser(event_session, plan).match(list(event_session.places.all())).is_possible
