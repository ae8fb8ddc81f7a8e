"""Each step of the main job with its seconds; the last line is one JSON object, the exit code tells the same."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from deploy.processes import StartError, treat_termination_as_interrupt
from deploy.services import find_python
from deploy.smoke.mailbox import Mailbox, read_codes, read_pdf
from deploy.smoke.visitor import Forms, SmokeError, Visitor, expect
from deploy.stack import DEMO, PRODUCTION, ROOT, Stack, running_stack

SEATS = 2
PLAN_SEATS = 738
ALICE = {"name": "Alice", "phone": "+43 660 1234567", "email": "alice@example.com"}


class Steps:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.seconds: dict[str, float] = {}
        self.now_at = "start"

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.now_at = name
        begin = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begin, 2)
        print(f"  {name:<10} {self.seconds[name]:6.2f} s", file=sys.stderr, flush=True)

    def outcome(self, **more: object) -> str:
        total = round(time.monotonic() - self.began, 2)
        return json.dumps({"ok": not more, "seconds": total, "steps": self.seconds, **more})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.smoke", description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "mysql"], default="sqlite")
    options = parser.parse_args()
    treat_termination_as_interrupt()
    steps = Steps()
    print(f"The main job on {options.database}:", file=sys.stderr, flush=True)
    try:
        run(options.database, steps)
    except (Exception, KeyboardInterrupt) as fault:
        known = isinstance(fault, (SmokeError, StartError))
        error = str(fault) if known else f"{type(fault).__name__}: {fault}"
        print(steps.outcome(failed=steps.now_at, error=error), flush=True)
        return 1
    print(steps.outcome(), flush=True)
    return 0


def run(database: Any, steps: Steps) -> None:
    with Mailbox() as mailbox, ExitStack() as running:
        with steps.step("start"):
            stack = running.enter_context(start_site(database, mailbox))
        told = running.enter_context(fill(stack))
        with steps.step("import"):
            check(told()["seats"], PLAN_SEATS, "seats imported")
        with steps.step("publish"):
            programme = told()
            check(programme["places"], PLAN_SEATS, "places made")
        alice = Visitor(stack.site_url)
        with steps.step("browse"):
            browse(alice, programme)
        with steps.step("hold"):
            hold(alice, programme)
        with steps.step("pay"):
            pay(alice, stack)
        with steps.step("mail"):
            pdf = read_pdf(mailbox.wait_for(ALICE["email"]))
        with steps.step("decode"):
            codes = read_codes(pdf)
            check(len(set(codes)), SEATS, "different codes in the PDF")
        with steps.step("scan"):
            scan_twice(Visitor(stack.site_url), programme, codes[0])
        stack.processes.check()


def start_site(database: Any, mailbox: Mailbox) -> AbstractContextManager[Stack]:
    settings, workers = (DEMO, 1) if database == "sqlite" else (PRODUCTION, 2)
    return running_stack(database=database, settings=settings, workers=workers, threads=8, email_url=mailbox.url)


@contextmanager
def fill(stack: Stack) -> Iterator[Callable[[], dict[str, Any]]]:
    """Each call waits for the next thing that the process filling the site reports."""
    command = [find_python(), "-m", "deploy.smoke.programme"]
    with subprocess.Popen(
        command, env=stack.env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:

        def told() -> dict[str, Any]:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            if not line:
                raise SmokeError((process.stderr.read().strip().splitlines() or ["nothing was said"])[-1])
            return json.loads(line)

        yield told


def browse(alice: Visitor, programme: dict[str, Any]) -> None:
    expect(alice.get("/?q=round").text, programme["title"])
    page = alice.get(programme["event_path"]).text
    expect(page, f"/sessions/{programme['event_session']}/seats/")


def hold(alice: Visitor, programme: dict[str, Any]) -> None:
    path = f"/sessions/{programme['event_session']}"
    page = Forms(alice.get(f"{path}/seats/").text)
    free = [box["value"] for box in page.boxes if box.get("name") == "seat" and "disabled" not in box]
    check(len(free), PLAN_SEATS, "free seats on the map")
    fields = page.fields_of(f"{path}/hold/")
    expect(alice.post(f"{path}/hold/", {**fields, "seat": free[:SEATS]}).text, "Your basket")
    taken = alice.get(f"/live{path}/availability/?since=1").json()
    check(taken["stale"], True, "a very old map told to reload")


def pay(alice: Visitor, stack: Stack) -> None:
    """Checkout, the provider's page with its bank's question, and back to the tickets."""
    checkout = Forms(alice.get("/checkout/").text).fields_of("/checkout/")
    sent = alice.post("/checkout/", {**checkout, **ALICE}, status=302, follow=False)
    page_url = sent.headers["Location"]
    if not page_url.startswith(stack.sandbox_url):
        raise SmokeError(f"checkout led to {page_url}")
    alice.get(page_url)
    bank = alice.post(page_url, {"choice": "secure"})
    back = alice.post(bank.url, {"choice": "approve"})
    expect(back.text, "You are in, Alice.")
    if not urlsplit(back.url).path.startswith("/bookings/"):
        raise SmokeError(f"payment led to {back.url}")


def scan_twice(sam: Visitor, programme: dict[str, Any], code: str) -> None:
    sign_in = Forms(sam.get("/account/login/").text).fields_of("/account/login/")
    gate = programme["gate"]
    sam.post("/account/login/", {**sign_in, "login": gate["email"], "password": gate["password"]})
    path = f"/scanner/{programme['event_session']}/"
    for word, reason in (("ENTRY GRANTED", ""), ("ENTRY REJECTED", "already used")):
        # A fresh page is a fresh presentation: it brings its own nonce.
        fields = Forms(sam.get(path).text).fields_of("/scanner/validate")
        page = sam.post("/scanner/validate", {**fields, "code": code}).text
        expect(page, word)
        expect(page.lower(), reason)


def check(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise SmokeError(f"{found} {what} instead of {wanted}")


if __name__ == "__main__":
    sys.exit(main())
