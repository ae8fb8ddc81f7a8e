"""Every kind of discrepancy is repaired with one click, once, and does not come back."""

from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone
from djmoney.money import Money

from bookings.models import Booking, Ticket
from payments.errors import CannotRepairError, DiscrepancySettledError, SamePersonError
from payments.invariants import find_breaches, totals
from payments.models import Account, Discrepancy, Dispute, LedgerEntry, Payment, Refund
from payments.services.cancelling import cancel_booking
from payments.services.repairs import dismiss_discrepancy, repair_discrepancy
from tests.concurrency import run_together
from tests.customer import run_outbox
from tests.factories import make_user
from tests.reconciling import (
    MAKERS,
    Kind,
    Status,
    at_provider,
    make,
    make_payment_amount,
    make_refund_amount,
    make_unknown_payment,
    make_unknown_refund,
    now_of,
)
from ticketing.errors import DomainError

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(client, provider):
    return at_provider(client, provider)


@pytest.fixture
def unheard(client, provider):
    """Paid at the provider, and nobody told us."""
    return at_provider(client, provider, is_heard=False)


@pytest.mark.parametrize("kind", MAKERS)
def test_each_kind_is_repaired_with_one_click_and_does_not_come_back(client, provider, kind):
    scene, row = make(kind, client, provider)

    scene.repair(row)
    run_outbox()
    scene.compare()

    assert (now_of(row).status, row.resolved_by) == (Status.REPAIRED, scene.actor)
    assert row.note
    assert not Discrepancy.objects.filter(status=Status.OPEN).exists()
    assert not list(find_breaches())


@pytest.mark.parametrize("kind", MAKERS)
def test_a_repair_that_nobody_heard_of_may_be_made_again(client, provider, kind):
    scene, row = make(kind, client, provider)
    scene.repair(row)
    before = scene.there(), LedgerEntry.objects.count(), Refund.objects.count()
    Discrepancy.objects.filter(pk=row.pk).update(status=Status.OPEN)

    scene.repair(row)

    assert (scene.there(), LedgerEntry.objects.count(), Refund.objects.count()) == before
    assert not list(find_breaches())


def test_money_without_a_booking_goes_back_whole(client, provider):
    scene, row = make(Kind.UNKNOWN_PAYMENT, client, provider)

    scene.repair(row)

    [given] = provider.call("GET", f"/v1/payments/{row.provider_id}/refunds").json()["refunds"]
    assert (given["amount"], given["status"]) == (1234, "succeeded")
    assert not Refund.objects.exists()


def test_a_payment_that_was_missed_becomes_tickets(client, provider):
    scene, row = make(Kind.MISSED_PAYMENT, client, provider)

    scene.repair(row)

    assert Ticket.objects.get().status == Ticket.Status.VALID
    assert "Paid" in now_of(row).note


def test_tickets_without_money_become_void_and_the_loss_is_written_off(client, provider):
    scene, row = make(Kind.MISSING_PAYMENT, client, provider)

    scene.repair(row)

    assert Ticket.objects.get().status == Ticket.Status.VOID
    assert totals(Account.GATEWAY, "booking") == {scene.booking.pk: 0}
    assert not Refund.objects.exists()


def test_tickets_that_were_used_stay_and_the_loss_is_the_houses(client, provider):
    scene, row = make(Kind.CHARGEBACK, client, provider)
    Ticket.objects.update(checked_in_at=timezone.now())

    scene.repair(row)

    assert Ticket.objects.get().status == Ticket.Status.VALID
    assert totals(Account.DISPUTES, "booking") == {scene.booking.pk: Decimal("45.00")}
    assert "No ticket" in now_of(row).note


def test_too_much_paid_goes_back_and_the_tickets_stay(client, provider):
    scene, row = make(Kind.PAYMENT_AMOUNT, client, provider)

    scene.repair(row)

    assert scene.there() == [(500, "succeeded")]
    assert Ticket.objects.get().status == Ticket.Status.VALID


def test_too_little_paid_is_written_off_and_the_tickets_stay(scene):
    make_payment_amount(scene, "50.00")
    scene.compare()

    scene.repair(Discrepancy.objects.get())

    assert totals(Account.GATEWAY, "booking") == {scene.booking.pk: Decimal("45.00")}
    assert Ticket.objects.get().status == Ticket.Status.VALID
    assert not list(find_breaches())


def test_money_on_another_sum_that_bought_nothing_goes_back_and_the_basket_is_free(client, unheard):
    Payment.objects.filter(pk=unheard.payment.pk).update(amount=Decimal("50.00"))
    client.get(unheard.payment.get_absolute_url())
    unheard.compare()

    unheard.repair(Discrepancy.objects.get())

    assert unheard.there() == [(4500, "succeeded")]
    assert (now_of(unheard.payment).status, unheard.payment.failure) == ("failed", "mismatch")
    assert now_of(unheard.booking).status == Booking.Status.HELD
    unheard.compare()
    assert not Discrepancy.objects.filter(status=Status.OPEN).exists()


@pytest.mark.parametrize("decision", ["lost", "won"])
@pytest.mark.parametrize("kind", [Kind.PAYMENT_AMOUNT, Kind.UNKNOWN_PAYMENT])
def test_money_that_bought_nothing_and_that_a_bank_has_goes_back_only_once(client, unheard, provider, kind, decision):
    if kind == Kind.PAYMENT_AMOUNT:
        Payment.objects.filter(pk=unheard.payment.pk).update(amount=Decimal("50.00"))
        client.get(unheard.payment.get_absolute_url())
    else:
        make_unknown_payment(unheard)
    unheard.compare()
    row = Discrepancy.objects.get(kind=kind)
    dispute = provider.dispute(row.provider_id)
    unheard.compare()

    with pytest.raises(CannotRepairError, match="bank"):
        unheard.repair(row)
    assert given_of(provider, row) == 0
    assert now_of(row).status == Status.OPEN

    provider.dispute(row.provider_id, decision)
    unheard.compare()
    unheard.repair(row)

    assert now_of(row).status == Status.REPAIRED
    assert given_of(provider, row) == (dispute["amount"] if decision == "won" else 0)
    assert not LedgerEntry.objects.filter(account=Account.DISPUTES).exists()
    assert not list(find_breaches())


def given_of(provider, row):
    refunds = provider.call("GET", f"/v1/payments/{row.provider_id}/refunds").json()["refunds"]
    return sum(refund["amount"] for refund in refunds)


def test_a_refund_made_by_hand_counts_as_goodwill(client, provider):
    scene, row = make(Kind.UNKNOWN_REFUND, client, provider)

    scene.repair(row)

    refund = Refund.objects.get()
    assert (refund.reason, refund.status, refund.amount.amount) == ("goodwill", "succeeded", Decimal("15.00"))
    assert Ticket.objects.get().status == Ticket.Status.VALID


def test_a_refund_made_by_hand_is_the_one_that_had_failed(scene):
    scene.provider.set(fail_refunds=1)
    failed = scene.refund("15.00")
    scene.provider.give_back(scene.payment.provider_id, 1500)
    scene.compare()

    scene.repair(Discrepancy.objects.get())

    assert [(refund.pk, refund.status) for refund in Refund.objects.all()] == [(failed.pk, "succeeded")]
    scene.compare()
    assert not Discrepancy.objects.filter(status=Status.OPEN).exists()


def test_a_refund_by_hand_for_which_nothing_is_left_is_refused_with_the_reason(scene):
    cancel_booking(booking_id=scene.booking.pk, now=timezone.now(), actor=scene.actor)
    make_unknown_refund(scene)
    scene.compare()
    before = LedgerEntry.objects.count()

    with pytest.raises(CannotRepairError, match="left"):
        scene.repair(Discrepancy.objects.get())

    assert Discrepancy.objects.get().status == Status.OPEN
    assert LedgerEntry.objects.count() == before


def test_a_refund_that_came_back_is_sent_again_and_arrives(client, provider):
    scene, row = make(Kind.MISSING_REFUND, client, provider)

    scene.repair(row)
    run_outbox()

    refund = Refund.objects.get()
    assert (refund.status, refund.tries) == (Refund.Status.SUCCEEDED, 2)
    assert scene.there() == [(2000, "failed"), (2000, "succeeded")]


@pytest.mark.parametrize(
    ("given", "amounts"),
    [(1500, [Decimal("15.00"), Decimal("30.00")]), (4500, [Decimal("45.00")])],
)
def test_a_repayment_of_another_sum_is_brought_to_what_was_meant(scene, given, amounts):
    cancel_booking(booking_id=scene.booking.pk, now=timezone.now(), actor=scene.actor)
    refund = Refund.objects.get()
    scene.provider.give_back(scene.payment.provider_id, given, key=refund.provider_reference)
    scene.compare()

    for row in Discrepancy.objects.filter(status=Status.OPEN):
        scene.repair(row)
    run_outbox()

    assert sorted(each.amount.amount for each in Refund.objects.all()) == amounts
    assert {each.status for each in Refund.objects.all()} == {"succeeded"}
    assert now_of(scene.payment).status == Payment.Status.REFUNDED
    assert not list(find_breaches())


def test_too_much_given_back_is_the_houses_loss(scene):
    make_refund_amount(scene, 3000)
    scene.compare()

    scene.repair(Discrepancy.objects.get())

    assert Refund.objects.get().amount == Money("30.00", "EUR")
    assert totals(Account.GOODWILL, "booking") == {scene.booking.pk: Decimal("30.00")}
    assert not list(find_breaches())


def test_what_agrees_when_it_is_repaired_is_only_closed(client, unheard):
    unheard.compare()
    client.get(unheard.payment.get_absolute_url())

    row = unheard.repair(Discrepancy.objects.get())

    assert row.status == Status.GONE
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("settled", [Status.REPAIRED, Status.GONE, Status.DISMISSED])
def test_what_is_settled_is_not_settled_again(scene, settled):
    make_unknown_payment(scene)
    scene.compare()
    row = Discrepancy.objects.get()
    Discrepancy.objects.update(status=settled)

    with pytest.raises(DiscrepancySettledError):
        scene.repair(row)
    with pytest.raises(DiscrepancySettledError):
        dismiss_discrepancy(discrepancy_id=row.pk, actor=scene.actor, note="", now=timezone.now())

    assert now_of(row).status == settled


def test_a_chargeback_of_nothing_of_ours_can_only_be_dismissed(scene):
    row = Discrepancy.objects.create(
        gateway="sandbox", kind=Kind.CHARGEBACK, provider_id="dp_9", currency="EUR", found_at=timezone.now()
    )

    with pytest.raises(CannotRepairError):
        scene.repair(row)

    dismissed = dismiss_discrepancy(discrepancy_id=row.pk, actor=scene.actor, note="Other shop", now=timezone.now())
    assert (dismissed.status, dismissed.note) == (Status.DISMISSED, "Other shop")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [Kind.UNKNOWN_REFUND, Kind.MISSING_REFUND, Kind.CHARGEBACK])
def test_six_people_who_repair_the_same_repair_it_once(client, provider, kind):
    scene, row = make(kind, client, provider)

    results = run_together(*(partial(scene.repair, row) for _ in range(6)))

    # Those who come second learn that it is done; nobody meets a fault.
    assert [result for result in results if not isinstance(result, Discrepancy | DomainError)] == []
    assert now_of(row).status == Status.REPAIRED
    assert Refund.objects.count() == (0 if kind == Kind.CHARGEBACK else 1)
    assert Dispute.objects.count() == (1 if kind == Kind.CHARGEBACK else 0)
    assert {refund.tries for refund in Refund.objects.all()} <= {2 if kind == Kind.MISSING_REFUND else 1}


@pytest.mark.django_db(transaction=True)
def test_one_person_who_presses_six_times_at_once_is_still_one(client, provider, settings):
    scene, row = make(Kind.UNKNOWN_PAYMENT, client, provider)
    settings.REFUND_APPROVAL_LIMIT = Decimal(10)

    results = run_together(*(partial(scene.repair, row) for _ in range(6)))

    assert [result for result in results if not isinstance(result, Discrepancy | SamePersonError)] == []
    assert (now_of(row).status, row.asked_by, row.note) == (Status.OPEN, scene.actor, "")


def test_a_large_sum_goes_back_when_a_second_person_agrees(client, provider, settings):
    scene, row = make(Kind.UNKNOWN_PAYMENT, client, provider)
    settings.REFUND_APPROVAL_LIMITS = {"EUR": Decimal(10)}
    olga = make_user("olga")

    scene.repair(row)
    with pytest.raises(SamePersonError):
        scene.repair(row)

    assert (now_of(row).status, row.asked_by, row.note) == (Status.OPEN, scene.actor, "")
    scene.compare()
    repair_discrepancy(discrepancy_id=row.pk, actor=olga, now=timezone.now())
    assert (now_of(row).status, row.asked_by, row.resolved_by) == (Status.REPAIRED, scene.actor, olga)
    assert "went back" in row.note


def test_a_second_person_agrees_to_one_sum_and_to_no_other(client, provider, settings):
    scene, row = make(Kind.UNKNOWN_PAYMENT, client, provider)
    settings.REFUND_APPROVAL_LIMIT = Decimal(10)
    # Asked for when it was less.
    Discrepancy.objects.filter(pk=row.pk).update(theirs=Decimal(11), asked_by=make_user("olga"))

    scene.repair(row)

    assert (now_of(row).status, row.asked_by) == (Status.OPEN, scene.actor)


@pytest.mark.parametrize(("limit", "status"), [(4, Status.OPEN), (5, Status.REPAIRED)])
def test_of_tickets_sold_only_what_was_paid_too_much_is_held_against_the_limit(
    client, provider, settings, limit, status
):
    scene = at_provider(client, provider)
    make_payment_amount(scene)
    scene.compare()
    row = Discrepancy.objects.get()
    settings.REFUND_APPROVAL_LIMIT = Decimal(limit)

    scene.repair(row)

    assert now_of(row).status == status
    assert not list(find_breaches())
