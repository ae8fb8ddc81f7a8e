"""Waking the worker early; losing the call costs seconds, because beat sweeps the outbox."""

import logging
from contextlib import suppress

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from ticketing.redis import redis_client

logger = logging.getLogger(__name__)

CALLED_KEY = "outbox:called"
# A call that no worker answers for so long was lost.
CALL_MS = 1000


def wake_worker() -> None:
    """Call a worker, unless one is called already and has not begun: it will find our message too."""
    with suppress(RedisError):
        if not redis_client().set(CALLED_KEY, 1, nx=True, px=CALL_MS):
            return
    try:
        current_app.send_task("ticketing.outbox.tasks.deliver_outbox")
    except OperationalError:
        logger.warning("broker away; beat will deliver the outbox")


def begin_work() -> None:
    """A worker is about to look; whoever announces something from now on calls another one."""
    with suppress(RedisError):
        redis_client().delete(CALLED_KEY)
