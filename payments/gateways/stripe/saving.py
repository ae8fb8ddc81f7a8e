"""Saved cards: kept by Stripe under a customer of its own, charged with the holder present."""

from contextlib import suppress
from typing import Any

import stripe
from djmoney.money import Money

from payments.errors import GatewayUnavailableError
from payments.gateways.base import Charge, PaymentPage, SavedToken
from payments.gateways.stripe import states
from payments.gateways.stripe.calls import translated_errors
from ticketing.money import to_minor_units


class SavedCards:
    """A token of ours is Stripe's customer and payment method: a card can be charged only with both."""

    @property
    def client(self) -> stripe.StripeClient:
        raise NotImplementedError

    def start_saving(self, *, reference: str, email: str, return_url: str, cancel_url: str) -> PaymentPage:
        """Open a hosted page that keeps a card and charges nothing."""
        with translated_errors():
            customer = self.client.v1.customers.create(
                {"email": email, "metadata": {"reference": reference}},
                {"idempotency_key": f"{reference}/customer"},
            )
            session = self.client.v1.checkout.sessions.create(
                {
                    "mode": "setup",
                    "customer": customer.id,
                    "client_reference_id": reference,
                    "allowed_payment_method_types": ["card"],
                    "success_url": return_url,
                    "cancel_url": cancel_url,
                },
                {"idempotency_key": reference},
            )
        if not session.url:
            raise GatewayUnavailableError
        return PaymentPage(provider_id=session.id, url=session.url)

    def finish_saving(self, provider_id: str) -> SavedToken | None:
        """What was saved on the page (or by the SetupIntent); None while nothing is."""
        with translated_errors():
            intent = self._find_keeping(provider_id)
            if not intent or intent.get("status") != "succeeded" or not intent.get("customer"):
                return None
            method = self.client.v1.payment_methods.retrieve(str(intent["payment_method"])).to_dict()
        return read_token(intent, method)

    def _find_keeping(self, provider_id: str) -> dict[str, Any] | None:
        """What keeps the card: the SetupIntent, or the payment of a page that was asked to."""
        if provider_id.startswith("cs_"):
            session = self.client.v1.checkout.sessions.retrieve(provider_id, {"expand": ["payment_intent"]}).to_dict()
            if session["mode"] == "payment":
                payment: dict[str, Any] = session.get("payment_intent") or {}
                return payment if payment.get("setup_future_usage") else None
            provider_id = session.get("setup_intent") or ""
        return self.client.v1.setup_intents.retrieve(provider_id).to_dict() if provider_id else None

    def forget(self, token: str) -> None:
        """Stripe may not charge this card any more, and we could not ask it to."""
        # Refused is one that is not attached any more, which is what was wanted.
        with translated_errors(), suppress(stripe.InvalidRequestError):
            self.client.v1.payment_methods.detach(token.partition("/")[2])

    def prepare_charge(self, *, token: str, reference: str, amount: Money, description: str) -> str:
        """Announce a charge, without money yet: whatever happens from here on can be asked about by its id."""
        customer, _, method = token.partition("/")
        with translated_errors():
            intent = self.client.v1.payment_intents.create(
                {
                    "amount": to_minor_units(amount),
                    "currency": str(amount.currency).lower(),
                    "customer": customer,
                    "payment_method": method,
                    "allowed_payment_method_types": ["card"],
                    "description": description,
                    "metadata": {"reference": reference},
                },
                {"idempotency_key": reference},
            )
        return intent.id

    def charge(self, provider_id: str, *, reference: str, return_url: str) -> Charge:
        """Take the money now. Asked by the card's bank, the customer goes to `next_url` first."""
        with translated_errors():
            try:
                intent = self.client.v1.payment_intents.confirm(
                    provider_id, {"return_url": return_url}, {"idempotency_key": f"{reference}/confirm"}
                ).to_dict()
            except stripe.CardError:
                # Declined, which the intent itself says in the words that we read everywhere else.
                intent = self.client.v1.payment_intents.retrieve(provider_id).to_dict()
        try:
            return Charge(state=states.read_intent(intent), next_url=read_next_url(intent))
        except (KeyError, TypeError, ValueError) as fault:
            raise GatewayUnavailableError from fault


def read_next_url(intent: dict[str, Any]) -> str:
    action = intent.get("next_action") or {}
    return str((action.get("redirect_to_url") or {}).get("url") or "")


def read_token(setup: dict[str, Any], method: dict[str, Any]) -> SavedToken:
    try:
        card = method["card"]
        return SavedToken(
            token=f"{setup['customer']}/{method['id']}",
            brand=str(card["brand"]),
            last_four=str(card["last4"]),
            expiry_month=int(card["exp_month"]),
            expiry_year=int(card["exp_year"]),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise GatewayUnavailableError from fault
