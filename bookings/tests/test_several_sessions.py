"""A basket over several sessions: one countdown, the earliest, and one lapse for all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.errors import CustomerLimitError, RenewalLimitError
from bookings.models import Place
from bookings.services.holds import renew_hold
from bookings.services.lifecycle import expire_booking, start_checkout
from tests.booking import CONTACT, hold
from tests.customer import Customer, run_out_of_time
from tests.factories import NOON, make_event, make_event_session, make_user

pytestmark = pytest.mark.django_db
LONG, SHORT = timedelta(minutes=10), timedelta(minutes=4)


def after(minutes):
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(("first", "second"), [(LONG, SHORT), (SHORT, LONG)])
def test_the_earliest_hold_counts_down_for_all(first, second):
    basket = hold(make_event_session("A1", hold_period=first), "A1")

    basket = hold(make_event_session("A1", hold_period=second), "A1", basket=basket)

    assert basket.held_until == NOON + SHORT
    assert set(Place.objects.filter(booking=basket).values_list("held_until", flat=True)) == {NOON + SHORT}


def test_another_session_makes_the_time_no_longer():
    basket = hold(make_event_session("A1"), "A1")

    basket = hold(make_event_session("A1"), "A1", basket=basket, now=after(5))

    assert basket.held_until == NOON + LONG


def test_keeping_them_longer_goes_by_the_shortest_and_never_beyond_the_cap():
    basket = hold(make_event_session("A1", hold_period=LONG), "A1")
    basket = hold(make_event_session("A1", hold_period=SHORT), "A1", basket=basket)

    renewed = [renew_hold(booking_id=basket.pk, now=after(minute)).held_until for minute in range(3, 30, 3)]

    assert renewed[:2] == [after(7), after(10)]
    assert renewed[-1] == after(30)
    with pytest.raises(RenewalLimitError):
        renew_hold(booking_id=basket.pk, now=after(29))


def test_each_session_has_its_own_limit():
    one, other = make_event_session("A1 A2 A3", customer_limit=1), make_event_session("A1 A2 A3", customer_limit=2)
    basket = hold(other, "A1 A2", basket=hold(one, "A1"))

    for full, seat in ((one, "A3"), (other, "A3")):
        with pytest.raises(CustomerLimitError):
            hold(full, seat, basket=basket)

    assert basket.items.count() == 3


def test_who_loses_a_seat_keeps_the_rest_and_reads_which():
    one, other = (make_event_session("A1 A2", now=timezone.now()) for _ in range(2))
    customer, rival = Customer(), Customer()
    customer.hold(one, "A1")
    rival.hold(other, "A2")

    answer = customer.hold(other, "A2")

    assert answer.status_code == 409
    assert "row A, seat 2 went to someone else a moment ago. Your other choices are still here." in (
        answer.content.decode()
    )
    assert [item.event_session for item in customer.booking.items.all()] == [one]


def test_a_lapsed_basket_names_every_place_and_the_way_back():
    one, other = (
        make_event_session("A1 A2", now=timezone.now(), event=make_event(title)) for title in ("Bach", "Brahms")
    )
    customer = Customer()
    customer.hold(one, "A1")
    customer.hold(other, "A2")
    run_out_of_time(customer.booking)

    page = customer.client.get("/basket/").content.decode()

    assert "Your time ran out" in page
    assert "Bach" in page
    assert "Brahms" in page
    for event_session, seat in ((one, 1), (other, 2)):
        assert f"row A, seat {seat}" in page
        assert event_session.get_absolute_url() in page


def test_what_was_typed_before_the_time_ran_out_is_there_in_the_next_basket():
    event_session = make_event_session("A1 A2", now=timezone.now())
    customer = Customer()
    customer.hold(event_session, "A1")
    start_checkout(booking_id=customer.booking.pk, contact=CONTACT, buyer=None, now=timezone.now())
    run_out_of_time(customer.booking)
    expire_booking(booking_id=customer.booking.pk, now=timezone.now())

    customer.hold(event_session, "A1")

    form = customer.client.get("/checkout/").context["form"]
    assert [form[name].value() for name in ("name", "email")] == ["Alice", "alice@example.com"]
    assert customer.booking.email_key == "alice@example.com"


def test_what_an_account_typed_is_no_guests():
    event_session = make_event_session("A1 A2", now=timezone.now())
    customer = Customer()
    customer.hold(event_session, "A1")
    basket = customer.booking
    start_checkout(booking_id=basket.pk, contact=CONTACT, buyer=make_user("ana"), now=timezone.now())
    run_out_of_time(basket)

    customer.hold(event_session, "A2")

    assert customer.booking.pk != basket.pk
    assert not customer.booking.phone
