"""By which provider the money of a cancelled date goes back, also where a change carried it over."""

from decimal import Decimal

import pytest
from djmoney.money import Money

from payments.call_offs import CallOffProgress, plan_call_off
from payments.models import GatewayStatus, Refund
from payments.services.calling_off import REPAYING, call_off_session
from payments.services.checkout import pay_with_credit
from payments.services.failed_refunds import give_as_credit
from tests.booking import hold
from tests.changes import change_now, check_out, choose
from tests.factories import NOON, make_confirmed_booking, make_event_session
from tests.vouchers import make_voucher, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def event_session(event):
    return make_event_session("A1 A2 A3", event=event)


@pytest.fixture
def changed(event, event_session):
    """Paid for another date, and changed to this one."""
    other = make_event_session("B1", event=event)
    return change_now(choose(make_confirmed_booking(other, "B1"), "B1", event_session, "A1"))


@pytest.fixture
def by_voucher(event_session):
    voucher = make_voucher("45.00")
    return pay_with_credit(booking_id=check_out(hold(event_session, "A2")).pk, credit=use(voucher, "45.00"), now=NOON)


def call_off(event_session):
    started = call_off_session(event_session_id=event_session.pk, reason="Ill", actor=None, now=NOON)
    while REPAYING.deal_with_next(started, NOON):
        pass
    return started


def test_what_was_carried_over_goes_back_where_it_was_paid_first(event_session, changed, by_voucher):
    plan = plan_call_off([event_session])
    assert [(share.gateway, share.amount) for share in plan.shares] == [("credit", 45), ("sandbox", 45)]

    progress = CallOffProgress(call_off(event_session))

    pending = str(Refund.Status.PENDING.label)
    assert progress.refunds == [
        ("credit", pending, 1, Money(45, "EUR")),
        ("sandbox", pending, 1, Money(45, "EUR")),
    ]


def test_the_dry_run_says_so_where_that_provider_is_away(event_session, changed):
    GatewayStatus.objects.update_or_create(name="sandbox", defaults={"problem": "No answer."})

    plan = plan_call_off([event_session])

    assert [list(trouble.booking_ids) for trouble in plan.troubles if "No answer." in str(trouble.text)] == [
        [changed.pk]
    ]


def test_a_refund_that_became_credit_is_counted_as_credit(event_session, changed, provider):
    started = call_off(event_session)
    refund = Refund.objects.get(reason=Refund.Reason.CALLED_OFF)
    Refund.objects.filter(pk=refund.pk).update(status=Refund.Status.FAILED)
    give_as_credit(refund_id=refund.pk, reason="Card gone")

    assert [(gateway, total.amount) for gateway, _state, _count, total in CallOffProgress(started).refunds] == [
        ("credit", Decimal(45))
    ]
