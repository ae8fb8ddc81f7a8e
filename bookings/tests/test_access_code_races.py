"""The last use of an access code, fought for by six."""

from datetime import timedelta
from functools import partial

import pytest

from bookings.invariants import find_breaches
from bookings.models import Booking, Place
from promotions.errors import PromoCodeUsedUpError
from promotions.models import PromoCode
from tests.booking import ask_best, hold
from tests.concurrency import run_together
from tests.factories import NOON, get_seat_ids, make_event_session
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def presale():
    made = make_event_session("A1 A2 A3 A4 A5 A6 B1 B2 B3 B4 B5 B6", booking_opens_at=NOON + timedelta(days=1))
    code = PromoCode.objects.create(code="LAST", opens_early=True, most_uses=1)
    code.events.add(made.event)
    return made


def check_one_got_in(results):
    assert sum(isinstance(result, PromoCodeUsedUpError) for result in results) == 5, results
    booking = Booking.objects.get()
    assert booking.promo_code.code == "LAST"
    assert set(Place.objects.exclude(booking=None).values_list("booking", flat=True)) == {booking.pk}
    assert list(find_breaches()) == []


def test_of_six_who_choose_seats_one_gets_the_last_use(presale):
    seats = [get_seat_ids(presale, f"A{number}") for number in range(1, 7)]
    calls = [partial(hold, presale, seat_ids=each, codes=["LAST"]) for each in seats]

    check_one_got_in(run_together(*(partial(retry_on_conflict, call) for call in calls)))


def test_of_six_who_ask_for_the_best_one_gets_the_last_use(presale):
    ask = partial(ask_best, presale, 2, codes=["LAST"])

    check_one_got_in(run_together(*[partial(retry_on_conflict, ask)] * 6))
