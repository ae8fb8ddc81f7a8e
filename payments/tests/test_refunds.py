"""A refund and its provider: slow, failing, answering twice, and staff who decide."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import FINANCE
from payments.errors import GatewayUnavailableError
from payments.gateways.base import RefundState
from payments.invariants import find_breaches
from payments.models import Discrepancy, LedgerEntry, Payment, Refund
from payments.services.cancelling import cancel_booking
from payments.services.refund_repairs import send_refund_again
from payments.services.refunds import ask_about_refund, retry_refund, send_refund, settle_refund
from payments.services.settling import ask_about_open_refunds
from tests.customer import Customer, run_outbox
from tests.factories import make_event_session, make_user
from tests.staff import sign_in
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def refund(client, provider):
    """Promised over a payment that the provider really has, and not sent yet."""
    payment = Customer(client).go_to_provider(make_event_session("A1", now=timezone.now()))
    provider.pay(payment.provider_id)
    client.get(payment.get_absolute_url())
    cancel_booking(booking_id=payment.booking_id, now=timezone.now(), actor=make_user("olga"))
    return Refund.objects.get()


def now_of(refund: Refund) -> Refund:
    refund.refresh_from_db()
    return refund


def test_it_is_sent_once_and_settled(refund, provider):
    send_refund(refund.pk)
    send_refund(refund.pk)

    assert now_of(refund).status == Refund.Status.SUCCEEDED
    assert refund.payment.status == Payment.Status.REFUNDED
    assert not list(find_breaches())


def test_a_failed_one_says_why_and_goes_through_with_the_next_try(refund, provider):
    provider.set(fail_refunds=1)
    send_refund(refund.pk)
    assert (now_of(refund).status, refund.tries) == (Refund.Status.FAILED, 1)
    assert "bank" in refund.error

    retry_refund(refund_id=refund.pk)
    send_refund(refund.pk)

    assert (now_of(refund).status, refund.tries, refund.error) == (Refund.Status.SUCCEEDED, 2, "")
    assert not list(find_breaches())


def test_a_try_that_went_through_after_all_is_not_paid_twice(refund, provider):
    send_refund(refund.pk)
    given = now_of(refund)
    # As if the answer had been lost, and someone then pressed the button.
    LedgerEntry.objects.filter(refund=given, posting__endswith=":given")._raw_delete("default")
    Refund.objects.filter(pk=given.pk).update(status=Refund.Status.FAILED, settled_at=None)
    Payment.objects.filter(pk=given.payment_id).update(status=Payment.Status.PAID)

    retry_refund(refund_id=given.pk)
    send_refund(given.pk)

    assert now_of(refund).status == Refund.Status.SUCCEEDED
    answer = provider.call("GET", f"/v1/payments/{refund.payment.provider_id}/refunds").json()
    assert len(answer["refunds"]) == 1


def test_asking_before_the_next_try_was_sent_does_not_undo_it(refund, provider):
    provider.set(fail_refunds=1)
    send_refund(refund.pk)
    retry_refund(refund_id=refund.pk)

    ask_about_refund(now_of(refund))
    run_outbox()

    assert (now_of(refund).status, refund.tries) == (Refund.Status.SUCCEEDED, 2)


def test_late_news_of_a_failed_try_do_not_fail_the_next_one(refund, provider):
    provider.set(fail_refunds=1)
    send_refund(refund.pk)
    first = now_of(refund)
    late = RefundState(provider_id=first.provider_id, status="failed", reference=first.provider_reference)
    retry_refund(refund_id=refund.pk)
    # The second try is on its way, and its id is what the provider is asked about before any third one.
    second = RefundState(provider_id="second", status="pending", reference=now_of(refund).provider_reference)
    settle_refund(refund_id=refund.pk, state=second, now=timezone.now())

    settle_refund(refund_id=refund.pk, state=late, now=timezone.now())

    assert (now_of(refund).status, refund.provider_id) == (Refund.Status.PENDING, "second")


def test_money_that_came_back_after_the_refund_is_told_to_staff(refund):
    send_refund(refund.pk)
    state = RefundState(provider_id=now_of(refund).provider_id, status="failed", error="account closed")

    settle_refund(refund_id=refund.pk, state=state, now=timezone.now())

    assert now_of(refund).status == Refund.Status.SUCCEEDED
    assert Message.objects.filter(topic="notifications.alarm").count() == 1


def test_while_the_provider_is_away_it_stays_promised(refund, provider):
    provider.set(unavailable=True)

    with pytest.raises(GatewayUnavailableError):
        send_refund(refund.pk)

    assert now_of(refund).status == Refund.Status.PENDING
    assert not list(find_breaches())


def test_one_that_the_provider_had_not_finished_is_asked_about(refund, provider):
    state = provider.gateway.refund(
        provider_id=refund.payment.provider_id, reference=refund.provider_reference, amount=refund.amount
    )
    Refund.objects.filter(pk=refund.pk).update(provider_id=state.provider_id)

    assert ask_about_open_refunds(now=timezone.now()) == 0
    assert ask_about_open_refunds(now=timezone.now() + timedelta(minutes=2)) == 1

    assert now_of(refund).status == Refund.Status.SUCCEEDED


def forget_the_try(refund, **state):
    """The provider knows nothing of it any more, as when it was made with the keys of another account."""
    Refund.objects.filter(pk=refund.pk).update(provider_id="ref_forgotten", **state)


def test_a_failed_try_that_the_provider_does_not_know_any_more_is_made_anew(refund, provider):
    forget_the_try(refund, status=Refund.Status.FAILED)

    retry_refund(refund_id=refund.pk)
    send_refund(refund.pk)

    assert now_of(refund).status == Refund.Status.SUCCEEDED
    assert refund.provider_id != "ref_forgotten"
    assert not list(find_breaches())


def test_one_asked_about_that_the_provider_does_not_know_any_more_is_told_to_staff(refund, provider):
    forget_the_try(refund)

    ask_about_open_refunds(now=timezone.now() + timedelta(minutes=2))

    assert now_of(refund).status == Refund.Status.FAILED
    assert "no such refund" in refund.error
    assert Message.objects.filter(topic="notifications.alarm").count() == 1


@pytest.fixture
def finance(client):
    return sign_in(client, FINANCE, "fiona")


def press(client, refund, name):
    url = reverse(f"admin:payments_refund_{name}", args=[refund.pk])
    return client.post(url, {"_form_submitted": "True"}, follow=True)


def test_finance_decides_in_the_back_office(client, settings, provider, finance, refund):
    Refund.objects.filter(pk=refund.pk).update(status=Refund.Status.AWAITING_APPROVAL)
    client.force_login(finance)

    page = press(client, refund, "approve")

    assert "on its way" in page.content.decode()
    assert (now_of(refund).status, refund.approved_by) == (Refund.Status.PENDING, finance)


def test_finance_sends_a_failed_one_again(client, provider, finance, refund):
    Refund.objects.filter(pk=refund.pk).update(status=Refund.Status.FAILED)
    client.force_login(finance)

    press(client, refund, "send_again")

    assert (now_of(refund).status, refund.tries) == (Refund.Status.PENDING, 2)


def test_finance_reads_and_exports_the_ledger(client, provider, finance, refund):
    client.force_login(finance)

    assert (
        refund.payment.booking.reference
        in client.get(reverse("admin:payments_ledgerentry_changelist")).content.decode()
    )
    export = client.post(
        reverse("admin:payments_ledgerentry_export"),
        {
            "format": "0",
            "resource": "",
            **{f"ledgerresource_{name}": "on" for name in ("posting", "amount", "account")},
        },
    )
    assert f"capture:{refund.payment_id}" in export.content.decode()


def test_late_news_of_a_try_whose_money_came_back_give_nothing(refund, provider):
    send_refund(refund.pk)
    state = RefundState(provider_id=now_of(refund).provider_id, status="succeeded", reference=refund.provider_reference)
    send_refund_again(Discrepancy(refund=refund), make_user("fiona"), timezone.now())

    settle_refund(refund_id=refund.pk, state=state, now=timezone.now())

    assert (now_of(refund).status, refund.tries) == (Refund.Status.PENDING, 2)
    assert not list(find_breaches())
