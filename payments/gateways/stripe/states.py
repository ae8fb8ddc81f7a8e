"""Stripe's JSON in our words; KeyError and the like when it is none of what Stripe documents."""

from collections.abc import Mapping
from typing import Any

from djmoney.money import Money

from payments.gateways.base import (
    DisputeState,
    DisputeStatus,
    PaymentFailure,
    PaymentState,
    PaymentStatus,
    RefundState,
    RefundStatus,
    SavingNews,
)
from ticketing.money import from_minor_units

Json = Mapping[str, Any]

# What we keep of an event: enough to read it again, nothing of the customer's card or person.
KEPT: dict[str, tuple[str, ...]] = {
    "checkout.session": (
        "id",
        "object",
        "mode",
        "status",
        "payment_status",
        "amount_total",
        "currency",
        "client_reference_id",
    ),
    "payment_intent": (
        "id",
        "object",
        "status",
        "amount",
        "amount_received",
        "currency",
        "metadata",
        "cancellation_reason",
    ),
    "refund": ("id", "object", "status", "amount", "currency", "failure_reason", "metadata", "payment_intent"),
    "charge": ("id", "object", "amount", "amount_refunded", "currency", "payment_intent"),
    "dispute": ("id", "object", "status", "amount", "currency", "reason", "payment_intent"),
}
REFUND_STATUSES: dict[str, RefundStatus] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
DISPUTE_STATUSES: dict[str, DisputeStatus] = {
    "won": "won",
    "warning_closed": "won",
    "prevented": "won",
    "lost": "lost",
}


def trim(payload: Json) -> dict[str, Any]:
    """An event without what we do not need: who paid, and the tokens of their card."""
    thing = payload["data"]["object"]
    kept = {key: thing[key] for key in KEPT.get(thing.get("object", ""), ("id", "object")) if key in thing}
    if error := thing.get("last_payment_error"):
        kept["last_payment_error"] = {"code": error.get("code")}
    if kept.get("object") == "charge" and (refunds := thing.get("refunds")):
        kept["refunds"] = {"data": [trim_refund(refund) for refund in refunds["data"][:1]]}
    return {
        "id": payload["id"],
        "type": payload["type"],
        "created": payload.get("created"),
        "data": {"object": kept},
    }


def trim_refund(refund: Json) -> dict[str, Any]:
    return {key: refund[key] for key in KEPT["refund"] if key in refund}


def read_session(session: Json) -> PaymentState:
    """A hosted page. Its intent, where it was asked for, tells a decline while the page is open."""
    intent = session.get("payment_intent")
    status, failure, is_open = judge_session(session, intent if isinstance(intent, Mapping) else {})
    return PaymentState(
        provider_id=session["id"],
        status=status,
        failure=failure,
        amount=read_money(session["amount_total"], session["currency"]),
        reference=session.get("client_reference_id") or "",
        can_still_be_paid=is_open,
    )


def judge_session(session: Json, intent: Json) -> tuple[PaymentStatus, PaymentFailure, bool]:
    if session["payment_status"] == "paid":
        return "paid", "", False
    if session["status"] == "expired":
        return "failed", "expired", False
    was_declined = intent.get("status") == "requires_payment_method" and bool(intent.get("last_payment_error"))
    if was_declined:
        # A finished page takes no second card; an open one does.
        return "failed", "declined", session["status"] == "open"
    return "pending", "", True


def read_intent(intent: Json) -> PaymentState:
    """A charge of a saved card."""
    status, failure, is_open = judge_intent(intent)
    amount = intent.get("amount_received", intent["amount"]) if status == "paid" else intent["amount"]
    return PaymentState(
        provider_id=intent["id"],
        status=status,
        failure=failure,
        amount=read_money(amount, intent["currency"]),
        reference=read_reference(intent),
        can_still_be_paid=is_open,
    )


def judge_intent(intent: Json) -> tuple[PaymentStatus, PaymentFailure, bool]:
    if intent["status"] == "succeeded":
        return "paid", "", False
    if intent["status"] == "canceled":
        return "failed", "abandoned", False
    if intent["status"] == "requires_payment_method" and intent.get("last_payment_error"):
        # Only we could confirm it again, and we never do: a next try is a payment of its own.
        return "failed", "declined", False
    return "pending", "", True


def is_of_page(intent: Json) -> bool:
    """Whether a hosted page made this intent; its session says the same, under the id that we know."""
    return (intent.get("metadata") or {}).get("page") == "hosted"


def read_refund(refund: Json) -> RefundState:
    status = REFUND_STATUSES[refund["status"]]
    return RefundState(
        provider_id=refund["id"],
        status=status,
        error=(refund.get("failure_reason") or refund["status"]) if status == "failed" else "",
        amount=read_money(refund["amount"], refund["currency"]),
        reference=read_reference(refund),
        payment_id=refund.get("payment_intent") or "",
    )


def read_dispute(dispute: Json) -> DisputeState:
    return DisputeState(
        provider_id=dispute["id"],
        payment_id=dispute.get("payment_intent") or "",
        status=DISPUTE_STATUSES.get(dispute["status"], "open"),
        amount=read_money(dispute["amount"], dispute["currency"]),
        reason=dispute.get("reason") or "",
        # A warning is a bank's question; money moves when it becomes a dispute.
        has_money=dispute["status"] in {"needs_response", "under_review", "lost"},
    )


def read_saving(session: Json) -> SavingNews | None:
    if session["mode"] != "setup":
        return None
    return SavingNews(provider_id=session["id"], reference=session.get("client_reference_id") or "")


def read_reference(thing: Json) -> str:
    return str((thing.get("metadata") or {}).get("reference", ""))


def read_money(units: object, currency: str) -> Money:
    return from_minor_units(int(str(units)), currency.upper())
