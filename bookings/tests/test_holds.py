from datetime import timedelta

import pytest
from djmoney.money import Money

from bookings.errors import (
    AlreadyYoursError,
    CustomerLimitError,
    HoldLapsedError,
    NotEnoughPlacesError,
    NothingChosenError,
    NotOnSaleError,
    OtherCurrencyError,
    PaymentUnderWayError,
    PlanChangedError,
    RenewalLimitError,
    SeatsTakenError,
)
from bookings.models import Booking, BookingItem, Place
from bookings.services.holds import change_ticket_types, release_booking, remove_item, renew_hold
from bookings.services.lifecycle import start_checkout
from events.models import PriceTier
from tests.booking import CONTACT, confirm, hold
from tests.factories import NOON, get_place, get_section, make_event, make_event_session, make_ticket_type, make_user

pytestmark = pytest.mark.django_db


def test_a_hold_keeps_the_chosen_seats_at_the_usual_price_with_the_fee():
    event_session = make_event_session("A1 A2 B1", event=make_event(fee_per_ticket="1.50"))

    booking = hold(event_session, "A1 A2")

    assert booking.held_until == NOON + event_session.hold_period
    assert [item.price for item in booking.items.all()] == [Money("45.00", "EUR")] * 2
    assert [item.fee for item in booking.items.all()] == [Money("1.50", "EUR")] * 2
    assert get_place(event_session, "A1").booking == booking
    assert get_place(event_session, "B1").state == Place.State.FREE


def test_a_taken_seat_is_named_and_the_free_one_beside_it_stays_free():
    event_session = make_event_session("A1 A2")
    hold(event_session, "A1")

    with pytest.raises(SeatsTakenError, match="row A, seat 1") as refusal:
        hold(event_session, "A1 A2")

    assert refusal.value.facts["seat_ids"] == [get_place(event_session, "A1").seat_id]
    assert get_place(event_session, "A2").state == Place.State.FREE
    assert Booking.objects.count() == 1


def test_a_seat_of_another_session_is_refused():
    event_session, other = make_event_session("A1"), make_event_session("A1")

    with pytest.raises(PlanChangedError):
        hold(event_session, "", seat_ids=[get_place(other, "A1").seat_id])

    assert not Booking.objects.exists()


def test_a_place_without_a_price_is_not_sold():
    event_session = make_event_session("A1")
    PriceTier.objects.filter(event_session=event_session).delete()

    with pytest.raises(NotOnSaleError):
        hold(event_session, "A1")

    assert get_place(event_session, "A1").state == Place.State.FREE
    assert not Booking.objects.exists()


def test_what_is_in_the_basket_already_is_named_and_nothing_else_is_taken():
    event_session = make_event_session("A1 A2")
    basket = hold(event_session, "A1")

    with pytest.raises(AlreadyYoursError, match=r"^Stalls, row A, seat 1 is in your basket already"):
        hold(event_session, "A1 A2", basket=basket)

    assert get_place(event_session, "A2").state == Place.State.FREE
    assert basket.items.count() == 1


def test_standing_places_are_held_by_number():
    event_session = make_event_session("", {"Floor": 3})
    floor = get_section(event_session, "Floor")

    hold(event_session, standing={floor.pk: 2})

    with pytest.raises(NotEnoughPlacesError, match="Only 1 of the 2"):
        hold(event_session, standing={floor.pk: 2})
    assert Place.objects.filter(state=Place.State.FREE).count() == 1


def test_a_lapsed_hold_is_taken_over_at_once():
    event_session = make_event_session("A1", {"Floor": 1})
    floor = get_section(event_session, "Floor")
    hold(event_session, "A1", standing={floor.pk: 1})

    later = hold(event_session, "A1", standing={floor.pk: 1}, now=NOON + event_session.hold_period)

    assert set(Place.objects.values_list("booking", flat=True)) == {later.pk}


@pytest.mark.parametrize("moment", [-timedelta(days=2), timedelta(days=8)])
def test_before_and_after_booking_time_nothing_can_be_held(moment):
    event_session = make_event_session("A1")

    with pytest.raises(NotOnSaleError):
        hold(event_session, "A1", now=NOON + moment)


def test_choosing_nothing_is_refused():
    with pytest.raises(NothingChosenError):
        hold(make_event_session("A1"), "")


def test_the_limit_counts_what_the_basket_and_the_signed_in_person_already_have():
    event_session = make_event_session("A1 A2 A3 A4", customer_limit=2)
    alice = make_user("alice")
    with pytest.raises(CustomerLimitError):
        hold(event_session, "A1 A2 A3")
    confirm(hold(event_session, "A1", buyer=alice))
    hold(event_session, "A2", buyer=alice)

    with pytest.raises(CustomerLimitError):
        hold(event_session, "A3", buyer=alice)

    guest = hold(event_session, "A3")
    with pytest.raises(CustomerLimitError):
        hold(event_session, "A4 A2", basket=guest)


def test_a_basket_takes_places_of_several_sessions_under_one_countdown():
    first, second = make_event_session("A1"), make_event_session("A1")
    booking = hold(first, "A1")

    same = hold(second, "A1", basket=booking, now=NOON + timedelta(minutes=3))

    assert same == booking
    assert booking.items.count() == 2
    assert set(Place.objects.values_list("held_until", flat=True)) == {booking.held_until}


def test_two_currencies_do_not_go_into_one_basket():
    booking = hold(make_event_session("A1"), "A1")
    dollars = make_event_session("A1", event=make_event(currency="USD"))

    with pytest.raises(OtherCurrencyError):
        hold(dollars, "A1", basket=booking)


def test_a_lapsed_basket_starts_anew():
    event_session = make_event_session("A1 A2")
    booking = hold(event_session, "A1")

    fresh = hold(event_session, "A2", basket=booking, now=NOON + timedelta(minutes=20))

    assert fresh != booking


def test_removing_the_last_place_closes_the_basket():
    event_session = make_event_session("A1 A2")
    booking = hold(event_session, "A1 A2")
    first, second = booking.items.all()

    remove_item(booking_id=booking.pk, item_id=first.pk, now=NOON)
    remove_item(booking_id=booking.pk, item_id=first.pk, now=NOON)
    assert booking.items.count() == 1

    closed = remove_item(booking_id=booking.pk, item_id=second.pk, now=NOON)
    assert closed.status == Booking.Status.CANCELLED
    assert not Place.objects.exclude(state=Place.State.FREE).exists()


def test_ticket_types_change_the_price_and_foreign_ones_are_ignored():
    event_session = make_event_session("A1 A2", ticket_types={"Child": "20.00"})
    booking = hold(event_session, "A1 A2")
    first, second = booking.items.all()
    child, stranger = make_ticket_type("Child"), make_ticket_type("Member", 9)

    change_ticket_types(booking_id=booking.pk, ticket_types={first.pk: child.pk, second.pk: stranger.pk}, now=NOON)

    assert [item.price.amount for item in booking.items.all()] == [20, 45]


def test_a_hold_can_be_renewed_but_never_beyond_the_cap(settings):
    event_session = make_event_session("A1")
    booking = hold(event_session, "A1")

    renewed = renew_hold(booking_id=booking.pk, now=NOON + timedelta(minutes=9))
    assert renewed.held_until == NOON + timedelta(minutes=19)
    assert get_place(event_session, "A1").held_until == renewed.held_until
    renewed = renew_hold(booking_id=booking.pk, now=NOON + timedelta(minutes=18))
    renewed = renew_hold(booking_id=booking.pk, now=NOON + timedelta(minutes=25))
    assert renewed.held_until == NOON + settings.HOLD_CAP

    with pytest.raises(RenewalLimitError):
        renew_hold(booking_id=booking.pk, now=NOON + timedelta(minutes=29))


@pytest.mark.parametrize("change", [renew_hold, remove_item, change_ticket_types])
def test_a_lapsed_basket_cannot_be_changed(change):
    booking = hold(make_event_session("A1"), "A1")
    extra = {remove_item: {"item_id": 1}, change_ticket_types: {"ticket_types": {}}}.get(change, {})

    with pytest.raises(HoldLapsedError):
        change(booking_id=booking.pk, now=NOON + timedelta(hours=1), **extra)

    assert BookingItem.objects.count() == 1


def test_a_basket_at_payment_cannot_be_changed():
    event_session = make_event_session("A1 A2")
    booking = hold(event_session, "A1")
    start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)

    with pytest.raises(PaymentUnderWayError):
        hold(event_session, "A2", basket=booking)
    with pytest.raises(PaymentUnderWayError):
        release_booking(booking_id=booking.pk, now=NOON)

    assert get_place(event_session, "A1").booking == booking


def test_giving_a_basket_back_frees_its_places_and_a_second_time_changes_nothing():
    event_session = make_event_session("A1")
    booking = hold(event_session, "A1")

    release_booking(booking_id=booking.pk, now=NOON)
    other = hold(event_session, "A1")
    release_booking(booking_id=booking.pk, now=NOON)

    assert get_place(event_session, "A1").booking == other
