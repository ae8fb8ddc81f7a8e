from celery import shared_task
from django.utils import timezone

from ticketing.outbox.services import CALL, claim_message, deliver_message


@shared_task(ignore_result=True)
def deliver_outbox() -> None:
    """Deliver at least once: every handler must welcome the same message twice."""
    CALL.work(lambda: claim_message(now=timezone.now()), deliver_message)
