"""The demo: the whole site on SQLite and an embedded Redis, with sample data, until Ctrl-C."""

import os
import sys
from pathlib import Path

from deploy.processes import StartError, find_free_port, is_port_free, treat_termination_as_interrupt
from deploy.stack import DEMO, ROOT, Stack, running_stack, steps

FOLDER = ROOT / ".demo"
MAILS = FOLDER / "mail"
# Written when the sample data is in, so that a start that was cut short loads it again.
FILLED = FOLDER / "sample-data-loaded"
DATABASE = FOLDER / "db.sqlite3"

WELCOME = """
Houselights is up:  {url}

  Sign in at {url}/account/login/ with the password  houselights-demo
    buyer              alice@example.com
    organiser, admin   olga@example.com    {url}/admin/
    finance            fiona@example.com   {url}/admin/
    gate               sam@example.com     {url}/scanner/

  Mails are written to   {mails}
  Logs are in            {logs}
  Everything is kept in  {folder}  (delete it to begin anew)

Press Ctrl-C to stop.
"""


def main() -> int:
    treat_termination_as_interrupt()
    try:
        run_demo(read_port())
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return 0
    except StartError as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    return 0


def read_port() -> int:
    words = os.environ.get("PORT") or "8000"
    if not words.isdigit() or not 1 <= int(words) <= 65_535:
        raise StartError(f"PORT has to be a number from 1 to 65535, not {words!r}.")
    port = int(words)
    if not is_port_free(port):
        raise StartError(f"Port {port} is taken; choose another one: make demo PORT={port + 1}")
    return port


def run_demo(port: int) -> None:
    is_new = not (FILLED.exists() and DATABASE.exists())
    MAILS.mkdir(parents=True, exist_ok=True)
    with running_stack(
        database="sqlite",
        settings=DEMO,
        port=port,
        # SQLite has one writer at a time, so threads of one process serve a single person best.
        workers=1,
        threads=8,
        env={**sandbox_address(port + 10), "DEMO_MAIL_FOLDER": str(MAILS)},
        folder=FOLDER,
        fill=["load_sample_data"] if is_new else [],
        say=steps(),
    ) as stack:
        FILLED.touch()
        print(welcome(stack), flush=True)
        stack.processes.watch()


def sandbox_address(wanted: int) -> dict[str, str]:
    port = wanted if wanted <= 65_535 and is_port_free(wanted) else find_free_port()
    return dict.fromkeys(("SANDBOX_API_URL", "PAYMENT_PAGE_ORIGINS"), f"http://127.0.0.1:{port}")


def welcome(stack: Stack) -> str:
    return WELCOME.format(
        url=stack.site_url,
        mails=shorten(MAILS),
        logs=shorten(stack.processes.log_folder),
        folder=shorten(FOLDER),
    )


def shorten(path: Path) -> str:
    return f"{path.relative_to(ROOT)}/"


if __name__ == "__main__":
    sys.exit(main())
