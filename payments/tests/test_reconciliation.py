"""The provider's list against ours: every kind is found, and listed once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from payments.models import Discrepancy, Payment, Reconciliation
from payments.services.matching import match_payments
from payments.services.reconciliation import AHEAD, reconcile, reconcile_all
from payments.tasks import reconcile as daily_task
from tests.reconciling import MAKERS, Kind, Status, at_provider, make, make_unknown_payment, now_of
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(client, provider):
    return at_provider(client, provider)


@pytest.fixture
def unheard(client, provider):
    """Paid at the provider, and nobody told us."""
    return at_provider(client, provider, is_heard=False)


def test_where_all_is_well_nothing_is_listed(scene):
    scene.refund()

    run = scene.compare()

    assert (run.payments, run.refunds, run.error) == (1, 1, "")
    assert run.finished_at is not None
    assert not Discrepancy.objects.exists()


@pytest.mark.parametrize("kind", MAKERS)
def test_each_kind_is_found_and_listed_once_however_often_it_is_compared(client, provider, kind):
    scene, row = make(kind, client, provider)

    scene.compare()

    assert row.kind == kind
    assert [each.status for each in Discrepancy.objects.filter(kind=kind).exclude(status=Status.DISMISSED)] == ["open"]
    assert row.gateway == "sandbox"
    told = [message.payload["what"] for message in Message.objects.filter(topic="notifications.alarm")]
    assert told.count("The payment provider and we do not agree") == (0 if kind == Kind.CHARGEBACK else 1)


AMOUNTS = {
    Kind.UNKNOWN_PAYMENT: (None, "12.34"),
    Kind.MISSED_PAYMENT: ("45.00", "45.00"),
    Kind.MISSING_PAYMENT: ("45.00", None),
    Kind.PAYMENT_AMOUNT: ("40.00", "45.00"),
    Kind.UNKNOWN_REFUND: (None, "15.00"),
    Kind.MISSED_REFUND: ("20.00", "20.00"),
    Kind.MISSING_REFUND: ("20.00", None),
    Kind.REFUND_AMOUNT: ("20.00", "15.00"),
    Kind.CHARGEBACK: ("45.00", "45.00"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_each_kind_says_what_we_have_and_what_they_have(client, provider, kind):
    _scene, row = make(kind, client, provider)

    ours, theirs = AMOUNTS[kind]
    assert row.ours == (Decimal(ours) if ours else None)
    assert row.theirs == (Decimal(theirs) if theirs else None)


@pytest.mark.parametrize("status", ["open", "declined", "cancelled"])
def test_what_nobody_paid_is_no_discrepancy(client, provider, status):
    scene = at_provider(client, provider, is_paid=False, is_heard=False)
    if status == "declined":
        provider.pay(scene.payment.provider_id, "declined")
    if status == "cancelled":
        provider.gateway.cancel_payment(scene.payment.provider_id)

    scene.compare()

    assert not Discrepancy.objects.exists()


def test_what_agrees_by_the_next_time_is_gone_by_itself(client, unheard):
    unheard.compare()
    client.get(unheard.payment.get_absolute_url())

    unheard.compare()

    assert [row.status for row in Discrepancy.objects.all()] == [Status.GONE]


def test_an_old_one_is_looked_at_again_though_the_list_does_not_go_so_far_back(client, unheard):
    unheard.compare()
    client.get(unheard.payment.get_absolute_url())
    future = timezone.now() + timedelta(days=30)

    reconcile("sandbox", since=future - timedelta(days=3), until=future, now=future)

    assert [row.status for row in Discrepancy.objects.all()] == [Status.GONE]


def test_what_comes_back_is_listed_again(scene):
    refund = scene.refund()
    scene.provider.bounce(refund.provider_id)
    scene.compare()
    row = Discrepancy.objects.get()
    Discrepancy.objects.update(status=Status.GONE, resolved_at=timezone.now())

    scene.compare()

    assert (now_of(row).status, row.resolved_at) == (Status.OPEN, None)


def test_money_that_arrives_while_the_lists_are_read_is_no_discrepancy(client, unheard, monkeypatch):
    monkeypatch.setattr("payments.services.reconciliation.match_payments", late_match(client, unheard))

    unheard.compare()

    assert not Discrepancy.objects.exists()


def late_match(client, scene):
    """Our rows are read, and only then the news comes."""

    def match(gateway, states):
        found = match_payments(gateway, states)
        client.get(scene.payment.get_absolute_url())
        return found

    return match


def test_a_page_whose_id_was_never_kept_is_found_by_our_reference(unheard):
    Payment.objects.filter(pk=unheard.payment.pk).update(provider_id=None)

    unheard.compare()
    [row] = Discrepancy.objects.all()
    unheard.repair(row)

    assert (row.kind, row.payment) == (Kind.MISSED_PAYMENT, unheard.payment)
    assert now_of(unheard.payment).status == Payment.Status.PAID


def test_a_provider_that_is_away_leaves_its_reason_and_closes_nothing(scene):
    make_unknown_payment(scene)
    scene.compare()
    scene.provider.set(unavailable=True)

    run = scene.compare()

    assert "not answering" in run.error
    assert [row.status for row in Discrepancy.objects.all()] == [Status.OPEN]


def test_the_daily_task_reaches_back_to_the_last_comparison_that_worked(scene, settings):
    settings.PAYMENT_GATEWAYS = ["sandbox"]
    now = timezone.now()
    first = reconcile("sandbox", since=now - timedelta(days=20), until=now - timedelta(days=10), now=now)

    [run] = reconcile_all(now=now)
    daily_task()

    assert (run.since, run.until) == (first.until - AHEAD, now + AHEAD)
    latest = Reconciliation.objects.first()
    assert latest.until - latest.since == timedelta(days=3) + AHEAD
