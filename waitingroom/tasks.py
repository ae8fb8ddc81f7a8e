from celery import shared_task
from django.utils import timezone

from waitingroom.services import running


@shared_task(ignore_result=True)
def keep_queues_running() -> None:
    running.keep_running(now=timezone.now())
