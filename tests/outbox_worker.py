"""A worker process of its own that tests may kill: `python -m tests.outbox_worker FOLDER` delivers for ever.

Mails go to files of the folder. What a dead worker had taken is given to the next one after a second, not minutes.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def start_worker(folder: Path, **env: str) -> subprocess.Popen[bytes]:
    """On the database of the running test; the caller kills it, or uses `running_worker`."""
    from django.db import connection  # noqa: PLC0415 - this module also runs before Django is set up

    at = connection.settings_dict
    url = f"mysql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT'] or 3306}/{at['NAME']}"
    return subprocess.Popen(
        [sys.executable, "-m", "tests.outbox_worker", str(folder)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "ticketing.settings.test", "DATABASE_URL": url, **env},
        cwd=ROOT,
    )


@contextmanager
def running_worker(folder: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    worker = start_worker(folder, **env)
    try:
        yield worker
    finally:
        kill(worker)


def kill(worker: subprocess.Popen[Any]) -> None:
    """As the kernel does when memory runs out: nothing is finished, nothing is said."""
    worker.send_signal(signal.SIGKILL)
    worker.wait()


def main(folder: str) -> None:
    import django  # noqa: PLC0415

    django.setup()

    from django.conf import settings  # noqa: PLC0415

    from notifications import locks  # noqa: PLC0415
    from ticketing.outbox import services, tasks  # noqa: PLC0415

    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = folder
    services.LEASE = locks.LEASE = timedelta(seconds=1)
    while True:
        tasks.deliver_outbox()
        time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1])
