from datetime import timedelta

import pytest

from bookings.errors import BookingStateError, HoldLapsedError, PlacesGoneError
from bookings.models import Booking, Place, Ticket
from bookings.services.lifecycle import confirm_free_booking, expire_booking, start_checkout
from bookings.services.sweeping import release_lapsed_holds
from payments.services.cancelling import cancel_booking
from tests.booking import CONTACT, confirm, hold
from tests.factories import NOON, get_place, make_event_session, make_user
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
Status = Booking.Status


def put_into(status: str) -> Booking:
    """A booking that reached the status by the services alone."""
    booking = hold(make_event_session("A1"), "A1")
    if status == Status.AWAITING_PAYMENT:
        return start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)
    if status == Status.CONFIRMED:
        return confirm(booking)
    if status == Status.CANCELLED:
        return cancel_booking(booking_id=booking.pk, now=NOON)
    if status == Status.EXPIRED:
        return expire_booking(booking_id=booking.pk, now=NOON + timedelta(hours=1))
    return booking


@pytest.mark.parametrize("current", Status.values)
@pytest.mark.parametrize("wanted", Status.values)
def test_a_booking_moves_only_along_its_table(current, wanted):
    booking = put_into(current)
    if wanted in Booking.NEXT[current]:
        booking.move_to(Status(wanted))
        assert booking.status == wanted
    else:
        with pytest.raises(BookingStateError):
            booking.move_to(Status(wanted))
        assert booking.status == current


def test_checkout_keeps_the_places_over_the_payment_window_once(settings):
    event_session = make_event_session("A1")
    booking = hold(event_session, "A1")
    now = NOON + timedelta(minutes=9)

    booking = start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=make_user(), now=now)
    assert booking.held_until == now + settings.PAYMENT_WINDOW
    assert get_place(event_session, "A1").held_until == booking.held_until + settings.RELEASE_GRACE
    assert (booking.name, booking.email, booking.buyer.email) == ("Alice", "alice@example.com", "alice@example.com")

    again = start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=now + timedelta(minutes=5))
    assert again.held_until == booking.held_until


def test_checkout_after_the_time_is_up_is_refused():
    booking = hold(make_event_session("A1"), "A1")

    with pytest.raises(HoldLapsedError):
        start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON + timedelta(minutes=10))

    booking.refresh_from_db()
    assert booking.status == Status.HELD


def test_confirming_sells_the_places_and_announces_it_once():
    event_session = make_event_session("A1 A2")

    booking = confirm(hold(event_session, "A1 A2"))

    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 2
    assert get_place(event_session, "A1").state == Place.State.SOLD
    assert [message.topic for message in Message.objects.all()] == ["bookings.confirmed"]


def test_late_money_gets_the_same_places_while_they_are_free():
    event_session = make_event_session("A1")
    booking = expire_booking(booking_id=hold(event_session, "A1").pk, now=NOON + timedelta(hours=1))

    confirm(booking, now=NOON + timedelta(hours=1))

    assert get_place(event_session, "A1").booking == booking
    assert list(Message.objects.values_list("payload", flat=True)[1:]) == [
        {"booking_id": booking.pk, "outcome": "same"}
    ]


def test_late_money_moves_a_party_to_equal_seats_side_by_side():
    event_session = make_event_session("A1 A2 A3 B1 B3 C1 C2 C4")
    booking = hold(event_session, "A1 A2")
    later = NOON + timedelta(minutes=11)
    hold(event_session, "A2", now=later)

    confirm(booking, now=later)

    seats = [ticket.place.seat for ticket in booking.tickets.select_related("place__seat")]
    assert [(seat.row, seat.number) for seat in seats] == [("C", "1"), ("C", "2")]
    assert get_place(event_session, "A1").state == Place.State.FREE
    assert Message.objects.get(topic="bookings.resolved_late").payload["outcome"] == "moved"


def test_late_money_without_equal_places_expires_the_booking_and_frees_what_was_left():
    event_session = make_event_session("A1 A2 B1")
    booking = hold(event_session, "A1 A2")
    later = NOON + timedelta(minutes=11)
    hold(event_session, "A2", now=later)

    with pytest.raises(PlacesGoneError):
        confirm(booking, now=later)

    assert get_place(event_session, "B1").state == Place.State.FREE
    assert not Ticket.objects.exists()


def test_standing_late_money_gets_any_standing_place():
    event_session = make_event_session("", {"Floor": 2})
    floor = event_session.plan.sections.get().pk
    booking = hold(event_session, standing={floor: 1})
    later = NOON + timedelta(minutes=11)
    taken = booking.items.get().place
    Place.objects.filter(pk=taken.pk).update(booking=None, state=Place.State.FREE, held_until=None)
    hold(event_session, standing={floor: 1}, now=later)

    confirm(booking, now=later)

    assert booking.tickets.count() == 1


def test_a_free_booking_needs_no_payment_and_a_priced_one_does():
    free = hold(make_event_session("A1", price="0"), "A1")
    priced = hold(make_event_session("A1"), "A1")

    assert confirm_free_booking(booking_id=free.pk, now=NOON).is_confirmed
    assert confirm_free_booking(booking_id=free.pk, now=NOON).tickets.count() == 1
    with pytest.raises(HoldLapsedError):
        confirm_free_booking(booking_id=priced.pk, now=NOON)
    assert not priced.tickets.exists()


def test_cancelling_voids_the_tickets_and_frees_the_places():
    event_session = make_event_session("A1")
    booking = confirm(hold(event_session, "A1"))

    cancel_booking(booking_id=booking.pk, now=NOON)

    assert booking.tickets.get().status == Ticket.Status.VOID
    assert get_place(event_session, "A1").state == Place.State.FREE
    confirm(hold(event_session, "A1"))


@pytest.mark.parametrize("closed", [Status.CANCELLED, Status.EXPIRED])
def test_a_closed_booking_refuses_cancellation_and_announces_nothing(closed):
    booking = put_into(closed)
    before = Message.objects.count()

    with pytest.raises(BookingStateError):
        cancel_booking(booking_id=booking.pk, now=NOON)

    booking.refresh_from_db()
    assert booking.status == closed
    assert Message.objects.count() == before


def test_the_sweeper_closes_lapsed_baskets_and_leaves_live_and_paying_ones():
    event_session = make_event_session("A1 A2 A3")
    lapsed, paying = hold(event_session, "A1"), hold(event_session, "A2")
    start_checkout(booking_id=paying.pk, contact=CONTACT, buyer=None, now=NOON)
    live = hold(event_session, "A3", now=NOON + timedelta(minutes=19))

    assert release_lapsed_holds(now=NOON + timedelta(minutes=20)) == 1

    for booking, status in ((lapsed, Status.EXPIRED), (paying, Status.AWAITING_PAYMENT), (live, Status.HELD)):
        booking.refresh_from_db()
        assert booking.status == status
    assert get_place(event_session, "A1").state == Place.State.FREE
