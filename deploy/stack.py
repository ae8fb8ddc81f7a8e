"""The whole site on one machine without containers: database, Redis, provider, web, worker and beat.

`python -m deploy.stack` keeps a production-like set up until it is stopped and prints its addresses as
KEY=value lines. Benchmarks, the smoke run, browser tests and the demo use `running_stack` directly.
"""

import argparse
import base64
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.processes import (
    Child,
    Processes,
    StartError,
    answers_http,
    find_free_port,
    is_port_free,
    treat_termination_as_interrupt,
)
from deploy.services import find_python, run, start_mariadb, start_redis
from deploy.static_files import KEPT, keep_collected

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = "ticketing.settings.production"
DEMO = "ticketing.settings.demo"

Database = Literal["mysql", "sqlite"]
Say = Callable[[str], None]


@dataclass
class Stack:
    """A running site: `settings` is what we chose, `env` the whole environment for a process of the site."""

    folder: Path
    settings: dict[str, str]
    processes: Processes

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, **self.settings}

    @property
    def site_url(self) -> str:
        return self.settings["SITE_URL"]

    @property
    def sandbox_url(self) -> str:
        return self.settings["SANDBOX_API_URL"]

    def manage(self, *arguments: str) -> None:
        """Run a management command of the site; StartError tells what it said when it fails."""
        run([find_python(), ROOT / "manage.py", *arguments], env=self.env, cwd=ROOT)

    def start(self, name: str, module: str, *arguments: str, env: Mapping[str, str] | None = None) -> Child:
        """Start `python -m module arguments` in the site's environment."""
        command = [find_python(), "-m", module, *arguments]
        return self.processes.start(name, command, env={**self.env, **(env or {})}, cwd=ROOT)

    def serve(
        self,
        application: str,
        *,
        name: str = "web",
        port: int | None = None,
        workers: int = 2,
        threads: int = 4,
        env: Mapping[str, str] | None = None,
        ready_path: str = "/health/ready",
    ) -> str:
        """Serve a WSGI application as the site is served and wait until it answers; returns its address."""
        port = port or find_free_port()
        self.start(
            name,
            "gunicorn",
            *(application, f"--bind=127.0.0.1:{port}", f"--workers={workers}", f"--threads={threads}"),
            *("--no-control-socket", "--graceful-timeout=3"),
            env=env,
        )
        url = f"http://127.0.0.1:{port}"
        self.processes.wait_until(lambda: answers_http(url + ready_path), what=f"The {name} server")
        return url

    def lines(self) -> list[str]:
        return [f"{name}={value}" for name, value in self.settings.items()]


@contextmanager
def running_stack(  # noqa: PLR0913
    *,
    database: Database = "mysql",
    settings: str = PRODUCTION,
    workers: int = 2,
    threads: int = 4,
    port: int | None = None,
    email_url: str = "consolemail://",
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    fill: Sequence[str] = (),
    background: bool = True,
    say: Say = lambda text: None,
) -> Iterator[Stack]:
    """Start everything, yield when the site answers, stop everything.

    `folder` keeps database, mails, media and logs (a temporary one by default); `fill` names management
    commands to run once the tables exist; `background=False` leaves out worker and beat; `env` has the
    last word on every variable.
    """
    with a_folder(folder) as home, Processes(home / "log") as processes:
        stack = Stack(home, {}, processes)
        say("Starting Redis")
        redis = start_redis(processes)
        say("Starting MariaDB" if database == "mysql" else "Opening SQLite")
        database_url = start_mariadb(processes, home).url if database == "mysql" else sqlite_url(home)
        port = port or find_free_port()
        stack.settings |= {
            "DJANGO_SETTINGS_MODULE": settings,
            "SITE_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis.url,
            "CELERY_BROKER_URL": redis.url,
            "EMAIL_URL": email_url,
            "MEDIA_ROOT": str(home / "media"),
            "STATIC_ROOT": str(KEPT),
            **rehearsal_settings(home),
            **(env or {}),
        }
        prepare(stack, fill=fill, collect_static=settings == PRODUCTION, say=say)
        say("Starting the sandbox payment provider")
        start_sandbox(stack)
        say("Starting the web server")
        stack.serve("ticketing.wsgi:application", port=port, workers=workers, threads=threads)
        if background:
            say("Starting the Celery worker and beat")
            start_background(stack)
        processes.check()
        yield stack


def rehearsal_settings(folder: Path) -> dict[str, str]:
    """Plain HTTP on the loopback, the sandbox provider beside us, and secrets of this folder's own."""
    sandbox_url = f"http://127.0.0.1:{find_free_port()}"
    return {
        "SANDBOX_API_URL": sandbox_url,
        "PAYMENT_PAGE_ORIGINS": sandbox_url,
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PAYMENT_GATEWAYS": "sandbox",
        "ALLOW_SANDBOX": "true",
        "SECURE_SSL_REDIRECT": "false",
        "SECURE_COOKIES": "false",
        "SERVE_MEDIA": "true",
        # All of its customers come from this machine.
        "GUEST_BASKETS_PER_ADDRESS": "0",
        **keep_secrets(folder / "secrets.json"),
    }


def keep_secrets(path: Path) -> dict[str, str]:
    """Make the secrets once for each folder, so that sign-ins, tickets and saved cards outlive a restart."""
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "TICKET_SIGNING_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SAVED_METHOD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SANDBOX_API_KEY": secrets.token_urlsafe(24),
        "SANDBOX_WEBHOOK_SECRET": secrets.token_urlsafe(24),
    }
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if made.keys() - kept.keys():
        path.touch(mode=0o600)
        # A folder of before lacks the newer ones.
        path.write_text(json.dumps(made | kept))
    return made | kept


def prepare(stack: Stack, *, fill: Sequence[str], collect_static: bool, say: Say) -> None:
    Path(stack.settings["MEDIA_ROOT"]).mkdir(parents=True, exist_ok=True)
    say("Migrating the database")
    stack.manage("migrate", "--no-input", "--verbosity=0")
    if collect_static:
        say("Collecting static files")
        keep_collected(lambda: stack.manage("collectstatic", "--clear", "--no-input", "--verbosity=0"))
    for command in fill:
        say(f"Running {command}")
        stack.manage(*command.split())


def start_sandbox(stack: Stack) -> None:
    port = stack.sandbox_url.rpartition(":")[2]
    stack.start(
        "sandbox",
        "payments.sandbox",
        *("--host=127.0.0.1", f"--port={port}", f"--state={stack.folder / 'sandbox.sqlite3'}"),
        f"--webhook-url={stack.site_url}/payments/webhooks/sandbox/",
        f"--public-url={stack.sandbox_url}",
    )
    stack.processes.wait_until(lambda: not is_port_free(int(port)), what="The sandbox provider")


def start_background(stack: Stack) -> None:
    celery = ("celery", "--app=ticketing.celery")
    stack.start("worker", *celery, "worker", "--concurrency=2", "--loglevel=WARNING")
    stack.start("beat", *celery, "beat", "--loglevel=WARNING", "--pidfile=")


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'db.sqlite3'}"


@contextmanager
def a_folder(folder: Path | None) -> Iterator[Path]:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="houselights-", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


def steps() -> Say:
    """Progress for a person: each step with the seconds since the start."""
    begin = time.monotonic()
    return lambda text: print(f"[{time.monotonic() - begin:5.1f} s] {text}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.stack", description=__doc__)
    parser.add_argument("--database", choices=["mysql", "sqlite"], default="mysql")
    parser.add_argument("--port", type=int, help="the site's port; a free one by default")
    parser.add_argument("--workers", type=int, default=2, help="web server processes")
    parser.add_argument("--threads", type=int, default=4, help="threads in each")
    parser.add_argument("--email-url", default="consolemail://", help="smtp://host:port to receive the mails")
    parser.add_argument("--fill", action="append", default=[], help="management command to run on the new database")
    options = parser.parse_args()
    treat_termination_as_interrupt()
    try:
        if options.port and not is_port_free(options.port):
            raise StartError(f"Port {options.port} is taken; choose another one with --port.")
        with running_stack(**vars(options), say=steps()) as stack:
            print("\n".join([*stack.lines(), f"LOG_FOLDER={stack.processes.log_folder}", "READY=1"]), flush=True)
            stack.processes.watch()
    except KeyboardInterrupt:
        return 0
    except StartError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
