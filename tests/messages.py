"""What workers do with messages of the outbox, at the moment a test wants it."""

from django.utils import timezone

from ticketing.outbox.models import Message
from ticketing.outbox.services import claim_message, deliver_message


def deliver(*topics: str) -> None:
    """All messages that are due, or those of these topics alone: the others stay with a worker that does nothing."""
    while message := claim_message(now=timezone.now()):
        if not topics or message.topic in topics:
            deliver_message(message)


def forget_messages() -> None:
    """Of what went before, which the test is not about."""
    Message.objects.all().delete()
