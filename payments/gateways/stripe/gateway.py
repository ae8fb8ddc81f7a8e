"""Payments, refunds and signed news by Stripe."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import stripe
from djmoney.money import Money
from moneyed import CurrencyDoesNotExist, get_currency

from payments.errors import BadSignatureError, GatewayUnavailableError
from payments.gateways.base import DisputeState, GatewayEvent, PaymentPage, PaymentState, RefundState
from payments.gateways.stripe import states
from payments.gateways.stripe.calls import connect, translated_errors
from payments.gateways.stripe.saving import SavedCards
from payments.methods import Method
from ticketing.money import to_minor_units

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

State = TypeVar("State")
MALFORMED = (AttributeError, KeyError, TypeError, ValueError, CurrencyDoesNotExist)
# A page of Stripe stays open for 30 minutes at least. Ours lasts as long as the hold: it is closed then, and
# money that was quicker is resolved as late. Counted from the hold's end, which a repeated request repeats.
PAGE_MINIMUM = timedelta(minutes=31)
SIGNATURE_SECONDS = 300
PAGE_SIZE = 100
# What a page may offer; Stripe leaves out what the account, currency or device has not.
# Apple Pay and Google Pay are cards to it.
KINDS: dict[Method, list[str]] = {
    Method.CARD: ["card"],
    Method.WALLET: ["card", "link", "amazon_pay", "paypal", "revolut_pay", "cashapp", "mobilepay", "alipay"],
}
# Stripe counts these otherwise than their smallest unit: docs.stripe.com/currencies.
ODD_CURRENCIES = {"ISK", "MGA", "UGX"}


@dataclass(frozen=True, kw_only=True)
class StripeGateway(SavedCards):
    """Pages have the ids of sessions (cs_), charges of saved cards those of intents (pi_)."""

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_url: str = ""

    name: ClassVar[str] = "stripe"

    @property
    def client(self) -> stripe.StripeClient:
        return connect(self.api_key, self.api_url)

    def methods_for(self, currency: str) -> Collection[Method]:
        """Cards, and the phone's wallet on the same page, in currencies of no or two decimals."""
        has_usual_unit = get_currency(currency).sub_unit in {1, 100} and currency not in ODD_CURRENCIES
        return tuple(KINDS) if has_usual_unit else ()

    def check(self) -> None:
        """Ask for the newest payment, which needs the right key."""
        with translated_errors():
            self.client.v1.payment_intents.list({"limit": 1})

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
        """Open a hosted page; the reference is the idempotency key."""
        wish: SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": reference,
            "allowed_payment_method_types": KINDS[method],
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": str(amount.currency).lower(),
                        "unit_amount": to_minor_units(amount),
                        "product_data": {"name": description},
                    },
                }
            ],
            "payment_intent_data": {
                "description": description,
                "metadata": {"reference": reference, "page": "hosted"},
            },
            # Otherwise the page may take another currency than the one we showed.
            "adaptive_pricing": {"enabled": False},
            "success_url": return_url,
            "cancel_url": cancel_url,
            "expires_at": int((expires_at + PAGE_MINIMUM).timestamp()),
        }
        if keep_for:
            wish |= {"customer_creation": "always", "customer_email": keep_for}
            wish["payment_intent_data"]["setup_future_usage"] = "on_session"
        with translated_errors():
            session = self.client.v1.checkout.sessions.create(wish, {"idempotency_key": reference}).to_dict()
        return read(lambda facts: PaymentPage(provider_id=facts["id"], url=str(facts["url"])), session)

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """Check the signature over the raw body by the SDK, then read it; only what we need of it is kept."""
        try:
            stripe.WebhookSignature.verify_header(
                body, headers.get("Stripe-Signature"), self.webhook_secret, SIGNATURE_SECONDS
            )
            return self.interpret(states.trim(json.loads(body)))
        except (stripe.SignatureVerificationError, *MALFORMED):
            # Without the cause, which quotes the body.
            raise BadSignatureError from None

    def interpret(self, payload: dict[str, Any]) -> GatewayEvent:
        """Read the payload of an event again that `read_event` accepted; no network."""
        kind, thing = payload["type"], payload["data"]["object"]
        return GatewayEvent(
            provider=self.name,
            event_id=payload["id"],
            kind=kind,
            payload=payload,
            payment=find_payment(kind, thing),
            refund=find_refund(kind, thing),
            dispute=states.read_dispute(thing) if kind.startswith("charge.dispute.") else None,
            saving=states.read_saving(thing) if kind == "checkout.session.completed" else None,
        )

    def get_payment(self, provider_id: str) -> PaymentState:
        """The provider's present word on a page or a charge."""
        if is_page(provider_id):
            return read(states.read_session, self._get_session(provider_id))
        with translated_errors():
            intent = self.client.v1.payment_intents.retrieve(provider_id).to_dict()
        return read(states.read_intent, intent)

    def cancel_payment(self, provider_id: str) -> PaymentState:
        """Close an open page or charge; the state says whether money came first."""
        with translated_errors():
            try:
                if is_page(provider_id):
                    self.client.v1.checkout.sessions.expire(provider_id)
                else:
                    self.client.v1.payment_intents.cancel(provider_id)
            except stripe.InvalidRequestError:
                pass  # It is paid, under way or closed already: what it is, it says below.
        return self.get_payment(provider_id)

    def refund(self, *, provider_id: str, reference: str, amount: Money) -> RefundState:
        """Give a part or all of a payment back; the reference is the idempotency key."""
        intent_id = self._get_intent_id(provider_id)
        with translated_errors():
            # Stripe forgets keys after a day; its list of refunds does not.
            given = self.client.v1.refunds.list({"payment_intent": intent_id, "limit": 100}).to_dict()
            for each in given["data"]:
                if states.read_reference(each) == reference:
                    return read(states.read_refund, each)
            refund = self.client.v1.refunds.create(
                {
                    "payment_intent": intent_id,
                    "amount": to_minor_units(amount),
                    "metadata": {"reference": reference},
                },
                {"idempotency_key": reference},
            ).to_dict()
        return read(states.read_refund, refund)

    def get_refund(self, provider_id: str) -> RefundState:
        """The provider's present word on a refund."""
        with translated_errors():
            refund = self.client.v1.refunds.retrieve(provider_id).to_dict()
        return read(states.read_refund, refund)

    def list_payments(self, since: datetime, until: datetime) -> Iterator[PaymentState]:
        """Intents: one behind each page that somebody tried to pay on, and one for each charge."""
        return self._list(self.client.v1.payment_intents, states.read_intent, since, until)

    def list_refunds(self, since: datetime, until: datetime) -> Iterator[RefundState]:
        """All refunds that were asked for in this time, by us or at Stripe's desk."""
        return self._list(self.client.v1.refunds, states.read_refund, since, until)

    def list_disputes(self, since: datetime, until: datetime) -> Iterator[DisputeState]:
        """All disputes that were opened in this time, as they stand now."""
        return self._list(self.client.v1.disputes, states.read_dispute, since, until)

    def _list(
        self, service: Any, reading: Callable[[dict[str, Any]], State], since: datetime, until: datetime
    ) -> Iterator[State]:
        span = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        with translated_errors():
            # The SDK asks for the next page when the last one is read.
            for each in service.list({"created": span, "limit": PAGE_SIZE}).auto_paging_iter():
                yield read(reading, each.to_dict())

    def _get_session(self, provider_id: str) -> dict[str, Any]:
        with translated_errors():
            return self.client.v1.checkout.sessions.retrieve(provider_id, {"expand": ["payment_intent"]}).to_dict()

    def _get_intent_id(self, provider_id: str) -> str:
        if not is_page(provider_id):
            return provider_id
        return read(lambda session: str(session["payment_intent"]["id"]), self._get_session(provider_id))


def read(reading: Callable[[dict[str, Any]], State], answer: dict[str, Any]) -> State:
    """An answer that makes no sense is none."""
    try:
        return reading(answer)
    except MALFORMED as fault:
        raise GatewayUnavailableError from fault


def is_page(provider_id: str) -> bool:
    return provider_id.startswith("cs_")


def find_payment(kind: str, thing: states.Json) -> PaymentState | None:
    if kind.startswith("checkout.session.") and thing["mode"] == "payment":
        return states.read_session(thing)
    if kind.startswith("payment_intent.") and not states.is_of_page(thing):
        return states.read_intent(thing)
    return None


def find_refund(kind: str, thing: states.Json) -> RefundState | None:
    if kind.startswith("refund.") or kind == "charge.refund.updated":
        return states.read_refund(thing)
    if kind == "charge.refunded" and (newest := (thing.get("refunds") or {}).get("data")):
        return states.read_refund(newest[0])
    return None
