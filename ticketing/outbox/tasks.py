import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ticketing.outbox.services import claim_message, deliver_message
from ticketing.outbox.signal_worker import begin_work, wake_worker


@shared_task(ignore_result=True)
def deliver_outbox() -> None:
    """Deliver at least once: every handler must welcome the same message twice."""
    begin_work()
    ends = time.monotonic() + settings.OUTBOX_STRETCH_SECONDS
    is_first = True
    while message := claim_message(now=timezone.now()):
        if is_first:
            # There may be more, announced together and with one call: a colleague helps.
            wake_worker()
            is_first = False
        deliver_message(message)
        if time.monotonic() > ends:
            # Another worker goes on, after the sweeps and ticks that waited meanwhile.
            wake_worker()
            return
