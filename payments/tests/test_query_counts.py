"""How many statements the hot way from money to tickets needs."""

import json
import time

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.sandbox.courier import sign
from tests.booking import go_to_payment, hold
from tests.factories import make_event_session

pytestmark = pytest.mark.django_db


def test_from_a_providers_message_to_confirmed_tickets(client):
    payment = go_to_payment(hold(make_event_session("A1 A2"), "A1 A2"))
    facts = {"id": payment.provider_id, "status": "paid", "amount": 9000, "currency": "EUR", "last_error": ""}
    news = {"id": "evt_1", "type": "payment.paid", "data": {"payment": {**facts, "reference": str(payment.public_id)}}}

    statements = tell(client, news)

    assert payment.booking.tickets.count() == 2
    assert len(statements) == 12, statements


def test_a_message_that_says_nothing_is_kept_with_three_statements(client):
    statements = tell(client, {"id": "evt_1", "type": "something.new", "data": {}})

    assert len(statements) == 3, statements


def tell(client, news):
    body = json.dumps(news).encode()
    headers = {"Sandbox-Signature": sign(settings.SANDBOX_WEBHOOK_SECRET, body, time.time())}
    with CaptureQueriesContext(connection) as captured:
        answer = client.post("/payments/webhooks/sandbox/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 204
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
