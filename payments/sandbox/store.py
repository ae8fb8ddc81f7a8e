"""The provider's memory: one SQLite database, in a file when it should outlive the process."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    method TEXT NOT NULL DEFAULT 'card',
    description TEXT NOT NULL,
    return_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    last_error TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    settle_at REAL,
    paid_at REAL
);
CREATE INDEX IF NOT EXISTS payment_due ON payment (status, expires_at);
CREATE TABLE IF NOT EXISTS refund (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT NOT NULL UNIQUE,
    payment_id TEXT NOT NULL REFERENCES payment (id),
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS refund_payment ON refund (payment_id);
CREATE TABLE IF NOT EXISTS dispute (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    payment_id TEXT NOT NULL UNIQUE REFERENCES payment (id),
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS saved_card (
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    return_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    created_at REAL NOT NULL,
    token TEXT UNIQUE,     -- NULL until a card was typed
    outcome TEXT,          -- pay, decline or secure: what the test card does when charged
    last_four TEXT,
    expiry TEXT
);
CREATE TABLE IF NOT EXISTS charge (
    payment_id TEXT NOT NULL UNIQUE REFERENCES payment (id),
    outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    payment_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL REFERENCES event (id),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL,           -- NULL while held back or given up
    answer INTEGER,        -- the receiver's last status, 0 when it could not be reached
    delivered_at REAL
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (delivered_at, due_at);
"""


class Store:
    """One connection behind one lock: the sandbox is small and every request is short."""

    def __init__(self, path: str = "") -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        if path:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        # A file of before the provider knew of ways to pay.
        if "method" not in {row["name"] for row in self._db.execute("PRAGMA table_info(payment)")}:
            self._db.execute("ALTER TABLE payment ADD COLUMN method TEXT NOT NULL DEFAULT 'card'")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or none; never nest (the lock is not reentrant) and never call the network inside."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._db.close()
