"""Calling a worker early, once for many things; losing a call costs seconds, because beat sweeps what waits."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from ticketing.redis import redis_client

logger = logging.getLogger(__name__)
Work = TypeVar("Work")

# A call that no worker answers for so long was lost.
CALL_MS = 1000


class WorkerCall:
    """Call a worker for what waits somewhere; `task` takes it from there with `work`."""

    def __init__(self, name: str, task: str) -> None:
        self.key, self.task = f"{name}:called", task

    def wake(self) -> None:
        """Call a worker, unless one is called already and has not begun: it will find our work too."""
        with suppress(RedisError):
            if not redis_client().set(self.key, 1, nx=True, px=CALL_MS):
                return
        try:
            current_app.send_task(self.task)
        except OperationalError:
            logger.warning("broker away; beat will see to it", extra={"task": self.task})

    def begin(self) -> None:
        """A worker is about to look; whoever has something from now on calls another one."""
        with suppress(RedisError):
            redis_client().delete(self.key)

    def work(self, take: Callable[[], Work | None], do: Callable[[Work], object]) -> None:
        """Take and do what waits, until there is no more or others must have their turn."""
        self.begin()
        ends = time.monotonic() + settings.WORK_STRETCH_SECONDS
        is_first = True
        while (found := take()) is not None:
            if is_first:
                # There may be more, announced together and with one call: a colleague helps.
                self.wake()
                is_first = False
            do(found)
            if time.monotonic() > ends:
                # Whoever is next goes on, after the sweeps and ticks that waited meanwhile.
                self.wake()
                return
