"""Cards that customers let the merchant keep: a page to type one, a token for it, charges of it."""

import secrets
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from payments.sandbox.cards import DIGITS_SHOWN, CardForm, filled_in
from payments.sandbox.events import Controls, record_event
from payments.sandbox.payments import Payments, Terms
from payments.sandbox.store import Store
from payments.sandbox.web import RefusalError

if TYPE_CHECKING:
    from payments.sandbox.provider import Provider

CHARGE_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Wish:
    """What the merchant asks for, already checked."""

    reference: str
    return_url: str
    cancel_url: str


class Savings:
    def __init__(self, store: Store, controls: Controls, payments: Payments, *, public_url: str) -> None:
        self._store = store
        self._controls = controls
        self._payments = payments
        self._public_url = public_url

    def create(self, key: str, wish: Wish) -> dict[str, Any]:
        """The page to type a card into; the same key returns the same page."""
        with self._store.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO saved_card (id, idempotency_key, reference, return_url, cancel_url, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (_make_id("sav"), key, wish.reference, wish.return_url, wish.cancel_url, time.time()),
            )
            return self._describe(_find(db, "idempotency_key", key))

    def get(self, page_id: str) -> dict[str, Any]:
        """The page with its card; one that takes a payment keeps it once that is paid."""
        self._payments.settle_due()
        with self._store.transaction() as db:
            paid = db.execute("SELECT 1 FROM payment WHERE id = ? AND status = 'paid'", (page_id,)).fetchone()
            if paid:
                _give_token(db, page_id)
            return self._describe(_find(db, "id", page_id))

    def keep(self, page_id: str, card: CardForm) -> dict[str, Any]:
        """Keep what a charge will need, which is the test card's outcome and not its number."""
        self.note_card(page_id, card)
        with self._store.transaction() as db:
            _give_token(db, page_id)
            page = self._describe(_find(db, "id", page_id))
            data = {"page": {"id": page["id"], "reference": page["reference"]}}
            record_event(db, self._controls, kind="card.saved", payment_id=page_id, data=data, now=time.time())
            return page

    def keep_with(self, payment: dict[str, Any]) -> None:
        """Have the page of this payment keep its card; the success card where its buttons are pressed instead."""
        with self._store.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO saved_card (id, idempotency_key, reference, return_url, cancel_url, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*(payment[name] for name in ("id", "id", "reference", "return_url", "cancel_url")), time.time()),
            )
        self.note_card(payment["id"], filled_in(datetime.now(UTC).date()))

    def note_card(self, page_id: str, card: CardForm) -> None:
        """The card that was typed last; nothing for a page that keeps none."""
        with self._store.transaction() as db:
            db.execute(
                "UPDATE saved_card SET outcome = ?, last_four = ?, expiry = ? WHERE id = ? AND token IS NULL",
                (card.outcome, card.number[-DIGITS_SHOWN:], card.expiry, page_id),
            )

    def keeps(self, page_id: str) -> bool:
        with self._store.transaction() as db:
            return db.execute("SELECT 1 FROM saved_card WHERE id = ?", (page_id,)).fetchone() is not None

    def forget(self, token: str) -> None:
        with self._store.transaction() as db:
            _find(db, "token", token)
            db.execute("DELETE FROM saved_card WHERE token = ?", (token,))

    def prepare_charge(self, key: str, token: str, terms: Terms) -> dict[str, Any]:
        """A payment that only the merchant can go on with."""
        with self._store.transaction() as db:
            outcome = _find(db, "token", token)["outcome"]
        payment, _is_new = self._payments.create(key, terms)
        with self._store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO charge (payment_id, outcome) VALUES (?, ?)", (payment["id"], outcome))
        return payment

    def charge(self, payment_id: str, return_url: str) -> dict[str, Any]:
        """Take the money, or say why not; `next_url` is where the customer's bank wants to see them."""
        outcome = self._read_outcome(payment_id, return_url)
        payment = self._payments.get(payment_id)
        next_url = ""
        if payment["status"] == "open" and outcome == "pay":
            payment = self._payments.pay(payment_id)
        elif payment["status"] == "open" and outcome == "decline":
            self._payments.decline(payment_id, "card_declined")
            payment = self._payments.cancel(payment_id)
        elif payment["status"] == "open":
            next_url = f"{payment['url']}/bank"
        return {"payment": payment, "next_url": next_url}

    def _read_outcome(self, payment_id: str, return_url: str) -> str:
        with self._store.transaction() as db:
            row = db.execute("SELECT outcome FROM charge WHERE payment_id = ?", (payment_id,)).fetchone()
            if row is None:
                raise RefusalError(404, "not_found", "There is no such charge.")
            db.execute(
                "UPDATE payment SET return_url = ?, cancel_url = ? WHERE id = ?", (return_url, return_url, payment_id)
            )
            return str(row["outcome"])

    def _describe(self, row: sqlite3.Row) -> dict[str, Any]:
        month, _, year = (row["expiry"] or "").replace(" ", "").partition("/")
        card = {
            "token": row["token"],
            "brand": "visa",
            "last_four": row["last_four"],
            "expiry_month": int(month or 0),
            "expiry_year": 2000 + int(year or 0) % 100,
        }
        return {
            "id": row["id"],
            "reference": row["reference"],
            "return_url": row["return_url"],
            "cancel_url": row["cancel_url"],
            "url": f"{self._public_url}/save/{row['id']}",
            "card": card if row["token"] else None,
        }


def charge_terms(provider: "Provider", **facts: Any) -> Terms:
    """A charge waits a day for the merchant to go on; its addresses come with that."""
    return Terms(
        **facts,
        method="card",
        return_url=provider.url,
        cancel_url=provider.url,
        expires_at=time.time() + CHARGE_SECONDS,
    )


def _make_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"


def _give_token(db: sqlite3.Connection, page_id: str) -> None:
    db.execute("UPDATE saved_card SET token = ? WHERE id = ? AND token IS NULL", (_make_id("card"), page_id))


def _find(db: sqlite3.Connection, column: str, value: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute(f"SELECT * FROM saved_card WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
    if row is None:
        raise RefusalError(404, "not_found", "There is no such card.")
    return row
