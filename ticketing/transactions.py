"""Repeating a whole write when the database chose us as a deadlock's victim."""

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

DEADLOCK, LOCK_TIMEOUT = 1213, 1205
ATTEMPTS = 4


def is_lock_conflict(error: OperationalError) -> bool:
    return bool(error.args) and (error.args[0] in {DEADLOCK, LOCK_TIMEOUT} or "database is locked" in str(error))


def retry_on_conflict(write: Callable[[], Result]) -> Result:
    """Run a durable write, again up to three times after a deadlock or lock time-out (MySQL 1213, 1205)."""
    for attempt in range(1, ATTEMPTS):
        try:
            return write()
        except OperationalError as error:
            if not is_lock_conflict(error):
                raise
            logger.info("lock conflict, trying again", extra={"attempt": attempt})
            time.sleep(random.uniform(0.005, 0.02) * attempt)  # noqa: S311  Spreads contenders, guards nothing.
    return write()
