"""The courier: brings signed events to the merchant until each is received or given up."""

import hashlib
import hmac
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from payments.sandbox.events import Controls
from payments.sandbox.store import Store

WORKERS = 4
ATTEMPTS = 15
LONGEST_PAUSE = 60.0
TIMEOUT_SECONDS = 10
# Longer than a delivery can take: a provider killed in the middle of one delivers it again.
LEASE_SECONDS = 30.0


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A receiver that redirects has not received."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Errand:
    delivery: int
    body: bytes
    attempts: int


def sign(secret: str, body: bytes, now: float) -> str:
    """The `Sandbox-Signature` header: HMAC-SHA256 over the time, a dot and the raw body."""
    stamp = str(int(now))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


class Courier:
    def __init__(self, store: Store, controls: Controls, *, secret: str, retry_seconds: float) -> None:
        self._store = store
        self._controls = controls
        self._secret = secret
        self._retry_seconds = retry_seconds
        self._is_stopping = False
        # No proxy from the environment: the receiver is on this machine or beside it.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_stopping = True
        self._controls.wake.set()
        for thread in self._threads:
            # A receiver that hangs must not keep Ctrl-C waiting; its event is delivered after a restart.
            thread.join(1)

    def deliver_now(self, event_ids: list[str] | None) -> list[dict[str, Any]]:
        """Deliver these events once each, in this order; without ids all that are held, oldest first."""
        with self._store.transaction() as db:
            if event_ids is None:
                held = "SELECT event_id FROM delivery WHERE due_at IS NULL AND delivered_at IS NULL ORDER BY number"
                event_ids = [row["event_id"] for row in db.execute(held)]
            bodies = {row["id"]: row["body"] for row in db.execute("SELECT id, body FROM event")}
        answers: list[dict[str, Any]] = []
        for event_id in event_ids:
            if event_id not in bodies:
                answers.append({"event": event_id, "status": None})
                continue
            status = self._post(bodies[event_id].encode())
            with self._store.transaction() as db:
                db.execute(
                    "UPDATE delivery SET attempts = attempts + 1, answer = ?,"
                    " delivered_at = CASE WHEN ? BETWEEN 200 AND 299 THEN ? END"
                    " WHERE event_id = ? AND delivered_at IS NULL",
                    (status, status, time.time(), event_id),
                )
            answers.append({"event": event_id, "status": status})
        return answers

    def _work(self) -> None:
        while not self._is_stopping:
            errand = self._claim(time.time())
            if errand is None:
                # Retries come due without a wake-up, hence the short wait.
                self._controls.wake.wait(min(0.25, self._retry_seconds))
                self._controls.wake.clear()
                continue
            status = self._post(errand.body)
            if not self._is_stopping:
                self._note(errand, status)

    def _claim(self, now: float) -> Errand | None:
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT delivery.number, attempts, body FROM delivery JOIN event ON event.id = event_id"
                " WHERE delivered_at IS NULL AND due_at <= ? ORDER BY due_at, delivery.number LIMIT 1",
                (now,),
            ).fetchone()
            if row is None:
                return None
            db.execute(
                "UPDATE delivery SET attempts = attempts + 1, due_at = ? WHERE number = ?",
                (now + LEASE_SECONDS, row["number"]),
            )
        return Errand(row["number"], row["body"].encode(), row["attempts"] + 1)

    def _note(self, errand: Errand, status: int) -> None:
        now = time.time()
        received = 200 <= status < 300
        pause = min(LONGEST_PAUSE, self._retry_seconds * 2 ** (errand.attempts - 1))
        with self._store.transaction() as db:
            db.execute(
                "UPDATE delivery SET answer = ?, delivered_at = ?, due_at = ? WHERE number = ?",
                (
                    status,
                    now if received else None,
                    None if received or errand.attempts >= ATTEMPTS else now + pause,
                    errand.delivery,
                ),
            )

    def _post(self, body: bytes) -> int:
        """The receiver's status, 0 when it could not be reached."""
        request = urllib.request.Request(  # noqa: S310  the operator gave this address
            self._controls.webhook_url,
            data=body,
            headers={
                "Content-Type": "application/json",
                "Sandbox-Signature": sign(self._secret, body, time.time()),
                "User-Agent": "sandbox-provider",
            },
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code
        except (OSError, HTTPException, ValueError):
            return 0
