"""Money that came late: nobody is moved to a worse place, and nobody pays for a place that is gone."""

from datetime import datetime, timedelta
from functools import partial
from threading import Thread

import pytest

from bookings.errors import PlacesGoneError, SeatsTakenError
from bookings.invariants import find_breaches
from bookings.models import Booking, BookingItem, Ticket
from bookings.services import lifecycle
from bookings.services.late import sell_places
from events.models import Event, EventSession
from payments.services.outcome import apply_state
from tests.booking import confirm, go_to_payment, hold, paid
from tests.concurrency import run_together
from tests.factories import NOON, get_seat, get_seat_ids, get_section, make_event_session
from ticketing.transactions import retry_on_conflict
from venues.models import Seat, SeatCategory, Section

LATER = NOON + timedelta(minutes=40)


def labels_of(booking: Booking) -> list[str]:
    return sorted(f"{ticket.place.seat.row}{ticket.place.seat.number}" for ticket in booking.tickets.all())


@pytest.mark.django_db
def test_a_party_may_move_to_a_block_that_has_one_of_its_own_seats():
    event_session = make_event_session("A1 A2 A3")
    booking = hold(event_session, "A1 A2")
    confirm(hold(event_session, "A1", now=LATER), now=LATER)

    confirm(booking, now=LATER)

    assert labels_of(booking) == ["A2", "A3"]
    assert not list(find_breaches())


@pytest.mark.django_db
def test_a_restricted_view_is_no_substitute_for_a_full_one():
    event_session = make_event_session("A1 A2 B1")
    Seat.objects.filter(pk=get_seat(event_session, "A2").pk).update(has_restricted_view=True)
    booking = hold(event_session, "A1")
    confirm(hold(event_session, "A1", now=LATER), now=LATER)

    confirm(booking, now=LATER)

    assert labels_of(booking) == ["B1"]


@pytest.mark.django_db
def test_an_ordinary_seat_is_no_substitute_for_a_wheelchair_place():
    event_session = make_event_session("A1 A2 B1")
    Seat.objects.filter(pk=get_seat(event_session, "A1").pk).update(is_wheelchair=True)
    booking = hold(event_session, "A1")
    confirm(hold(event_session, "A1", now=LATER), now=LATER)

    with pytest.raises(PlacesGoneError):
        confirm(booking, now=LATER)


@pytest.mark.django_db
def test_a_standing_place_is_no_substitute_for_a_seat_of_the_same_price():
    event_session = make_event_session("A1", {"Floor": 2})
    stalls = SeatCategory.objects.get(plan=event_session.plan_id, name="Stalls")
    floor = get_section(event_session, "Floor")
    Section.objects.filter(pk=floor.pk).update(category=stalls)
    event_session.places.filter(section=floor).update(category=stalls)
    booking = hold(event_session, "A1", standing={floor.pk: 1})
    confirm(hold(event_session, "A1", now=LATER), now=LATER)

    with pytest.raises(PlacesGoneError):
        confirm(booking, now=LATER)


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["over", "session called off", "event called off"])
def test_late_money_buys_no_ticket_for_what_does_not_take_place(what):
    event_session = make_event_session("A1")
    booking = hold(event_session, "A1")
    if what == "session called off":
        EventSession.objects.update(status=EventSession.Status.CANCELLED)
    if what == "event called off":
        Event.objects.update(status=Event.Status.CANCELLED)

    with pytest.raises(PlacesGoneError):
        confirm(booking, now=event_session.ends_at if what == "over" else LATER)

    assert not Ticket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_buyer_who_comes_while_late_money_is_settled_does_not_get_its_seat(monkeypatch):
    event_session = make_event_session("A1")
    payment = go_to_payment(hold(event_session, "A1"))
    buy = partial(hold, event_session, seat_ids=get_seat_ids(event_session, "A1"), now=LATER)
    results: list[object] = []
    buyer = Thread(target=lambda: results.extend(run_together(partial(retry_on_conflict, buy))))

    def sell_and_let_the_buyer_in(booking: Booking, items: list[BookingItem], now: datetime) -> bool:
        was_moved = sell_places(booking, items, now)
        buyer.start()
        # Without the guard the buyer is done by then; with it they wait for us.
        buyer.join(1)
        return was_moved

    monkeypatch.setattr(lifecycle, "sell_places", sell_and_let_the_buyer_in)
    apply_state(payment_id=payment.pk, state=paid(payment), now=LATER)
    buyer.join()

    assert [type(result) for result in results] == [SeatsTakenError]
    assert not list(find_breaches())
    assert Ticket.objects.get().booking_id == payment.booking_id
