"""Changes of changes: however many there are, they are one booking's use of its promo code."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from bookings.invariants import find_breaches
from bookings.models import Booking
from bookings.services.promo_codes import count_uses, drop_promo_code, list_uses, use_promo_code
from promotions.models import PromoCode
from tests.booking import go_to_payment, hold, pay
from tests.changes import begin, change_now, check_out
from tests.factories import NOON, make_event, make_event_session

pytestmark = pytest.mark.django_db
LENGTH = 5


@pytest.fixture(autouse=True)
def _unbroken():
    yield
    assert not list(find_breaches())


@pytest.fixture
def event_session():
    seats = " ".join(f"{row}{number}" for row in "ABCDEF" for number in range(1, LENGTH + 2))
    return make_event_session(seats, event=make_event())


@pytest.fixture
def code():
    return PromoCode.objects.create(code="ONCE", percent=10, most_uses=1)


def seats_in(row, first=1):
    return " ".join(f"{row}{number}" for number in range(first, LENGTH + 2))


@pytest.fixture
def chain(event_session, code):
    """The first booking and its changes, each of all tickets but one of that before."""
    basket = hold(event_session, seats_in("A"))
    booking = pay(go_to_payment(use_promo_code(booking_id=basket.pk, typed="ONCE", now=NOON))).booking
    made = [booking]
    for number, (old, new) in enumerate(zip("ABCDE", "BCDEF", strict=True), start=2):
        basket = begin(made[-1], seats_in(old, number))
        made.append(change_now(check_out(hold(event_session, seats_in(new, number), basket=basket))))
    return made


def test_a_long_chain_of_changes_is_one_use(chain, code):
    confirmed = Booking.objects.filter(status=Booking.Status.CONFIRMED, promo_code=code)

    assert confirmed.count() == LENGTH + 1
    assert count_uses(list_uses(code, NOON)) == 1
    assert {booking.chain_id for booking in chain} == {chain[0].pk}


def test_a_code_that_was_taken_out_of_a_change_is_still_its_own(chain, event_session, code):
    basket = begin(chain[0], "A1")
    hold(event_session, "F1", basket=basket)
    drop_promo_code(booking_id=basket.pk, now=NOON)

    assert use_promo_code(booking_id=basket.pk, typed="ONCE", now=NOON).promo_code == code


def test_changes_from_before_are_told_what_they_go_back_to(chain):
    known = dict(Booking.objects.values_list("pk", "first"))
    Booking.objects.update(first=None)

    with connection.schema_editor() as editor:
        import_module("bookings.migrations.0014_fill_first_booking").fill(apps, editor)

    assert dict(Booking.objects.values_list("pk", "first")) == known
