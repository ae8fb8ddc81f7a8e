"""Refunds that can never go through, given as credit instead."""

from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from djmoney.money import Money

from accounts.roles import FINANCE, SUPPORT
from payments.errors import GatewayUnavailableError, RefundStateError, TakenByBankError
from payments.gateways.base import RefundState
from payments.invariants import find_breaches
from payments.models import Payment, Refund, Voucher
from payments.services.cancelling import cancel_booking
from payments.services.failed_refunds import give_as_credit
from payments.services.refunds import send_refund, settle_refund
from tests.concurrency import run_together
from tests.customer import Customer, run_outbox
from tests.disputes import hear_bank
from tests.factories import NOON, make_confirmed_booking, make_event_session
from tests.staff import sign_in
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


def make_failed() -> Refund:
    """Refused by the provider, which knows nothing of it."""
    booking = make_confirmed_booking(make_event_session("A1"), "A1")
    cancel_booking(booking_id=booking.pk, now=NOON)
    refund = Refund.objects.get()
    state = RefundState(provider_id="", status="failed", error="account closed")
    return settle_refund(refund_id=refund.pk, state=state, now=NOON)


@pytest.fixture
def misheard(client, provider):
    """Given by the provider; we took it for failed."""
    payment = Customer(client).go_to_provider(make_event_session("A1", now=timezone.now()))
    provider.pay(payment.provider_id)
    client.get(payment.get_absolute_url())
    cancel_booking(booking_id=payment.booking_id, now=timezone.now())
    refund = Refund.objects.get()
    state = provider.gateway.refund(
        provider_id=payment.provider_id, reference=refund.provider_reference, amount=refund.amount
    )
    Refund.objects.update(status=Refund.Status.FAILED, provider_id=state.provider_id)
    refund.refresh_from_db()
    return refund


def test_it_becomes_a_voucher_once_and_the_books_agree():
    refund = make_failed()

    give_as_credit(refund_id=refund.pk, reason="Account closed")
    send_refund(refund.pk)
    send_refund(refund.pk)

    refund.refresh_from_db()
    voucher = Voucher.objects.get()
    assert (refund.status, refund.destination) == (Refund.Status.SUCCEEDED, Refund.Destination.CREDIT)
    assert refund.note == "Account closed"
    assert (voucher.amount, voucher.kind) == (Money(45, "EUR"), Voucher.Kind.REFUND)
    assert refund.payment.status == Payment.Status.REFUNDED
    assert not list(find_breaches())


@pytest.mark.parametrize("status", [Refund.Status.PENDING, Refund.Status.SUCCEEDED, Refund.Status.REJECTED])
def test_only_a_failed_one_becomes_credit(status):
    refund = make_failed()
    Refund.objects.update(status=status)

    with pytest.raises(RefundStateError):
        give_as_credit(refund_id=refund.pk, reason="x")

    refund.refresh_from_db()
    assert (refund.status, refund.destination) == (status, Refund.Destination.ORIGINAL)


def test_the_provider_is_asked_whether_the_last_try_went_through_after_all(misheard):
    with pytest.raises(RefundStateError, match="Succeeded"):
        give_as_credit(refund_id=misheard.pk, reason="x")

    misheard.refresh_from_db()
    assert misheard.destination == Refund.Destination.ORIGINAL
    assert not Voucher.objects.exists()


def test_while_the_provider_is_away_nothing_changes(misheard, monkeypatch):
    def refuse(self, provider_id):
        raise GatewayUnavailableError

    monkeypatch.setattr("payments.gateways.sandbox.gateway.SandboxGateway.get_refund", refuse)

    with pytest.raises(GatewayUnavailableError):
        give_as_credit(refund_id=misheard.pk, reason="x")

    misheard.refresh_from_db()
    assert (misheard.status, misheard.destination) == (Refund.Status.FAILED, Refund.Destination.ORIGINAL)


def test_what_the_bank_took_meanwhile_is_not_given_as_credit_too():
    refund = make_failed()
    hear_bank(refund.payment, "lost")

    with pytest.raises(TakenByBankError):
        give_as_credit(refund_id=refund.pk, reason="x")

    assert not list(find_breaches())


def test_news_that_the_provider_paid_in_time_makes_it_money_again():
    refund = make_failed()
    give_as_credit(refund_id=refund.pk, reason="x")

    settle_refund(refund_id=refund.pk, state=RefundState(provider_id="re_1", status="succeeded"), now=NOON)
    send_refund(refund.pk)

    refund.refresh_from_db()
    assert (refund.status, refund.destination) == (Refund.Status.SUCCEEDED, Refund.Destination.ORIGINAL)
    assert not Voucher.objects.exists()
    assert not list(find_breaches())


@pytest.mark.parametrize(("status", "alarms"), [("failed", 0), ("pending", 0), ("succeeded", 1)])
def test_late_news_of_the_providers_try_changes_no_credit(status, alarms):
    refund = make_failed()
    Message.objects.all().delete()
    give_as_credit(refund_id=refund.pk, reason="x")
    send_refund(refund.pk)

    settle_refund(refund_id=refund.pk, state=RefundState(provider_id="re_1", status=status), now=NOON)

    refund.refresh_from_db()
    assert (refund.status, refund.destination) == (Refund.Status.SUCCEEDED, Refund.Destination.CREDIT)
    assert Message.objects.filter(topic="notifications.alarm").count() == alarms
    assert not list(find_breaches())


@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_give_it_as_credit_one_does():
    refund = make_failed()

    results = run_together(*(partial(give_as_credit, refund_id=refund.pk, reason="x") for _ in range(6)))
    run_together(*(partial(send_refund, refund.pk) for _ in range(6)))

    assert sum(isinstance(result, RefundStateError) for result in results) == 5
    assert Voucher.objects.get().balance == 45


@pytest.mark.parametrize(("role", "is_given"), [(FINANCE, True), (SUPPORT, False)])
def test_finance_does_it_with_a_reason_and_the_customer_gets_the_code(client, mailoutbox, role, is_given):
    refund = make_failed()
    sign_in(client, role)
    url = reverse("admin:payments_refund_give_credit", args=[refund.pk])

    client.post(url, {"_form_submitted": "True", "reason": "Account closed"})
    run_outbox()

    assert Voucher.objects.exists() == is_given
    assert [log.change_message for log in LogEntry.objects.all()] == ["Given as credit: Account closed"] * is_given
    assert any(Voucher.objects.get().spoken_code in each.body for each in mailoutbox) if is_given else True
