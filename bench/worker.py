"""The site's own Celery worker, without the mails and papers that follow a confirmed booking.

Started as `celery --app=bench.worker worker`. Those messages are taken from the outbox as ever, and dropped:
what they cost depends on the mail server, and customers have their tickets before.
"""

from typing import Any

from celery.signals import worker_init

from ticketing.celery import app
from ticketing.outbox.registry import HANDLERS

__all__ = ["app"]


@worker_init.connect
def drop_messages(**_facts: Any) -> None:
    HANDLERS.clear()
