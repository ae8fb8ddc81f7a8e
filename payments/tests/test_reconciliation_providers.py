"""The same comparison through the official SDKs, whose lists name money by other ids than ours."""

from datetime import timedelta

import pytest
from django.utils import timezone
from djmoney.money import Money

from bookings.models import Ticket
from payments.gateways.registry import get_gateway
from payments.invariants import find_breaches
from payments.methods import Method
from payments.models import Discrepancy, Payment, Refund
from payments.services.reconciliation import reconcile
from payments.services.repairs import repair_discrepancy
from tests.booking import go_to_payment, hold
from tests.factories import make_event, make_event_session, make_user
from tests.razorpay_stand_in import run_razorpay
from tests.reconciling import Kind, Status
from tests.stripe_stand_in import run_stripe

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def stripe():
    with run_stripe() as running:
        yield running


@pytest.fixture
def razorpay():
    with run_razorpay() as running:
        yield running


def open_page(name, currency):
    """A booking at the provider's page."""
    now = timezone.now()
    event_session = make_event_session("A1", now=now, event=make_event(currency=currency))
    payment = go_to_payment(hold(event_session, "A1", now=now), now=now)
    page = get_gateway(name).create_payment(
        reference=str(payment.public_id),
        amount=payment.amount,
        method=Method.CARD,
        description="Houselights, booking ABC",
        return_url="https://shop.test/payments/1/",
        cancel_url="https://shop.test/payments/1/",
        expires_at=now + timedelta(minutes=15),
    )
    Payment.objects.filter(pk=payment.pk).update(gateway=name, provider_id=page.provider_id)
    payment.refresh_from_db()
    return payment


def compare(name):
    """What is open after a comparison, as (kind, payment)."""
    now = timezone.now()
    run = reconcile(name, since=now - timedelta(hours=1), until=now + timedelta(minutes=1), now=now)
    assert run.error == ""
    return [(row.kind, row.payment) for row in Discrepancy.objects.filter(status=Status.OPEN)]


def repair():
    row = Discrepancy.objects.get(status=Status.OPEN)
    actor = make_user(f"fiona {row.pk}")
    return repair_discrepancy(discrepancy_id=row.pk, actor=actor, now=timezone.now())


def live_through(name, payment, *, give_back_by_hand, dispute):
    """Paid unheard, given back in part at the desk, taken back by the bank: each found and repaired."""
    assert compare(name) == [(Kind.MISSED_PAYMENT, payment)]
    repair()
    assert Ticket.objects.get().status == Ticket.Status.VALID
    assert compare(name) == []

    give_back_by_hand()
    assert compare(name) == [(Kind.UNKNOWN_REFUND, payment)]
    repair()
    assert Refund.objects.get().amount == Money("15.00", payment.amount.currency)
    assert compare(name) == []

    dispute()
    assert compare(name) == [(Kind.CHARGEBACK, payment)]
    repair()
    assert Ticket.objects.get().status == Ticket.Status.VOID
    assert compare(name) == []
    assert not list(find_breaches())


def test_stripes_list_is_compared_and_repaired(stripe, settings):
    stripe.apply_to(settings)
    payment = open_page("stripe", "EUR")
    intent_id = stripe.pay(payment.provider_id)["payment_intent"]

    live_through(
        "stripe",
        payment,
        give_back_by_hand=lambda: stripe.localstripe(
            "POST", "/v1/refunds", {"payment_intent": intent_id, "amount": "1500"}
        ),
        dispute=lambda: stripe.dispute(intent_id, 4500),
    )


def test_razorpays_list_is_compared_and_repaired(razorpay, settings):
    razorpay.apply_to(settings)
    payment = open_page("razorpay", "INR")
    paid_by = razorpay.pay(payment.provider_id)["id"]

    live_through(
        "razorpay",
        payment,
        give_back_by_hand=lambda: razorpay.gateway.refund(
            provider_id=paid_by, reference="by-hand-0001", amount=Money("15.00", "INR")
        ),
        dispute=lambda: razorpay.dispute(paid_by, amount_deducted=4500),
    )


@pytest.mark.parametrize("name", ["stripe", "razorpay"])
def test_a_page_that_nobody_paid_on_is_no_discrepancy(request, settings, name):
    request.getfixturevalue(name).apply_to(settings)
    open_page(name, "EUR" if name == "stripe" else "INR")

    assert [each for each in compare(name) if each[1] is not None] == []
