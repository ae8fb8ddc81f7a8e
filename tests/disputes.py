"""A customer's bank that disputes a payment, short enough to read in a test."""

from typing import Any

from djmoney.money import Money

from payments.gateways.base import DisputeState
from payments.models import Dispute, Payment
from payments.services.disputes import record_dispute
from tests.factories import NOON


def hear_bank(
    payment: Payment, status: Any = "open", *, amount: str | None = None, has_money: bool | None = None
) -> Dispute:
    """The bank's word on it: of the whole payment, and with the money until the case is won, unless said otherwise."""
    state = DisputeState(
        provider_id="dp_1",
        payment_id=payment.provider_id or "",
        status=status,
        amount=Money(amount, "EUR") if amount else payment.amount,
        reason="fraudulent",
        has_money=status != "won" if has_money is None else has_money,
    )
    recorded = record_dispute(payment_id=payment.pk, state=state, now=NOON)
    assert recorded is not None
    return recorded
