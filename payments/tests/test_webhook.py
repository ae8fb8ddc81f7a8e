"""What reaches the webhook's address, true or not."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from payments.models import Payment, ProviderEvent
from tests.customer import Customer, run_outbox
from tests.factories import make_event_session
from tests.sandbox import Receiver, wait_until

pytestmark = pytest.mark.django_db
ADDRESS = "/payments/webhooks/sandbox/"


@pytest.fixture
def payment(client, provider):
    return Customer(client).go_to_provider(make_event_session("A1", now=timezone.now()))


@pytest.fixture
def delivered(provider, payment):
    """The provider's own request about the paid payment: body and signature."""
    with Receiver().running() as receiver:
        provider.set(webhook_url=receiver.url)
        provider.pay(payment.provider_id)
        body, headers = wait_until(lambda: receiver.received)[0]
    return body, headers["Sandbox-Signature"]


def tell(client, body, signature):
    headers = {"Sandbox-Signature": signature}
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


def test_a_signed_event_becomes_tickets_once_however_often_it_comes(client, payment, delivered):
    for _ in range(3):
        assert tell(client, *delivered).status_code == 204
    run_outbox()

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PAID
    assert payment.booking.tickets.count() == 1
    event = ProviderEvent.objects.get()
    assert event.processed_at is not None


def test_processing_an_event_again_changes_nothing(client, payment, delivered):
    tell(client, *delivered)
    run_outbox()
    ProviderEvent.objects.update(processed_at=None)

    run_outbox()

    assert payment.booking.tickets.count() == 1


def test_a_changed_body_a_wrong_and_a_missing_signature_are_refused(client, payment, delivered):
    body, signature = delivered
    forged = json.loads(body)
    forged["data"]["payment"]["amount"] = 1

    for attempt in ((json.dumps(forged), signature), (body, f"{signature[:-1]}x"), (body, ""), (b"", signature)):
        assert tell(client, *attempt).status_code == 400
    run_outbox()

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING
    assert not ProviderEvent.objects.exists()


def test_an_event_of_a_payment_we_never_made_is_kept_and_ignored(client, payment, delivered):
    Payment.objects.filter(pk=payment.pk).update(provider_id="pay_of_someone_else")

    assert tell(client, *delivered).status_code == 204
    run_outbox()

    assert ProviderEvent.objects.get().processed_at is not None
    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING


def test_an_unknown_provider_is_not_found_and_looking_is_not_telling(client):
    assert client.post("/payments/webhooks/nobody/", b"{}", content_type="application/json").status_code == 404
    assert client.get(ADDRESS).status_code == 405


def test_the_provider_needs_no_form_token(payment, delivered):
    assert tell(Client(enforce_csrf_checks=True), *delivered).status_code == 204
