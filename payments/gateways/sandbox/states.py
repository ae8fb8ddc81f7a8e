"""The stand-in provider's JSON in our words; KeyError and the like when it is none."""

from dataclasses import replace
from typing import Any

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

STATES: dict[str, tuple[PaymentStatus, PaymentFailure]] = {
    "open": ("pending", ""),
    "declined": ("failed", "declined"),  # The last attempt failed and the page is still open.
    "processing": ("pending", ""),
    "paid": ("paid", ""),
    "cancelled": ("failed", "abandoned"),
    "expired": ("failed", "expired"),
}
REFUND_STATUSES: dict[str, RefundStatus] = {"pending": "pending", "succeeded": "succeeded", "failed": "failed"}
DISPUTE_STATUSES: dict[str, DisputeStatus] = {"inquiry": "open", "open": "open", "won": "won", "lost": "lost"}


def read_payment(payment: dict[str, Any]) -> PaymentState:
    word = "declined" if payment["status"] == "open" and payment["last_error"] else payment["status"]
    status, failure = STATES[word]
    return PaymentState(
        provider_id=payment["id"],
        status=status,
        failure=failure,
        amount=from_minor_units(int(payment["amount"]), payment["currency"]),
        reference=payment["reference"],
        can_still_be_paid=payment["status"] in {"open", "processing"},
    )


def read_charge(payment: dict[str, Any]) -> PaymentState:
    """A declined charge is closed: the customer sees no page of the provider on which to try again."""
    state = read_payment(payment)
    return replace(state, failure="declined") if state.status == "failed" and payment["last_error"] else state


def read_saving(page: dict[str, Any]) -> SavingNews:
    return SavingNews(provider_id=page["id"], reference=page["reference"])


def read_refund(refund: dict[str, Any]) -> RefundState:
    return RefundState(
        provider_id=refund["id"],
        status=REFUND_STATUSES[refund["status"]],
        error=refund["error"],
        amount=from_minor_units(int(refund["amount"]), refund["currency"]),
        reference=refund["reference"],
        payment_id=refund.get("payment", ""),
    )


def read_dispute(dispute: dict[str, Any]) -> DisputeState:
    return DisputeState(
        provider_id=dispute["id"],
        payment_id=dispute["payment"],
        status=DISPUTE_STATUSES[dispute["status"]],
        amount=from_minor_units(int(dispute["amount"]), dispute["currency"]),
        reason=dispute["reason"],
        has_money=dispute["status"] in {"open", "lost"},
    )
