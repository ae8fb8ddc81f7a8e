"""Telling the site what Razorpay says, as its webhook does."""

from django.core import mail

from tests.customer import run_outbox
from tests.razorpay_stand_in import sign

ADDRESS = "/payments/webhooks/razorpay/"


def tell(client, event, **how):
    body, headers = sign(event, **how)
    return send(client, body, headers)


def send(client, body, headers):
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


def hear(client, event):
    assert tell(client, event).status_code == 204
    run_outbox()


def now_of(row):
    row.refresh_from_db()
    return row


def alarms():
    return [letter.subject.removeprefix("[Django] ") for letter in mail.outbox if letter.to == ["olga@example.com"]]
