"""On what a provider's word and ours differ; pure, so that every case can be read and tested by itself."""

from dataclasses import dataclass
from decimal import Decimal

from djmoney.money import Money

from payments.gateways.base import PaymentState, RefundState
from payments.models import Discrepancy, Payment, Refund

Kind = Discrepancy.Kind
CAPTURED = {Payment.Status.PAID, Payment.Status.REFUNDED}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing on which the provider and we do not agree; amounts are None for what one side has not."""

    kind: Discrepancy.Kind
    gateway: str
    provider_id: str
    currency: str
    payment: Payment | None = None
    refund: Refund | None = None
    ours: Decimal | None = None
    theirs: Decimal | None = None


def judge_payment(gateway: str, payment: Payment | None, state: PaymentState | None) -> Finding | None:
    """What is wrong between one payment of ours and the provider's word; None for what either does not know."""
    ours = payment.amount if payment and payment.status in CAPTURED else None
    theirs = state.amount if state and state.status == "paid" else None
    kind = _kind_of_payment(payment, ours, theirs)
    if kind is None:
        return None
    provider_id = state.provider_id if state else payment.provider_id if payment else ""
    return Finding(
        kind=kind,
        gateway=gateway,
        provider_id=provider_id or "",
        currency=currency_of(theirs, ours),
        payment=payment,
        ours=amount_of(payment.amount if payment else None),
        theirs=amount_of(theirs),
    )


def _kind_of_payment(payment: Payment | None, ours: Money | None, theirs: Money | None) -> Discrepancy.Kind | None:
    if theirs is None:
        return Kind.MISSING_PAYMENT if ours is not None else None
    if payment is None:
        return Kind.UNKNOWN_PAYMENT
    if theirs != payment.amount:
        return Kind.PAYMENT_AMOUNT
    return Kind.MISSED_PAYMENT if ours is None else None


def judge_refund(
    gateway: str, refund: Refund | None, payment: Payment | None, state: RefundState | None
) -> Finding | None:
    """The same for a refund; `payment` is ours that was given back from, and without it nothing is said.

    Money of a payment that is not ours is told once, as the payment.
    """
    payment = refund.payment if refund else payment
    if payment is None:
        return None
    if refund and is_of_earlier_try(refund, state):
        # It failed, and a later one is what counts; or it went through after all, beside the later one.
        refund, state = (None, state) if state and state.status == "succeeded" else (None, None)
    ours = refund.amount if refund and refund.status == Refund.Status.SUCCEEDED else None
    theirs = state.amount if state and state.status == "succeeded" else None
    if state and state.status == "pending":
        return None
    kind = _kind_of_refund(refund, ours, theirs)
    if kind is None:
        return None
    return Finding(
        kind=kind,
        gateway=gateway,
        provider_id=state.provider_id if state else refund.provider_id if refund else "",
        currency=currency_of(theirs, ours),
        payment=payment,
        refund=refund,
        ours=amount_of(refund.amount if refund else None),
        theirs=amount_of(theirs),
    )


def _kind_of_refund(refund: Refund | None, ours: Money | None, theirs: Money | None) -> Discrepancy.Kind | None:
    if theirs is None:
        return Kind.MISSING_REFUND if ours is not None else None
    if refund is None:
        return Kind.UNKNOWN_REFUND
    if theirs != refund.amount:
        return Kind.REFUND_AMOUNT
    return Kind.MISSED_REFUND if ours is None else None


def is_of_earlier_try(refund: Refund, state: RefundState | None) -> bool:
    """Whether another try is the one that we know of as given."""
    return bool(
        state
        and refund.status == Refund.Status.SUCCEEDED
        and refund.provider_id
        and state.provider_id != refund.provider_id
    )


def currency_of(*amounts: Money | None) -> str:
    return next(str(amount.currency) for amount in amounts if amount is not None)


def amount_of(amount: Money | None) -> Decimal | None:
    return None if amount is None else Decimal(amount.amount)
