"""Razorpay's JSON in our words; KeyError and the like when it is none.

A payment of ours is one payment link. The tries on it are payments of Razorpay's own, of which the
link lists what it counts; money that came when the link was closed shows in those of its order.
"""

import re
from collections.abc import Iterable
from typing import Any

from payments.gateways.base import (
    DisputeState,
    DisputeStatus,
    PaymentFailure,
    PaymentState,
    RefundState,
    RefundStatus,
)
from ticketing.money import from_minor_units

Facts = dict[str, Any]

# A try stays captured to us when all of it went back.
CAPTURED = {"captured", "refunded"}
CLOSED: dict[str, PaymentFailure] = {"cancelled": "abandoned", "expired": "expired"}
REFUND_STATUSES: dict[str, RefundStatus] = {
    "created": "pending",
    "pending": "pending",
    "processed": "succeeded",
    "failed": "failed",
}
DISPUTE_STATUSES: dict[str, DisputeStatus] = {"won": "won", "lost": "lost", "closed": "won"}
# How Razorpay describes a payment on a link: the link's id without its prefix.
ON_A_LINK = re.compile(r"#([A-Za-z0-9]{10,20})")


# What we keep of an event: enough to read it again, nothing of the customer's person or bank.
KEPT_OF_TRY = ("id", "payment_id", "status", "amount", "currency", "description", "created_at")
KEPT: dict[str, tuple[str, ...]] = {
    "payment_link": ("id", "status", "amount", "amount_paid", "currency", "reference_id", "order_id"),
    "payment": KEPT_OF_TRY,
    "refund": ("id", "payment_id", "status", "amount", "currency", "receipt"),
    "dispute": ("id", "payment_id", "status", "amount", "currency", "reason_code", "amount_deducted"),
}


def trim(event: Facts) -> Facts:
    """An event without what we do not need: who paid, and from which account."""
    things = {name: {"entity": trim_thing(name, thing["entity"])} for name, thing in event["payload"].items()}
    return {"event": event["event"], "payload": things}


def trim_thing(name: str, thing: Facts) -> Facts:
    kept = pick_keys(thing, KEPT.get(name, ("id",)))
    if name == "payment_link" and thing.get("payments"):
        kept["payments"] = [pick_keys(each, KEPT_OF_TRY) for each in thing["payments"]]
    if name == "refund" and isinstance(thing.get("notes"), dict):
        kept["notes"] = pick_keys(thing["notes"], ("reference",))
    return kept


def pick_keys(thing: Facts, keys: Iterable[str]) -> Facts:
    return {key: thing[key] for key in keys if key in thing}


def read_link(link: Facts, tries: Iterable[Facts] = ()) -> PaymentState:
    """The state of a link, with the tries that are known of it."""
    known = all_tries(link, tries)
    # Whatever the link's own status says: a cancelled one may have been paid a moment before.
    money = int(link["amount_paid"]) or sum(int(each["amount"]) for each in known if each["status"] in CAPTURED)
    is_open = link["status"] not in CLOSED
    if money:
        return _state(link, "paid", units=money)
    if is_open and known and max(known, key=_made_at)["status"] == "failed":
        return _state(link, "failed", failure="declined", can_still_be_paid=True)
    if is_open or any(each["status"] == "authorized" for each in known):
        return _state(link, "pending", can_still_be_paid=True)
    return _state(link, "failed", failure=CLOSED[link["status"]])


def all_tries(link: Facts, tries: Iterable[Facts]) -> list[Facts]:
    """Each once, the fuller description where there are two."""
    return list({id_of(each): each for each in [*(link.get("payments") or []), *tries]}.values())


def id_of(payment: Facts) -> str:
    """A link calls it otherwise than all others."""
    return str(payment.get("payment_id") or payment["id"])


def _made_at(payment: Facts) -> int:
    return int(payment.get("created_at") or 0)


def _state(link: Facts, status: Any, *, units: int | None = None, **more: Any) -> PaymentState:
    return PaymentState(
        provider_id=link["id"],
        status=status,
        amount=from_minor_units(units or int(link["amount"]), link["currency"]),
        reference=link.get("reference_id") or "",
        **more,
    )


def read_try(payment: Facts) -> PaymentState | None:
    """What one try says of its link; None for a payment that was made without one."""
    named = ON_A_LINK.fullmatch(payment.get("description") or "")
    if named is None or payment["status"] not in {"captured", "failed"}:
        return None
    has_failed = payment["status"] == "failed"
    return PaymentState(
        provider_id=f"plink_{named[1]}",
        status="failed" if has_failed else "paid",
        failure="declined" if has_failed else "",
        amount=from_minor_units(int(payment["amount"]), payment["currency"]),
        can_still_be_paid=has_failed,
    )


def read_any_try(payment: Facts) -> PaymentState:
    """A try by the id of its link where it was made on one, else by its own: money that nobody asked for."""
    words: dict[str, Any] = {"captured": "paid", "refunded": "paid", "failed": "failed"}
    named = ON_A_LINK.fullmatch(payment.get("description") or "")
    return PaymentState(
        provider_id=f"plink_{named[1]}" if named else payment["id"],
        status=words.get(payment["status"], "pending"),
        amount=from_minor_units(int(payment["amount"]), payment["currency"]),
        can_still_be_paid=payment["status"] not in words,
    )


def read_refund(refund: Facts) -> RefundState:
    status = REFUND_STATUSES[refund["status"]]
    return RefundState(
        provider_id=refund["id"],
        status=status,
        error="Razorpay could not pay it back." if status == "failed" else "",
        amount=from_minor_units(int(refund["amount"]), refund["currency"]),
        reference=reference_of(refund),
        payment_id=refund.get("payment_id") or "",
    )


def reference_of(refund: Facts) -> str:
    """Our key; empty for a refund made at Razorpay's own desk."""
    notes = refund.get("notes")
    # An empty object comes as a list.
    return (notes.get("reference") if isinstance(notes, dict) else "") or refund.get("receipt") or ""


def read_dispute(dispute: Facts, payment: Facts | None = None) -> DisputeState:
    """Without its payment it names the try, not the link."""
    named = ON_A_LINK.fullmatch((payment or {}).get("description") or "")
    return DisputeState(
        provider_id=dispute["id"],
        payment_id=f"plink_{named[1]}" if named else dispute.get("payment_id") or "",
        status=DISPUTE_STATUSES.get(dispute["status"], "open"),
        amount=from_minor_units(int(dispute["amount"]), dispute["currency"]),
        reason=dispute.get("reason_code") or "",
        # Some accounts pay at the onset, the others when the dispute is lost.
        has_money=dispute["status"] == "lost" or bool(dispute.get("amount_deducted")),
    )


def read_news(event: Facts) -> dict[str, Any]:
    """What an event says of a payment, a refund or a dispute, by the names of GatewayEvent."""
    kind, entities = event["event"], event["payload"]
    if kind.startswith("payment_link."):
        tries = [entities["payment"]["entity"]] if "payment" in entities else []
        return {"payment": read_link(entities["payment_link"]["entity"], tries)}
    if kind in {"payment.captured", "payment.failed"}:
        return {"payment": read_try(entities["payment"]["entity"])}
    if kind.startswith("payment.dispute."):
        return {"dispute": read_dispute(entities["dispute"]["entity"], entities["payment"]["entity"])}
    if kind.startswith("refund."):
        return {"refund": read_refund(entities["refund"]["entity"])}
    return {}
