"""Waking the worker early; losing the call costs seconds, because beat sweeps the outbox."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake_worker() -> None:
    try:
        current_app.send_task("ticketing.outbox.tasks.deliver_outbox")
    except OperationalError:
        logger.warning("broker away; beat will deliver the outbox")
