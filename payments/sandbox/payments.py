"""The life of a payment at the provider.

open -> paid | processing -> paid; open -> cancelled | expired. A decline leaves the page open, as
real providers do: the customer may try again until it is paid, cancelled or expired.
"""

import secrets
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from payments.sandbox.events import Controls, record_event
from payments.sandbox.store import Store
from payments.sandbox.web import RefusalError


@dataclass(frozen=True)
class Terms:
    """What the merchant asks for, already checked."""

    reference: str
    amount: int
    currency: str
    method: str
    description: str
    return_url: str
    cancel_url: str
    expires_at: float


class Payments:
    def __init__(self, store: Store, controls: Controls, *, public_url: str) -> None:
        self._store = store
        self._controls = controls
        self._public_url = public_url

    def create(self, key: str, terms: Terms) -> tuple[dict[str, Any], bool]:
        """The payment, and whether it is new; the same key and money return what it first made."""
        with self._store.transaction() as db:
            known = db.execute("SELECT * FROM payment WHERE idempotency_key = ?", (key,)).fetchone()
            if known is not None:
                if (known["reference"], known["amount"], known["currency"]) != (
                    terms.reference,
                    terms.amount,
                    terms.currency,
                ):
                    raise RefusalError(409, "idempotency_mismatch", "This key was used for another payment.")
                return self._describe(known), False
            payment_id = f"pay_{secrets.token_hex(12)}"
            db.execute(
                "INSERT INTO payment (id, idempotency_key, reference, amount, currency, method, description,"
                " return_url, cancel_url, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    payment_id,
                    key,
                    terms.reference,
                    terms.amount,
                    terms.currency,
                    terms.method,
                    terms.description,
                    terms.return_url,
                    terms.cancel_url,
                    time.time(),
                    terms.expires_at,
                ),
            )
            return self._describe(_find(db, payment_id)), True

    def get(self, payment_id: str) -> dict[str, Any]:
        self.settle_due()
        with self._store.transaction() as db:
            return self._describe(_find(db, payment_id))

    def list_latest(self, *, reference: str, limit: int, before: int, span: tuple[int, int]) -> list[dict[str, Any]]:
        """Newest first; `before` is the `number` of the last row of the page before."""
        self.settle_due()
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT * FROM payment WHERE (reference = ? OR ? = '') AND (number < ? OR ? = 0)"
                " AND created_at >= ? AND created_at < ? ORDER BY number DESC LIMIT ?",
                (reference, reference, before, before, *span, limit),
            ).fetchall()
            return [self._describe(row) for row in rows]

    def pay(self, payment_id: str, *, is_late: bool = False) -> dict[str, Any]:
        """Take the money; `is_late` also when the page is closed, as a bank transfer under way would."""
        late = {"processing", "cancelled", "expired"} if is_late else set[str]()
        return self._change(payment_id, "paid", {"open"} | late)

    def decline(self, payment_id: str, error: str) -> dict[str, Any]:
        return self._change(payment_id, "open", {"open"}, error=error)

    def delay(self, payment_id: str) -> dict[str, Any]:
        """Accept now, collect after `slow_seconds`; it can be cancelled no more."""
        return self._change(payment_id, "processing", {"open"})

    def cancel(self, payment_id: str) -> dict[str, Any]:
        """Close an open page; anything but an open page stays as it is."""
        self.settle_due()
        with self._store.transaction() as db:
            db.execute("UPDATE payment SET status = 'cancelled' WHERE id = ? AND status = 'open'", (payment_id,))
            return self._describe(_find(db, payment_id))

    def settle_due(self) -> None:
        """Collect what was slow and close what ran out of time."""
        now = time.time()
        with self._store.transaction() as db:
            due = db.execute(
                "SELECT id, status FROM payment WHERE (status = 'open' AND expires_at <= ?)"
                " OR (status = 'processing' AND settle_at <= ?)",
                (now, now),
            ).fetchall()
            for row in due:
                self._write(db, row["id"], "paid" if row["status"] == "processing" else "expired", "")

    def _change(self, payment_id: str, status: str, allowed: set[str], *, error: str = "") -> dict[str, Any]:
        self.settle_due()
        with self._store.transaction() as db:
            if _find(db, payment_id)["status"] not in allowed:
                raise RefusalError(409, "payment_not_open", "Nobody can pay on this page any more.")
            return self._write(db, payment_id, status, error)

    def _write(self, db: sqlite3.Connection, payment_id: str, status: str, error: str) -> dict[str, Any]:
        now = time.time()
        db.execute(
            "UPDATE payment SET status = ?, last_error = ?, paid_at = ?, settle_at = ? WHERE id = ?",
            (
                status,
                error,
                now if status == "paid" else None,
                now + self._controls.slow_seconds if status == "processing" else None,
                payment_id,
            ),
        )
        payment = self._describe(_find(db, payment_id))
        kinds = {"paid": "payment.succeeded", "expired": "payment.expired", "open": "payment.failed"}
        if status in kinds:
            record_event(
                db, self._controls, kind=kinds[status], payment_id=payment_id, data={"payment": payment}, now=now
            )
        return payment

    def _describe(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            **{name: row[name] for name in row.keys() if name not in {"idempotency_key", "settle_at"}},  # noqa: SIM118
            "url": f"{self._public_url}/pay/{row['id']}",
        }


def _find(db: sqlite3.Connection, payment_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute("SELECT * FROM payment WHERE id = ?", (payment_id,)).fetchone()
    if row is None:
        raise RefusalError(404, "not_found", "There is no such payment.")
    return row
