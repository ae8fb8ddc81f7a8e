"""Six contenders each, on MariaDB; every one of these was seen to fail with its guard taken out."""

from datetime import timedelta
from functools import partial

import pytest

from bookings.errors import NotDraftError, NotEnoughPlacesError, SeatsTakenError
from bookings.models import Booking, Place, Ticket
from bookings.services.lifecycle import expire_booking
from bookings.services.publishing import publish_event_session
from payments.models import Refund
from payments.services.outcome import apply_state
from tests.booking import go_to_payment, hold, paid
from tests.concurrency import run_together
from tests.factories import NOON, get_place, get_seat_ids, get_section, make_event_session
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)
CONTENDERS = 6


def test_of_six_simultaneous_buyers_exactly_one_gets_the_seats():
    event_session = make_event_session("A1 A2")
    seat_ids = get_seat_ids(event_session, "A1 A2")

    results = run_together(*[partial(hold, event_session, seat_ids=seat_ids)] * CONTENDERS)

    assert Booking.objects.count() == 1
    assert sum(isinstance(result, SeatsTakenError) for result in results) == 5


def test_overlapping_choices_never_share_a_seat():
    event_session = make_event_session("A1 A2 A3 A4 A5 A6 A7")
    ids = get_seat_ids(event_session, "A1 A2 A3 A4 A5 A6 A7")
    calls = [partial(hold, event_session, seat_ids=ids[start : start + 2]) for start in range(CONTENDERS)]

    results = run_together(*[partial(retry_on_conflict, call) for call in calls])

    won = [result for result in results if isinstance(result, Booking)]
    assert all(isinstance(result, Booking | SeatsTakenError) for result in results)
    assert Place.objects.filter(state=Place.State.HELD).count() == 2 * len(won)


def test_the_last_standing_place_goes_to_one_of_six():
    event_session = make_event_session("", {"Floor": 1})
    floor = get_section(event_session, "Floor")

    results = run_together(*[partial(hold, event_session, standing={floor.pk: 1})] * CONTENDERS)

    assert Booking.objects.count() == 1
    assert sum(isinstance(result, NotEnoughPlacesError) for result in results) == 5


def test_a_lapsing_hold_ends_with_the_sweeper_or_with_the_next_buyer_never_with_both():
    event_session = make_event_session("A1")
    seat_ids = get_seat_ids(event_session, "A1")
    first = hold(event_session, seat_ids=seat_ids)
    later = NOON + timedelta(minutes=11)

    results = run_together(
        *[partial(retry_on_conflict, partial(expire_booking, booking_id=first.pk, now=later))] * 3,
        *[partial(retry_on_conflict, partial(hold, event_session, seat_ids=seat_ids, now=later))] * 3,
    )

    winners = [result for result in results[3:] if isinstance(result, Booking)]
    assert len(winners) == 1
    assert get_place(event_session, "A1").booking == winners[0]
    first.refresh_from_db()
    assert first.status == Booking.Status.EXPIRED


def test_webhook_and_return_page_confirm_once():
    event_session = make_event_session("A1 A2")
    payment = go_to_payment(hold(event_session, "A1 A2"))
    settle = partial(apply_state, payment_id=payment.pk, state=paid(payment), now=NOON)

    results = run_together(*[partial(retry_on_conflict, settle)] * CONTENDERS)

    assert not [result for result in results if isinstance(result, Exception)]
    assert Ticket.objects.count() == 2
    assert not Refund.objects.exists()


def test_money_and_lapse_at_the_same_moment_end_in_tickets():
    labels = [f"A{number}" for number in range(1, 13)]
    event_session = make_event_session(" ".join(labels), customer_limit=len(labels))
    payments = [go_to_payment(hold(event_session, label)) for label in labels]
    later = NOON + timedelta(minutes=40)

    # The window is narrow: a dozen bookings, each settled and expired from six sides.
    for payment in payments:
        lapse = partial(expire_booking, booking_id=payment.booking_id, now=later)
        settle = partial(apply_state, payment_id=payment.pk, state=paid(payment), now=later)
        run_together(*[partial(retry_on_conflict, lapse), partial(retry_on_conflict, settle)] * 3)

    assert Ticket.objects.count() == len(labels)
    assert Place.objects.filter(state=Place.State.SOLD).count() == len(labels)
    assert not Booking.objects.exclude(status=Booking.Status.CONFIRMED).exists()


def test_publishing_twice_at_once_makes_the_places_once():
    event_session = make_event_session("A1 A2", published=False)
    publish = partial(publish_event_session, event_session_id=event_session.pk, now=NOON)

    results = run_together(*[publish] * CONTENDERS)

    assert sum(isinstance(result, NotDraftError) for result in results) == 5
    assert Place.objects.count() == 2
