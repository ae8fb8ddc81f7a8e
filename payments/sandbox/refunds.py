"""Giving money back, in part or whole, never more than came in."""

import secrets
import sqlite3
import time
from typing import Any

from payments.sandbox.events import Controls, record_event
from payments.sandbox.store import Store
from payments.sandbox.web import RefusalError

PAGE_SIZE = 100


class Refunds:
    def __init__(self, store: Store, controls: Controls) -> None:
        self._store = store
        self._controls = controls

    def create(self, key: str, payment_id: str, *, amount: int, currency: str) -> tuple[dict[str, Any], bool]:
        """The refund, and whether it is new; asking again for one that failed tries it once more."""
        with self._store.transaction() as db:
            known = db.execute("SELECT * FROM refund WHERE idempotency_key = ?", (key,)).fetchone()
            if known is not None:
                if (known["payment_id"], known["amount"], known["currency"]) != (payment_id, amount, currency):
                    raise RefusalError(409, "idempotency_mismatch", "This key was used for another refund.")
                if known["status"] != "failed":
                    return _describe(known), False
            # A failed refund gave nothing back, so the second try has to fit into what is left as well.
            _check(db, payment_id, amount, currency)
            refund_id = known["id"] if known else f"re_{secrets.token_hex(12)}"
            db.execute(
                "INSERT INTO refund (id, idempotency_key, payment_id, amount, currency, status, error, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET status = excluded.status, error = excluded.error",
                (refund_id, key, payment_id, amount, currency, *self._attempt(), time.time()),
            )
            refund = _describe(db.execute("SELECT * FROM refund WHERE id = ?", (refund_id,)).fetchone())
            kind = f"refund.{refund['status']}"
            record_event(db, self._controls, kind=kind, payment_id=payment_id, data={"refund": refund}, now=time.time())
            return refund, known is None

    def _attempt(self) -> tuple[str, str]:
        """Status and error, as the test controls want it."""
        if self._controls.fail_refunds > 0:
            self._controls.fail_refunds -= 1
            return "failed", "The customer's bank turned the refund down."
        return "succeeded", ""

    def get(self, refund_id: str) -> dict[str, Any]:
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM refund WHERE id = ?", (refund_id,)).fetchone()
        if row is None:
            raise RefusalError(404, "not_found", "There is no such refund.")
        return _describe(row)

    def list_of(self, payment_id: str) -> list[dict[str, Any]]:
        with self._store.transaction() as db:
            rows = db.execute("SELECT * FROM refund WHERE payment_id = ? ORDER BY number", (payment_id,)).fetchall()
        return [_describe(row) for row in rows]

    def list_latest(self, *, before: int, span: tuple[int, int]) -> list[dict[str, Any]]:
        """Newest first; `before` is the `number` of the last row of the page before."""
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT * FROM refund WHERE (number < ? OR ? = 0) AND created_at >= ? AND created_at < ?"
                " ORDER BY number DESC LIMIT ?",
                (before, before, *span, PAGE_SIZE),
            ).fetchall()
        return [_describe(row) for row in rows]

    def bounce(self, refund_id: str) -> dict[str, Any]:
        """The customer's bank sends it back, after it had succeeded."""
        with self._store.transaction() as db:
            db.execute(
                "UPDATE refund SET status = 'failed', error = ? WHERE id = ?",
                ("The customer's account is closed.", refund_id),
            )
            row = db.execute("SELECT * FROM refund WHERE id = ?", (refund_id,)).fetchone()
            if row is None:
                raise RefusalError(404, "not_found", "There is no such refund.")
            refund = _describe(row)
            record_event(
                db,
                self._controls,
                kind="refund.failed",
                payment_id=row["payment_id"],
                data={"refund": refund},
                now=time.time(),
            )
            return refund


def _check(db: sqlite3.Connection, payment_id: str, amount: int, currency: str) -> None:
    payment = db.execute("SELECT status, amount, currency FROM payment WHERE id = ?", (payment_id,)).fetchone()
    if payment is None:
        raise RefusalError(404, "not_found", "There is no such payment.")
    if payment["status"] != "paid":
        raise RefusalError(409, "payment_not_paid", "Only a paid payment can be given back.")
    if payment["currency"] != currency:
        raise RefusalError(422, "wrong_currency", "A refund has the currency of its payment.")
    given = "SELECT COALESCE(SUM(amount), 0) FROM refund WHERE payment_id = ? AND status <> 'failed'"
    if amount > payment["amount"] - db.execute(given, (payment_id,)).fetchone()[0]:
        raise RefusalError(422, "insufficient_remaining", "That is more than is left of the payment.")


def _describe(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "number": row["number"],
        "payment": row["payment_id"],
        "reference": row["idempotency_key"],
        "amount": row["amount"],
        "currency": row["currency"],
        "status": row["status"],
        "error": row["error"],
        "created_at": row["created_at"],
    }
