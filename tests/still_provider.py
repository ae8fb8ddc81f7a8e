"""The sandbox provider without port, threads or clock of its own: its rules, called where the network would be.

Nothing happens at it by itself, so a test may try any order of events and have the same one again.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message as Headers
from functools import partial
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from django.http import HttpResponse
from django.test import RequestFactory

from payments.sandbox.courier import sign
from payments.sandbox.disputes import Disputes
from payments.sandbox.events import Controls
from payments.sandbox.payments import Payments
from payments.sandbox.refunds import Refunds
from payments.sandbox.saving import Savings
from payments.sandbox.server import answer
from payments.sandbox.store import Store
from payments.sandbox.web import Request
from payments.views.webhooks import webhook
from tests.sandbox import API_KEY, WEBHOOK_SECRET
from tests.troubles import Boundaries, SilentError

URL = "http://provider.test"


class StillProvider:
    def __init__(self, boundaries: Boundaries) -> None:
        self.api_key = API_KEY
        self.controls = Controls()
        self.store = Store()
        self.payments = Payments(self.store, self.controls, public_url=URL)
        self.savings = Savings(self.store, self.controls, self.payments, public_url=URL)
        self.refunds = Refunds(self.store, self.controls)
        self.disputes = Disputes(self.store, self.controls)
        self.url = URL
        self._boundaries = boundaries

    @staticmethod
    def apply_to(settings: Any) -> None:
        settings.SANDBOX_API_URL = URL
        settings.SANDBOX_API_KEY = API_KEY
        settings.SANDBOX_WEBHOOK_SECRET = WEBHOOK_SECRET

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """The site's own gateway talks to this provider; a lost answer is a time-out to it."""

        def request(_: requests.Session, method: str, url: str, **wish: Any) -> Any:
            try:
                return self._boundaries.call(f"{method} {urlsplit(url).path}", lambda: self._answer(method, url, wish))
            except SilentError as fault:
                raise requests.ReadTimeout from fault

        with patch.object(requests.Session, "request", request):
            yield

    def _answer(self, method: str, url: str, wish: dict[str, Any]) -> requests.Response:
        parts = urlsplit(url)
        headers = Headers()
        for name, value in wish["headers"].items():
            headers[name] = value
        body = b"" if wish["json"] is None else json.dumps(wish["json"]).encode()
        content = answer(self, Request(method, parts.path, parts.query, headers, body))  # type: ignore[arg-type]
        response = requests.Response()
        response.status_code, response._content = content.status, content.body
        return response

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Everything of one kind that the provider remembers, oldest first."""
        with self.store.transaction() as db:
            return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY number")]

    def remember(self) -> Callable[[], None]:
        """The way back to what it knows now."""
        kept = sqlite3.connect(":memory:")
        self.store._db.backup(kept)
        return partial(kept.backup, self.store._db)

    def close(self) -> None:
        self.store.close()

    def tell(self, body: bytes, *, signature: str | None = None) -> HttpResponse:
        """Bring a message to the site's webhook; signed by the provider unless it is forged."""
        signature = sign(WEBHOOK_SECRET, body, time.time()) if signature is None else signature
        request = RequestFactory().post(
            "/", body, content_type="application/json", headers={"Sandbox-Signature": signature}
        )
        return webhook(request, "sandbox")
