"""What cancelling gives back under an event's policy, moment by moment; nothing here writes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bookings.selectors import list_items
from events.models import Event, EventSession
from events.templatetags.event_tags import cancellation
from payments.policy import quote_cancellation
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session

pytestmark = pytest.mark.django_db
DOORS = NOON + timedelta(days=7) - timedelta(minutes=30)
START = NOON + timedelta(days=7)


def make_booking(seats="A1", price="45.00", **policy):
    """Tickets at the price and a fee of 2.50, doors half an hour before the start."""
    policy = {"refund_free_hours": 48, "refund_kept_percent": Decimal(50)} | policy
    event = make_event(fee_per_ticket="2.50", **policy)
    return make_confirmed_booking(make_event_session("A1 A2", event=event, price=price, doors_at=DOORS), seats)


def quote(booking, now):
    return quote_cancellation(list_items(booking), now)


@pytest.mark.parametrize(
    ("before", "policy", "kept", "back"),
    [
        (timedelta(days=3), {}, "2.50", "45.00"),
        (timedelta(days=3), {"refund_keeps_fees": False}, "0", "47.50"),
        (timedelta(hours=48), {}, "2.50", "45.00"),
        (timedelta(hours=48, seconds=-1), {}, "25.00", "22.50"),
        (timedelta(hours=3), {"refund_keeps_fees": False}, "22.50", "25.00"),
        (timedelta(hours=3), {"refund_kept_percent": Decimal("33.33")}, "17.50", "30.00"),
        (timedelta(hours=1), {"refund_free_hours": 0}, "2.50", "45.00"),
        (timedelta(minutes=31), {"refund_free_hours": 0}, "2.50", "45.00"),
    ],
)
def test_what_is_kept_depends_on_the_time_and_the_policy(before, policy, kept, back):
    found = quote(make_booking(**policy), START - before)

    assert (found.worth, found.kept, found.back) == (Decimal("47.50"), Decimal(kept), Decimal(back))
    assert found.refusal is None


@pytest.mark.parametrize(
    ("now", "policy", "words"),
    [
        (DOORS, {}, "doors are open"),
        (START, {"refund_free_hours": 0}, "doors are open"),
        (NOON, {"refund_free_hours": None}, "cannot be cancelled here"),
        (START - timedelta(hours=3), {"refund_kept_percent": Decimal(100)}, "time to cancel for money"),
        (START - timedelta(hours=3), {"refund_kept_percent": Decimal(100), "refund_keeps_fees": False}, "time to"),
    ],
)
def test_it_is_refused_with_the_reason_and_everything_is_kept(now, policy, words):
    found = quote(make_booking(**policy), now)

    assert words in str(found.refusal)
    assert (found.kept, found.back) == (Decimal("47.50"), 0)


def test_doors_are_the_start_where_no_time_is_set():
    booking = make_booking(refund_free_hours=0)
    EventSession.objects.update(doors_at=None)

    assert quote(booking, START - timedelta(seconds=1)).refusal is None
    assert quote(booking, START).refusal


def test_a_used_ticket_is_named_among_those_that_are_not():
    booking = make_booking("A1 A2")
    booking.tickets.order_by("pk").filter(pk=booking.tickets.first().pk).update(checked_in_at=NOON)

    found = quote(booking, NOON)

    assert [line.refusal is None for line in found.lines] == [False, True]
    assert "used" in str(found.refusal)


def test_a_free_ticket_is_given_back_for_nothing():
    event = make_event(refund_free_hours=48)
    booking = make_confirmed_booking(make_event_session("A1", event=event, price="0.00"))

    found = quote(booking, START - timedelta(hours=1))

    assert (found.back, found.refusal) == (0, None)


def test_each_ticket_of_a_mixed_basket_goes_by_its_own_event():
    strict = make_event(title="Strict", refund_free_hours=None)
    booking = make_confirmed_booking(make_event_session("A1", event=make_event(refund_free_hours=24)))
    other = make_confirmed_booking(make_event_session("A1", event=strict))

    found = quote_cancellation([*list_items(booking), *list_items(other)], NOON)

    assert [line.back for line in found.lines] == [45, 0]
    assert found.back == 45
    assert "cannot be cancelled here" in str(found.refusal)


@pytest.mark.parametrize("called_off", [{"refund_free_hours": None}, {"refund_kept_percent": Decimal(100)}])
def test_a_session_that_was_called_off_gives_everything_back(called_off):
    booking = make_booking(**called_off)
    EventSession.objects.update(status=EventSession.Status.CANCELLED)

    found = quote(booking, START - timedelta(hours=3))

    assert (found.kept, found.back, found.refusal) == (0, Decimal("47.50"), None)


def test_an_evening_that_breaks_off_after_the_doors_gives_everything_back():
    booking = make_booking(refund_kept_percent=Decimal(50))
    EventSession.objects.update(status=EventSession.Status.CANCELLED)

    found = quote(booking, START + timedelta(minutes=10))

    assert (found.back, found.refusal) == (Decimal("47.50"), None)


def test_an_evening_that_took_place_before_its_event_was_called_off_gives_nothing_back():
    booking = make_booking(refund_kept_percent=Decimal(50))
    Event.objects.update(status=Event.Status.CANCELLED)

    found = quote(booking, START + timedelta(days=1))

    assert (found.back, str(found.refusal)) == (0, "The doors are open, so it cannot be cancelled any more.")


@pytest.mark.parametrize("percent", ["0", "0.01", "33.33", "66.67", "99.99", "100"])
@pytest.mark.parametrize("price", ["0.01", "0.99", "45.00", "1999.99"])
def test_kept_and_back_add_up_to_the_cent(price, percent):
    found = quote(make_booking(price=price, refund_kept_percent=Decimal(percent)), START - timedelta(hours=1))

    assert found.kept + found.back == found.worth
    assert found.back >= 0
    assert found.kept == found.kept.quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"refund_free_hours": None}, "Tickets cannot be given back."),
        ({"refund_free_hours": 48}, "Free cancellation until 48 hours before the start."),
        ({"refund_free_hours": 1}, "Free cancellation until an hour before the start."),
        ({"refund_free_hours": 0}, "Free cancellation until the doors open."),
        (
            {"refund_free_hours": 24, "refund_kept_percent": Decimal("12.50")},
            "Free cancellation until 24 hours before the start, then 12.5 % of the price is kept.",
        ),
        (
            {"refund_free_hours": 24, "refund_kept_percent": Decimal(0), "fee_per_ticket": Decimal(1)},
            "Free cancellation until the doors open. Booking fees are kept.",
        ),
    ],
)
def test_the_policy_is_said_before_anybody_buys(policy, words):
    assert cancellation(Event(**policy)) == words
