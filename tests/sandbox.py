"""The sandbox provider for tests: real HTTP on a free port, and a receiver for its webhooks.

with run_sandbox(webhook_url=live_server.url + "/payments/webhooks/sandbox/") as sandbox:
    settings.SANDBOX_API_URL = sandbox.url     # or: apply_to(settings)
    sandbox.set(webhooks="hold")
    sandbox.pay(provider_id)                   # what the customer would do on the page
    sandbox.deliver()                          # let held webhooks go
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any, TypeVar

import requests

from payments.gateways.sandbox.gateway import SandboxGateway
from payments.sandbox.provider import Configuration, Provider

T = TypeVar("T")
API_KEY, WEBHOOK_SECRET = "sandbox-api-key", "sandbox-webhook-secret"


class Sandbox:
    """A running provider, held by the API key."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.gateway = SandboxGateway(api_url=url, api_key=API_KEY, webhook_secret=WEBHOOK_SECRET)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {API_KEY}"

    def apply_to(self, settings: Any) -> None:
        """Point the site at this provider (pytest-django's `settings`)."""
        settings.SANDBOX_API_URL = self.url
        settings.SANDBOX_API_KEY = API_KEY
        settings.SANDBOX_WEBHOOK_SECRET = WEBHOOK_SECRET

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._session.request(method, self.url + path, json=body, headers=named, timeout=60)

    def set(self, **wanted: Any) -> None:
        """webhooks, webhook_url, fail_refunds, unavailable, slow_seconds."""
        self.call("POST", "/test/settings", wanted).raise_for_status()

    def pay(self, provider_id: str, outcome: str = "paid") -> dict[str, Any]:
        """Outcome paid, declined, slow, or late (pays even what is closed)."""
        answer = self.call("POST", f"/test/payments/{provider_id}/pay", {"outcome": outcome})
        answer.raise_for_status()
        return answer.json()

    def dispute(self, provider_id: str, status: str = "open") -> dict[str, Any]:
        """Status inquiry, open, won or lost."""
        answer = self.call("POST", f"/test/payments/{provider_id}/dispute", {"status": status})
        answer.raise_for_status()
        return answer.json()

    def give_back(self, provider_id: str, amount: int, key: str = "by hand", currency: str = "EUR") -> dict[str, Any]:
        """A refund in minor units that somebody makes at the provider's own desk."""
        body = {"amount": amount, "currency": currency}
        answer = self.call("POST", f"/v1/payments/{provider_id}/refunds", body, Idempotency_Key=key)
        answer.raise_for_status()
        return answer.json()

    def bounce(self, refund_id: str) -> dict[str, Any]:
        """The customer's bank sends a refund back."""
        answer = self.call("POST", f"/test/refunds/{refund_id}/bounce")
        answer.raise_for_status()
        return answer.json()

    def deliver(self, event_ids: list[str] | None = None) -> list[dict[str, Any]]:
        """Deliver these events now, in this order, also again; without ids all that are held."""
        body = {} if event_ids is None else {"events": event_ids}
        return self.call("POST", "/test/deliver", body).json()["deliveries"]

    def events(self, provider_id: str = "") -> list[dict[str, Any]]:
        return self.call("GET", f"/test/events?payment={provider_id}").json()["events"]

    def choose(self, page_url: str, choice: str, **fields: str) -> requests.Response:
        """Press a button of the hosted page; the redirect is not followed."""
        form = {"choice": choice, **fields}
        return requests.post(page_url, data=form, timeout=60, allow_redirects=False, proxies={"http": ""})


@contextmanager
def run_sandbox(**options: Any) -> Iterator[Sandbox]:
    """A provider in this process on a free port; options as in payments.sandbox.provider.Configuration."""
    quick = {"slow_seconds": 1.0, "retry_seconds": 0.05}
    provider = Provider(Configuration(api_key=API_KEY, webhook_secret=WEBHOOK_SECRET, **quick | options))
    provider.start()
    try:
        yield Sandbox(provider.url)
    finally:
        provider.stop()


class Receiver:
    """A merchant's webhook address that keeps what comes in and answers what it is told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.received: list[tuple[bytes, dict[str, str]]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((body, dict(self.headers.items())))
                status = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    @contextmanager
    def running(self) -> Iterator["Receiver"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def wait_until(check: Callable[[], T], seconds: float = 60) -> T:
    """The first true answer of the check; AssertionError when there is none in time."""
    end = monotonic() + seconds
    while not (found := check()):
        assert monotonic() < end, "it did not happen in time"
        sleep(0.02)
    return found
