from celery import shared_task
from django.utils import timezone

from ticketing.outbox.services import claim_messages, deliver_messages
from ticketing.outbox.signal_worker import begin_work, wake_worker


@shared_task(ignore_result=True)
def deliver_outbox() -> None:
    """Deliver at least once: every handler must welcome the same message twice."""
    begin_work()
    while messages := claim_messages(now=timezone.now()):
        # There may be more, announced together and with one call, or passed over: a colleague helps.
        wake_worker()
        deliver_messages(messages)
