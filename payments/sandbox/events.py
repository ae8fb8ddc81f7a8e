"""Events: what happened, told to the merchant later by the courier."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WEBHOOK_MODES = ("normal", "duplicate", "hold", "drop")


@dataclass
class Controls:
    """What a test may turn while the provider runs."""

    webhook_url: str = ""
    webhooks: str = "normal"
    fail_refunds: int = 0
    unavailable: bool = False
    slow_seconds: float = 8.0
    # Set whenever there may be something to deliver; the courier waits on it.
    wake: threading.Event = field(default_factory=threading.Event, repr=False)


def record_event(  # The event and its deliveries belong to the change they describe: same transaction.
    db: sqlite3.Connection, controls: Controls, *, kind: str, payment_id: str, data: Mapping[str, Any], now: float
) -> None:
    event_id = f"evt_{secrets.token_hex(12)}"
    body = json.dumps({"id": event_id, "type": kind, "created": int(now), "data": data})
    db.execute(
        "INSERT INTO event (id, payment_id, kind, body, created_at) VALUES (?, ?, ?, ?, ?)",
        (event_id, payment_id, kind, body, now),
    )
    if controls.webhooks == "drop" or not controls.webhook_url:
        return
    due_at = None if controls.webhooks == "hold" else now
    for _ in range(2 if controls.webhooks == "duplicate" else 1):
        db.execute("INSERT INTO delivery (event_id, due_at) VALUES (?, ?)", (event_id, due_at))
    controls.wake.set()


def list_events(db: sqlite3.Connection, payment_id: str = "") -> list[dict[str, Any]]:
    """Every event in order, with what became of its deliveries."""
    events = db.execute(
        "SELECT * FROM event WHERE payment_id = ? OR ? = '' ORDER BY number", (payment_id, payment_id)
    ).fetchall()
    listed = []
    for event in events:
        deliveries = db.execute(
            "SELECT attempts, answer, delivered_at IS NOT NULL AS delivered FROM delivery"
            " WHERE event_id = ? ORDER BY number",
            (event["id"],),
        )
        listed.append(
            json.loads(event["body"])
            | {"deliveries": [{**row, "delivered": bool(row["delivered"])} for row in map(dict, deliveries)]}
        )
    return listed
