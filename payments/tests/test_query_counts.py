"""How many statements the hot way from money to tickets needs."""

import json
import time

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import ProviderEvent
from payments.sandbox.courier import sign
from payments.services.events import take_over_at_once
from tests.booking import go_to_payment, hold
from tests.factories import make_event_session

pytestmark = pytest.mark.django_db


def test_from_a_providers_message_to_confirmed_tickets(client):
    payment = go_to_payment(hold(make_event_session("A1 A2"), "A1 A2"))
    facts = {"id": payment.provider_id, "status": "paid", "amount": 9000, "currency": "EUR", "last_error": ""}
    news = {"id": "evt_1", "type": "payment.paid", "data": {"payment": {**facts, "reference": str(payment.public_id)}}}

    with CaptureQueriesContext(connection) as captured:
        tell(client, news)
        take_over_at_once(ProviderEvent.objects.values_list("pk", flat=True)[0])

    statements = show(captured)
    assert payment.booking.tickets.count() == 2
    # And the one with which this test asked which event it is.
    assert len(statements) == 12 + 1, statements


def test_a_message_is_kept_with_one_statement(client):
    with CaptureQueriesContext(connection) as captured:
        tell(client, {"id": "evt_1", "type": "something.new", "data": {}})

    statements = show(captured)
    assert len(statements) == 1, statements


def tell(client, news):
    body = json.dumps(news).encode()
    headers = {"Sandbox-Signature": sign(settings.SANDBOX_WEBHOOK_SECRET, body, time.time())}
    answer = client.post("/payments/webhooks/sandbox/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 204


def show(captured):
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
