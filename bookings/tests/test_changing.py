"""Which tickets may be changed, and what the basket that changes them may hold."""

from datetime import timedelta

import pytest
from djmoney.money import Money

from bookings.change_errors import (
    ChangeIncompleteError,
    ChangeRefusedError,
    ChangeUnderWayError,
    NoTicketToChangeError,
    OtherEventError,
    SeveralEventsError,
    TooManyForChangeError,
)
from bookings.errors import BookingStateError, CompanionStaysError, CustomerLimitError
from bookings.models import Booking, Place, Ticket
from bookings.services.changing import keep_places, start_change
from bookings.services.holds import remove_item, renew_hold
from bookings.services.lifecycle import expire_booking
from bookings.services.promo_codes import count_uses, list_uses, use_promo_code
from promotions.errors import PromoCodeUsedUpError
from promotions.models import PromoCode
from tests.booking import confirm, hold
from tests.changes import begin, check_out, choose, tickets_at
from tests.drawn_halls import make_drawn_session
from tests.factories import (
    NOON,
    get_place,
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 A4 A5 A6")


@pytest.fixture
def booking(event_session):
    """Two seats, A1 and A2."""
    return make_confirmed_booking(event_session, "A1 A2")


def test_a_change_begins_empty_with_the_contact_of_what_it_replaces(booking):
    change = begin(booking, "A1")

    assert (change.replaces, change.status, change.items.count()) == (booking, Booking.Status.HELD, 0)
    assert (change.name, change.phone, change.email) == (booking.name, booking.phone, booking.email)
    assert list(change.gives_up.all()) == tickets_at(booking, "A1")
    assert change.is_live(NOON)


@pytest.mark.parametrize(
    ("hours", "left", "words"),
    [(None, 100, "cannot be changed here"), (24, 23, "time to change it is over"), (0, 0, "doors are open")],
)
def test_customers_change_until_the_deadline_of_the_event(hours, left, words):
    session = make_event_session("A1 A2", event=make_event(change_free_hours=hours))
    booking = make_confirmed_booking(session, "A1")
    now = session.starts_at - timedelta(hours=left)

    with pytest.raises(ChangeRefusedError, match=words):
        begin(booking, "A1", now=now, has_deadline=True)

    assert not Booking.objects.filter(replaces=booking).exists()


def test_within_the_deadline_customers_change_and_staff_do_so_until_the_doors_open():
    session = make_event_session("A1 A2", event=make_event(change_free_hours=24))
    booking = make_confirmed_booking(session, "A1")
    late = session.starts_at - timedelta(hours=1)

    assert begin(booking, "A1", now=session.starts_at - timedelta(hours=24), has_deadline=True)
    assert begin(booking, "A1", now=late)
    with pytest.raises(ChangeRefusedError, match="doors are open"):
        begin(booking, "A1", now=session.starts_at)


@pytest.mark.parametrize("state", [{"checked_in_at": NOON}, {"status": Ticket.Status.OFFERED}])
def test_a_ticket_that_was_used_or_is_offered_cannot_be_changed(booking, state):
    booking.tickets.filter(pk=tickets_at(booking, "A1")[0].pk).update(**state)

    with pytest.raises(ChangeRefusedError):
        begin(booking, "A1 A2")

    assert begin(booking, "A2")


def test_nothing_chosen_strangers_tickets_and_void_ones_are_no_choice(booking, event_session):
    stranger = make_confirmed_booking(event_session, "A5")
    theirs = stranger.tickets.get()
    booking.tickets.filter(pk=tickets_at(booking, "A1")[0].pk).update(status=Ticket.Status.VOID)

    for ticket_ids in ([], [theirs.pk], [tickets_at(booking, "A1")[0].pk]):
        with pytest.raises(NoTicketToChangeError):
            start_change(booking_id=booking.pk, ticket_ids=ticket_ids, now=NOON, has_deadline=False)


def test_a_basket_is_nothing_to_change(event_session):
    with pytest.raises(BookingStateError):
        start_change(booking_id=hold(event_session, "A1").pk, ticket_ids=[1], now=NOON, has_deadline=False)


def test_tickets_of_several_events_are_changed_one_event_at_a_time(event_session):
    other = make_event_session("B1")
    basket = hold(other, "B1", basket=hold(event_session, "A1"))
    booking = confirm(basket)

    with pytest.raises(SeveralEventsError):
        start_change(
            booking_id=booking.pk,
            ticket_ids=booking.tickets.values_list("pk", flat=True),
            now=NOON,
            has_deadline=False,
        )


def test_a_change_takes_as_many_places_as_it_gives_up_and_of_the_same_event(booking, event_session):
    other_date = make_event_session("B1 B2", event=event_session.event)
    change = begin(booking, "A1 A2")

    with pytest.raises(OtherEventError, match="Spring Concert"):
        hold(make_event_session("C1"), "C1", basket=change)
    with pytest.raises(TooManyForChangeError):
        hold(event_session, "A3 A4 A5", basket=change)
    hold(other_date, "B1", basket=change)
    with pytest.raises(ChangeIncompleteError, match="2 tickets and have chosen 1"):
        check_out(change)
    hold(event_session, "A3", basket=change)

    assert check_out(change).status == Booking.Status.AWAITING_PAYMENT


def test_the_limit_does_not_count_what_is_given_up():
    session = make_event_session("A1 A2 A3 A4 A5", customer_limit=2)
    alice = make_user("alice")
    booking = make_confirmed_booking(session, "A1 A2", buyer=alice)
    change = start_change(
        booking_id=booking.pk,
        ticket_ids=[ticket.pk for ticket in tickets_at(booking, "A1 A2")],
        now=NOON,
        buyer=alice,
        has_deadline=False,
    )

    assert hold(session, "A3 A4", basket=change, buyer=alice).items.count() == 2


def test_the_limit_counts_what_the_customer_has_of_the_other_date_also_when_signed_out():
    session = make_event_session("A1 A2")
    other_date = make_event_session("B1 B2 B3", event=session.event, customer_limit=2)
    alice = make_user("alice")
    booking = make_confirmed_booking(session, "A1", buyer=alice)
    make_confirmed_booking(other_date, "B1 B2", buyer=alice)

    with pytest.raises(CustomerLimitError):
        hold(other_date, "B3", basket=begin(booking, "A1"))


def test_taking_a_place_out_leaves_the_change_open(booking, event_session):
    change = hold(event_session, "A3", basket=begin(booking, "A1"))

    remove_item(booking_id=change.pk, item_id=change.items.get().pk, now=NOON)
    renewed = renew_hold(booking_id=change.pk, now=NOON + timedelta(minutes=5))

    assert renewed.status == Booking.Status.HELD
    assert get_place(event_session, "A3").state == Place.State.FREE


def test_keeping_the_places_for_another_ticket_type_takes_none_from_anybody(event_session):
    session = make_event_session("A1 A2", ticket_types={"Child": "20.00"})
    booking = make_confirmed_booking(session, "A1 A2")

    change = keep_places(booking_id=begin(booking, "A1 A2").pk, now=NOON)
    keep_places(booking_id=change.pk, now=NOON)

    assert change.items.count() == 2
    assert get_place(session, "A1").booking == booking
    remove_item(booking_id=change.pk, item_id=change.items.first().pk, now=NOON)
    assert get_place(session, "A1").booking == booking
    assert get_place(session, "A1").state == Place.State.SOLD


def test_a_change_that_lapses_leaves_everything_as_it_was(booking, event_session):
    change = hold(event_session, "A3 A4", basket=begin(booking, "A1 A2"))

    expire_booking(booking_id=change.pk, now=NOON + timedelta(minutes=11))

    booking.refresh_from_db()
    assert booking.is_confirmed
    assert set(booking.tickets.values_list("status", flat=True)) == {Ticket.Status.VALID}
    assert get_place(event_session, "A3").state == Place.State.FREE


def test_a_second_change_takes_the_place_of_one_that_is_not_being_paid(booking, event_session):
    first = hold(event_session, "A3", basket=begin(booking, "A1"))

    second = begin(booking, "A1 A2")

    first.refresh_from_db()
    assert first.status == Booking.Status.CANCELLED
    assert second.is_live(NOON)
    assert get_place(event_session, "A3").state == Place.State.FREE


def test_while_a_change_is_being_paid_no_other_begins(booking, event_session):
    choose(booking, "A1", event_session, "A3")

    with pytest.raises(ChangeUnderWayError):
        begin(booking, "A2")


def test_a_companion_does_not_stay_without_the_wheelchair_place():
    booking = make_confirmed_booking(make_drawn_session("wc..."), "A1 A2")

    with pytest.raises(CompanionStaysError):
        begin(booking, "A1")

    assert begin(booking, "A1 A2")


def test_a_code_of_the_old_booking_stays_and_is_used_once(event_session):
    code = PromoCode.objects.create(code="SPRING", percent=10, most_uses=1)
    basket = use_promo_code(booking_id=hold(event_session, "A1 A2").pk, typed="spring", now=NOON)
    booking = confirm(basket)

    change = hold(event_session, "A3", basket=begin(booking, "A1"))
    check_out(change)

    change.refresh_from_db()
    assert (change.promo_code, change.items.get().price) == (code, Money("40.50", "EUR"))
    assert count_uses(list_uses(code, NOON)) == 1
    with pytest.raises(PromoCodeUsedUpError):
        use_promo_code(booking_id=hold(event_session, "A4").pk, typed="spring", now=NOON)
