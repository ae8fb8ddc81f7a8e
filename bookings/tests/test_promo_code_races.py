"""The last use of a promo code, fought for by six."""

from functools import partial

import pytest

from bookings.models import Booking
from bookings.services.lifecycle import start_checkout
from bookings.services.promo_codes import use_promo_code
from promotions.errors import PromoCodeSpentError, PromoCodeUsedUpError
from promotions.models import PromoCode
from tests.booking import CONTACT, hold
from tests.concurrency import run_together
from tests.factories import NOON, make_event_session
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def baskets():
    event_session = make_event_session("A1 A2 A3 A4 A5 A6")
    return [hold(event_session, f"A{number}") for number in range(1, 7)]


def test_of_six_baskets_one_gets_the_last_use(baskets):
    PromoCode.objects.create(code="LAST", percent=50, most_uses=1)
    use = partial(use_promo_code, typed="LAST", now=NOON)

    results = run_together(*(partial(retry_on_conflict, partial(use, booking_id=each.pk)) for each in baskets))

    assert Booking.objects.exclude(promo_code=None).count() == 1
    assert sum(isinstance(result, PromoCodeUsedUpError) for result in results) == 5


def test_of_six_baskets_of_one_guest_one_gets_to_the_payment(baskets):
    """Only at checkout does a guest say who they are."""
    code = PromoCode.objects.create(code="ONCE", percent=50, most_uses_per_customer=1)
    for basket in baskets:
        use_promo_code(booking_id=basket.pk, typed="ONCE", now=NOON)
    go = partial(start_checkout, contact=CONTACT, buyer=None, now=NOON)

    results = run_together(*(partial(retry_on_conflict, partial(go, booking_id=each.pk)) for each in baskets))

    at_payment = Booking.objects.filter(promo_code=code, status=Booking.Status.AWAITING_PAYMENT)
    assert at_payment.count() == 1
    assert sum(isinstance(result, PromoCodeSpentError) for result in results) == 5
