"""Payments, refunds, saved cards and signed news by the stand-in provider."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

import requests
from djmoney.money import Money
from moneyed import CurrencyDoesNotExist

from payments.errors import BadSignatureError, GatewayRefusedError, GatewayUnavailableError
from payments.gateways.base import (
    Charge,
    DisputeState,
    GatewayEvent,
    PaymentPage,
    PaymentState,
    RefundState,
    SavedToken,
)
from payments.gateways.sandbox.states import read_charge, read_dispute, read_payment, read_refund, read_saving
from payments.methods import Method
from ticketing.money import to_minor_units

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
CONNECT_SECONDS, READ_SECONDS = 2, 5
# Every delivery, however late, is signed anew: an older signature is a replay.
SIGNATURE_SECONDS = 300
MALFORMED = (KeyError, TypeError, ValueError, CurrencyDoesNotExist)


@dataclass(frozen=True, kw_only=True)
class SandboxGateway:
    api_url: str
    api_key: str
    webhook_secret: str

    name: ClassVar[str] = "sandbox"

    def methods_for(self, currency: str) -> Collection[Method]:
        """Cards and bank transfers everywhere; UPI and net banking in rupees, as in life."""
        indian = (Method.UPI, Method.NETBANKING) if currency == "INR" else ()
        return (Method.CARD, *indian, Method.BANK)

    def check(self) -> None:
        """Ask for the newest payment, which needs the right key."""
        self._call("GET", "/v1/payments?limit=1")

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
        payment = self._call(
            "POST",
            "/v1/payments",
            key=reference,
            body={
                "reference": reference,
                "amount": to_minor_units(amount),
                "currency": str(amount.currency),
                "method": str(method),
                "description": description,
                "return_url": return_url,
                "cancel_url": cancel_url,
                "expires_at": int(expires_at.timestamp()),
                "keeps_card": bool(keep_for),
            },
        )
        try:
            return PaymentPage(provider_id=payment["id"], url=payment["url"])
        except MALFORMED as fault:
            raise GatewayUnavailableError from fault

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """Check the signature over the raw body, then read it."""
        self._check_signature(body, headers.get("Sandbox-Signature", ""))
        try:
            return self.interpret(json.loads(body))
        except (*MALFORMED, AttributeError) as fault:
            raise BadSignatureError from fault

    def interpret(self, payload: dict[str, Any]) -> GatewayEvent:
        """Read the payload of an event again that `read_event` accepted; no network."""
        kind, data = payload["type"], payload["data"]
        return GatewayEvent(
            provider=self.name,
            event_id=payload["id"],
            kind=kind,
            payload=payload,
            payment=read_payment(data["payment"]) if kind.startswith("payment.") else None,
            refund=read_refund(data["refund"]) if kind.startswith("refund.") else None,
            dispute=read_dispute(data["dispute"]) if kind.startswith("dispute.") else None,
            saving=read_saving(data["page"]) if kind == "card.saved" else None,
        )

    def get_payment(self, provider_id: str) -> PaymentState:
        """The provider's present word on a payment."""
        return self._payment("GET", f"/v1/payments/{quote(provider_id, safe='')}")

    def cancel_payment(self, provider_id: str) -> PaymentState:
        """Close an open page; the state says whether money came first."""
        return self._payment("POST", f"/v1/payments/{quote(provider_id, safe='')}/cancel")

    def refund(self, *, provider_id: str, reference: str, amount: Money) -> RefundState:
        """Give a part or all of a payment back; the reference is the idempotency key."""
        answer = self._call(
            "POST",
            f"/v1/payments/{quote(provider_id, safe='')}/refunds",
            key=reference,
            body={"amount": to_minor_units(amount), "currency": str(amount.currency)},
        )
        try:
            return read_refund(answer)
        except MALFORMED as fault:
            raise GatewayUnavailableError from fault

    def get_refund(self, provider_id: str) -> RefundState:
        """The provider's present word on a refund."""
        answer = self._call("GET", f"/v1/refunds/{quote(provider_id, safe='')}")
        try:
            return read_refund(answer)
        except MALFORMED as fault:
            raise GatewayUnavailableError from fault

    def list_payments(self, since: datetime, until: datetime) -> Iterator[PaymentState]:
        """All pages that were opened in this time, paid or not."""
        return self._list("payments", read_payment, since, until)

    def list_refunds(self, since: datetime, until: datetime) -> Iterator[RefundState]:
        """All refunds that were asked for in this time, by us or at the provider's desk."""
        return self._list("refunds", read_refund, since, until)

    def list_disputes(self, since: datetime, until: datetime) -> Iterator[DisputeState]:
        """All disputes that were opened in this time, as they stand now."""
        return self._list("disputes", read_dispute, since, until)

    def _list(
        self, name: str, reading: Callable[[dict[str, Any]], Answer], since: datetime, until: datetime
    ) -> Iterator[Answer]:
        path = f"/v1/{name}?since={int(since.timestamp())}&until={int(until.timestamp())}"
        page: dict[str, Any] = {"has_more": True}
        before = 0
        while page["has_more"]:
            page = self._call("GET", f"{path}&before={before}")
            rows, before = _read(lambda facts: (facts[name], facts["next_before"]), page)
            for row in rows:
                yield _read(reading, row)

    def start_saving(self, *, reference: str, email: str, return_url: str, cancel_url: str) -> PaymentPage:
        """Open a page that keeps a card and charges nothing; the reference is the idempotency key."""
        wish = {"reference": reference, "return_url": return_url, "cancel_url": cancel_url}
        page = self._call("POST", "/v1/saved-cards", key=reference, body=wish)
        return _read(lambda facts: PaymentPage(provider_id=facts["id"], url=facts["url"]), page)

    def finish_saving(self, provider_id: str) -> SavedToken | None:
        """What was saved on that page; None while nothing is."""
        page = self._call("GET", f"/v1/saved-cards/{quote(provider_id, safe='')}")
        return _read(lambda facts: SavedToken(**facts["card"]) if facts["card"] else None, page)

    def forget(self, token: str) -> None:
        """Have the provider drop it; one that it does not know is dropped."""
        with suppress(GatewayRefusedError):
            self._call("POST", f"/v1/saved-cards/{quote(token, safe='')}/forget")

    def prepare_charge(self, *, token: str, reference: str, amount: Money, description: str) -> str:
        """Announce a charge and return its id; no money moves."""
        wish = {"card": token, "reference": reference, "description": description}
        money = {"amount": to_minor_units(amount), "currency": str(amount.currency)}
        payment = self._call("POST", "/v1/charges", key=reference, body=wish | money)
        return _read(lambda facts: str(facts["id"]), payment)

    def charge(self, provider_id: str, *, reference: str, return_url: str) -> Charge:
        """Take the money of a prepared charge; a repeat is the same charge."""
        body = {"return_url": return_url}
        answer = self._call("POST", f"/v1/charges/{quote(provider_id, safe='')}", key=reference, body=body)
        return _read(lambda facts: Charge(state=read_charge(facts["payment"]), next_url=str(facts["next_url"])), answer)

    def _payment(self, method: str, path: str) -> PaymentState:
        answer = self._call(method, path)
        try:
            return read_payment(answer)
        except MALFORMED as fault:
            raise GatewayUnavailableError from fault

    def _call(self, method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            with requests.Session() as session:
                # The sandbox runs beside the site; a proxy from the environment could not reach it.
                session.trust_env = False
                answer = session.request(
                    method,
                    f"{self.api_url}{path}",
                    json=body,
                    headers=headers,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                )
                content = answer.json()
        except (requests.RequestException, ValueError) as fault:
            raise GatewayUnavailableError from fault
        if answer.ok and isinstance(content, dict):
            return content
        raise _refusal(answer.status_code, content)

    def _check_signature(self, body: bytes, header: str) -> None:
        parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
        stamp, given = parts.get("t", ""), parts.get("v1", "")
        expected = hmac.new(self.webhook_secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        # Bytes, because compare_digest refuses text that is not ASCII.
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise BadSignatureError
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > SIGNATURE_SECONDS:
            raise BadSignatureError


def _refusal(status: int, content: object) -> GatewayUnavailableError | GatewayRefusedError:
    error = content.get("error") if isinstance(content, dict) else None
    facts = error if isinstance(error, dict) else {}
    if status in {401, 403}:
        # Our own key is wrong: the customer can only come back, but someone has to know.
        logger.error("payment provider refused the key", extra={"gateway": SandboxGateway.name})
        return GatewayUnavailableError()
    if status == 429 or status >= 500 or "message" not in facts:
        return GatewayUnavailableError()
    return GatewayRefusedError(reason=facts["message"], code=facts.get("code", ""))


def _read(reading: Callable[[dict[str, Any]], Answer], answer: dict[str, Any]) -> Answer:
    """An answer that makes no sense is none."""
    try:
        return reading(answer)
    except MALFORMED as fault:
        raise GatewayUnavailableError from fault
