"""What one member of the staff may give back alone."""

from decimal import Decimal

import pytest
from djmoney.money import Money

from payments.invariants import find_breaches
from payments.limits import is_above_limit, limit_in
from payments.models import Refund
from payments.services.cancelling import cancel_booking, refund_amount
from tests.booking import pay
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user
from tests.vouchers import check_out, make_voucher, open_attempt, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def limits(settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(100)
    settings.REFUND_APPROVAL_LIMITS = {"EUR": Decimal(50), "INR": Decimal(20000)}


def test_a_currency_of_its_own_goes_before_the_one_for_all(limits):
    assert [limit_in(currency) for currency in ("EUR", "INR", "USD")] == [
        Money(50, "EUR"),
        Money(20000, "INR"),
        Money(100, "USD"),
    ]


def test_without_any_limit_nothing_waits(settings):
    settings.REFUND_APPROVAL_LIMIT, settings.REFUND_APPROVAL_LIMITS = None, {"INR": Decimal(20000)}
    booking = make_confirmed_booking(make_event_session("A1"), "A1")
    fiona = make_user("fiona")

    assert not is_above_limit(booking.pk, Money(10**6, "EUR"), fiona)
    assert is_above_limit(booking.pk, Money(20001, "INR"), fiona)


@pytest.mark.parametrize("way", ["cancel", "goodwill"])
def test_a_refund_spread_over_two_payments_is_held_against_the_limit_as_a_whole(limits, way):
    voucher, booking = make_voucher("45.00"), check_out("A1 A2")
    pay(open_attempt(booking, use(voucher, "45.00")))
    fiona = make_user("fiona")

    if way == "cancel":
        cancel_booking(booking_id=booking.pk, now=NOON, actor=fiona)
    else:
        refund_amount(booking_id=booking.pk, amount=Decimal(51), key="1", note="", now=NOON, actor=fiona)

    refunds = Refund.objects.filter(payment__booking=booking)
    assert [refund.status for refund in refunds] == [Refund.Status.AWAITING_APPROVAL] * 2
    assert not list(find_breaches())


def test_two_parts_that_are_below_the_limit_together_go_at_once(limits):
    voucher, booking = make_voucher("20.00"), check_out("A1")
    pay(open_attempt(booking, use(voucher, "20.00")))

    cancel_booking(booking_id=booking.pk, now=NOON, actor=make_user("fiona"))

    refunds = Refund.objects.filter(payment__booking=booking)
    assert [refund.status for refund in refunds] == [Refund.Status.PENDING] * 2
