"""What every payment provider can do for us, in our own words.

An adapter turns amounts into the provider's minor units, times into its clock and its failures
into GatewayUnavailableError (ask or repeat later) or GatewayRefusedError (a final no). It keeps
no state and touches no database, so it may never run inside a transaction that holds a lock.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from djmoney.money import Money

from payments.methods import Method

PaymentStatus = Literal["pending", "paid", "failed"]
PaymentFailure = Literal["", "declined", "abandoned", "expired"]
RefundStatus = Literal["pending", "succeeded", "failed"]
DisputeStatus = Literal["open", "won", "lost"]


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
    """What the provider knows of one refund; `reference` is the key it was asked for with.

    `payment_id` is the provider's id of what was given back, where it tells; get_payment knows it.
    """

    provider_id: str
    status: RefundStatus
    error: str = ""
    amount: Money | None = None
    reference: str = ""
    payment_id: str = ""


@dataclass(frozen=True, kw_only=True)
class DisputeState:
    """A customer told their bank that a payment was wrong (a chargeback); `payment_id` is the provider's.

    `has_money` is whether the bank holds the amount: some take it at once, some when the dispute is lost, and
    those that only ask take nothing.
    """

    provider_id: str
    payment_id: str
    status: DisputeStatus
    amount: Money
    reason: str = ""
    has_money: bool = True


@dataclass(frozen=True, kw_only=True)
class SavedToken:
    """A way to pay that the provider keeps for a customer; the token is worth money, so it is never shown."""

    token: str = field(repr=False)
    brand: str
    last_four: str
    expiry_month: int | None = None
    expiry_year: int | None = None


@dataclass(frozen=True, kw_only=True)
class SavingNews:
    """Something was saved on a page that charges nothing; `reference` is the key it was opened with."""

    provider_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What came of charging a saved way to pay; with `next_url` the customer's bank wants to see them first."""

    state: PaymentState
    next_url: str = ""


@dataclass(frozen=True, kw_only=True)
class GatewayEvent:
    """One signed message; of what follows the payload at most one is set, none for an unknown kind."""

    provider: str
    event_id: str
    kind: str
    payload: dict[str, Any]
    payment: PaymentState | None = None
    refund: RefundState | None = None
    dispute: DisputeState | None = None
    saving: SavingNews | None = None


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

    def list_payments(self, since: datetime, until: datetime) -> Iterator[PaymentState]:
        """All that customers began to pay from `since` until before `until`, paid or not; asks page by page."""
        ...

    def list_refunds(self, since: datetime, until: datetime) -> Iterator[RefundState]:
        """All refunds that were asked for in this time, by us or at the provider's desk."""
        ...

    def list_disputes(self, since: datetime, until: datetime) -> Iterator[DisputeState]:
        """All disputes that were opened in this time, as they stand now."""
        ...


@runtime_checkable
class SavingGateway(Gateway, Protocol):
    """A gateway whose provider keeps ways to pay, to be charged again while the customer is there."""

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
        keep_for: str = "",
    ) -> PaymentPage:
        """The same; with `keep_for`, the customer's address, the page also keeps the card that pays."""
        ...

    def start_saving(self, *, reference: str, email: str, return_url: str, cancel_url: str) -> PaymentPage:
        """Open a hosted page that keeps a way to pay and charges nothing; the reference is the idempotency key."""
        ...

    def finish_saving(self, provider_id: str) -> SavedToken | None:
        """What was saved on that page, also one that took a payment; None while nothing is."""
        ...

    def forget(self, token: str) -> None:
        """Have the provider drop it; repeating is harmless."""
        ...

    def prepare_charge(self, *, token: str, reference: str, amount: Money, description: str) -> str:
        """Announce a charge and return its id; no money moves. The reference is the idempotency key."""
        ...

    def charge(self, provider_id: str, *, reference: str, return_url: str) -> Charge:
        """Take the money of a prepared charge; a repeat is the same charge. A decline is a state, no error."""
        ...
