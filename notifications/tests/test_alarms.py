import pytest
from django.core import mail

from notifications.alarms import raise_alarm
from ticketing.outbox.tasks import deliver_outbox


@pytest.mark.django_db(transaction=True)
def test_an_alarm_reaches_the_administrators_once(settings):
    settings.ADMINS = [("Site administrator", "admin@example.com")]

    raise_alarm("Refund failed", refund_id=7)
    deliver_outbox()
    deliver_outbox()

    (message,) = mail.outbox
    assert message.to == ["admin@example.com"]
    assert "Refund failed" in message.subject
    assert "refund_id: 7" in message.body
