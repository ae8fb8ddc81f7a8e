"""Customers who tell their bank that a payment was wrong: the bank asks, or takes the money back."""

import secrets
import sqlite3
import time
from typing import Any

from payments.sandbox.events import Controls, record_event
from payments.sandbox.refunds import PAGE_SIZE
from payments.sandbox.store import Store
from payments.sandbox.web import RefusalError

# An inquiry takes no money yet; an open or lost dispute has it.
STATUSES = ("inquiry", "open", "won", "lost")


class Disputes:
    def __init__(self, store: Store, controls: Controls) -> None:
        self._store = store
        self._controls = controls

    def put(self, payment_id: str, *, status: str, reason: str) -> dict[str, Any]:
        """Open the payment's dispute, or move it on; there is one for each payment, over all of it."""
        now = time.time()
        with self._store.transaction() as db:
            payment = db.execute("SELECT * FROM payment WHERE id = ?", (payment_id,)).fetchone()
            if payment is None or payment["status"] != "paid":
                raise RefusalError(409, "payment_not_paid", "Only a paid payment can be disputed.")
            is_new = db.execute("SELECT 1 FROM dispute WHERE payment_id = ?", (payment_id,)).fetchone() is None
            db.execute(
                "INSERT INTO dispute (id, payment_id, amount, currency, status, reason, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (payment_id) DO UPDATE SET status = excluded.status",
                (
                    f"dp_{secrets.token_hex(12)}",
                    payment_id,
                    payment["amount"],
                    payment["currency"],
                    status,
                    reason,
                    now,
                ),
            )
            dispute = _describe(db.execute("SELECT * FROM dispute WHERE payment_id = ?", (payment_id,)).fetchone())
            word = status if status in {"won", "lost"} else "created" if is_new else "updated"
            record_event(
                db,
                self._controls,
                kind=f"dispute.{word}",
                payment_id=payment_id,
                data={"dispute": dispute},
                now=now,
            )
            return dispute

    def list_latest(self, *, before: int, span: tuple[int, int]) -> list[dict[str, Any]]:
        """Newest first; `before` is the `number` of the last row of the page before."""
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT * FROM dispute WHERE (number < ? OR ? = 0) AND created_at >= ? AND created_at < ?"
                " ORDER BY number DESC LIMIT ?",
                (before, before, *span, PAGE_SIZE),
            ).fetchall()
        return [_describe(row) for row in rows]


def _describe(row: sqlite3.Row) -> dict[str, Any]:
    facts = dict(row)
    return {**facts, "payment": facts.pop("payment_id")}
