"""How many statements the hot way from money to tickets needs."""

import json
import time

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import ProviderEvent
from payments.sandbox.courier import sign
from payments.services.events import process_event
from tests.booking import go_to_payment, hold
from tests.factories import make_event_session

pytestmark = pytest.mark.django_db


def test_from_a_providers_event_to_confirmed_tickets():
    payment = go_to_payment(hold(make_event_session("A1 A2"), "A1 A2"))
    facts = {"id": payment.provider_id, "status": "paid", "amount": 9000, "currency": "EUR", "last_error": ""}
    news = {"id": "evt_1", "type": "payment.paid", "data": {"payment": {**facts, "reference": str(payment.public_id)}}}
    event = ProviderEvent.objects.create(provider="sandbox", event_id="evt_1", kind="payment.paid", payload=news)

    with CaptureQueriesContext(connection) as captured:
        process_event(event.pk)

    statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert payment.booking.tickets.count() == 2
    assert len(statements) == 11, statements


def test_a_providers_message_is_kept_with_two_statements(client):
    body = json.dumps({"id": "evt_1", "type": "something.new", "data": {}}).encode()
    headers = {"Sandbox-Signature": sign(settings.SANDBOX_WEBHOOK_SECRET, body, time.time())}

    with CaptureQueriesContext(connection) as captured:
        answer = client.post("/payments/webhooks/sandbox/", body, content_type="application/json", headers=headers)

    statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert answer.status_code == 204
    assert len(statements) == 2, statements
