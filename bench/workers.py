"""The site's own Celery workers, for benchmarks whose work they do."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PROCESSES = 2
CELERY = [sys.executable, "-m", "celery", "--app=ticketing.celery"]

Worker = subprocess.Popen[bytes]


@contextmanager
def running_worker(*options: str, **env: str) -> Iterator[Worker]:
    worker = start_worker(*options, **env)
    try:
        yield worker
    finally:
        kill(worker)


def start_worker(*options: str, **env: str) -> Worker:
    command = [*CELERY, "worker", f"--concurrency={PROCESSES}", "--loglevel=ERROR", *options]
    return subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, start_new_session=True)


def kill(worker: Worker) -> None:
    """The whole group at once, in the middle of whatever it does."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
