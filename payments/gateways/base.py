"""What every payment provider can do for us, in our own words.

An adapter turns amounts into the provider's minor units, times into its clock and its failures
into GatewayUnavailableError (ask or repeat later) or GatewayRefusedError (a final no). It keeps
no state and touches no database, so it may never run inside a transaction that holds a lock.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from djmoney.money import Money

from payments.methods import Method

PaymentStatus = Literal["pending", "paid", "failed"]
PaymentFailure = Literal["", "declined", "abandoned", "expired"]
RefundStatus = Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True, kw_only=True)
class PaymentPage:
    """Where to send the customer."""

    provider_id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class PaymentState:
    """What the provider knows of one payment; `can_still_be_paid` may go with "failed": declined, not closed."""

    provider_id: str
    status: PaymentStatus
    failure: PaymentFailure = ""
    amount: Money | None = None
    reference: str = ""
    can_still_be_paid: bool = False


@dataclass(frozen=True, kw_only=True)
class RefundState:
    """What the provider knows of one refund; `reference` is the key it was asked for with."""

    provider_id: str
    status: RefundStatus
    error: str = ""
    amount: Money | None = None
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class GatewayEvent:
    """One signed message; of `payment` and `refund` at most one is set, neither for an unknown kind."""

    provider: str
    event_id: str
    kind: str
    payload: dict[str, Any]
    payment: PaymentState | None = None
    refund: RefundState | None = None


class Gateway(Protocol):
    """All network methods raise GatewayUnavailableError and GatewayRefusedError."""

    @property
    def name(self) -> str: ...

    def methods_for(self, currency: str) -> Collection[Method]:
        """The ways to pay that it can take in this currency; no network."""
        ...

    def check(self) -> None:
        """Ask for something harmless that needs the right key; raises as all network methods do."""
        ...

    def create_payment(
        self,
        *,
        reference: str,
        amount: Money,
        method: Method,
        description: str,
        return_url: str,
        cancel_url: str,
        expires_at: datetime,
    ) -> PaymentPage:
        """Open a hosted page; the reference is the idempotency key, so a repeat returns the same page."""
        ...

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """Check the signature, then read; BadSignatureError for anything forged, truncated or too old."""
        ...

    def interpret(self, payload: dict[str, Any]) -> GatewayEvent:
        """Read the payload of an event again that `read_event` accepted; no network."""
        ...

    def get_payment(self, provider_id: str) -> PaymentState:
        """The provider's present word on a payment."""
        ...

    def cancel_payment(self, provider_id: str) -> PaymentState:
        """Close an open page so that nobody can pay on it any more, and return what came of the payment.

        Safe to repeat. A payment that is paid, or on its way, stays so: look at the returned status.
        """
        ...

    def refund(self, *, provider_id: str, reference: str, amount: Money) -> RefundState:
        """Give a part or all of a payment back; the reference is the idempotency key."""
        ...

    def get_refund(self, provider_id: str) -> RefundState:
        """The provider's present word on a refund."""
        ...
