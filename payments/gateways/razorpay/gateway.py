import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, ClassVar, TypeVar

from django.utils import timezone
from djmoney.money import Money
from moneyed import CurrencyDoesNotExist
from razorpay.errors import SignatureVerificationError
from razorpay.utility.utility import Utility

from payments.errors import BadSignatureError, GatewayRefusedError, GatewayUnavailableError
from payments.gateways.base import DisputeState, GatewayEvent, PaymentPage, PaymentState, RefundState
from payments.gateways.razorpay.calls import WrongKeyError, call, in_path
from payments.gateways.razorpay.states import (
    CAPTURED,
    CLOSED,
    Facts,
    all_tries,
    id_of,
    read_any_try,
    read_dispute,
    read_link,
    read_news,
    read_refund,
    reference_of,
    trim,
)
from payments.methods import Method
from ticketing.money import to_minor_units

State = TypeVar("State")
PAGE_SIZE = 100
METHODS = (Method.CARD, Method.UPI, Method.NETBANKING, Method.WALLET)
# Razorpay refuses to close a link sooner than 15 minutes from now. Our own hold ends first; then
# the link is cancelled, and money that was quicker is resolved as late.
SHORTEST = timedelta(minutes=16)
# ProviderEvent.event_id has no room for more.
LONGEST_EVENT_ID = 100
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, CurrencyDoesNotExist)


@dataclass(frozen=True, kw_only=True)
class RazorpayGateway:
    api_url: str
    key_id: str
    key_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)

    name: ClassVar[str] = "razorpay"

    def methods_for(self, currency: str) -> Collection[Method]:
        """Rupees only: other currencies need a contract of their own with Razorpay."""
        return METHODS if currency == "INR" else ()

    def check(self) -> None:
        """Ask for the newest payment, which needs the right key."""
        try:
            self._call(lambda client: client.payment.all({"count": 1}))
        except WrongKeyError as fault:
            raise GatewayRefusedError(reason="Razorpay refused the key.", code="wrong_key") from fault

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
        """Open a link that shows one way to pay; it has no way back for those who do not pay."""
        wanted = {
            "amount": to_minor_units(amount),
            "currency": str(amount.currency),
            "reference_id": reference,
            "description": description[:2048],
            "accept_partial": False,
            "expire_by": int(max(expires_at, timezone.now() + SHORTEST).timestamp()),
            "notify": {"sms": False, "email": False},
            "reminder_enable": False,
            "callback_url": return_url,
            "callback_method": "get",
            "options": {"checkout": {"method": {str(each): "1" if each == method else "0" for each in METHODS}}},
        }
        try:
            link = self._call(lambda client: client.payment_link.create(wanted))
        except GatewayRefusedError:
            # A reference can be used once; then the link it was used for is what is asked for.
            found = self._find_link(reference)
            if found is None:
                raise
            link = found
        with sense_expected():
            if (link["amount"], link["currency"]) != (wanted["amount"], wanted["currency"]):
                raise GatewayRefusedError(reason="This reference belongs to another payment.", code="bad_request")
            return PaymentPage(provider_id=link["id"], url=link["short_url"])

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """Check the signature over the raw body, then read it; only what we need of it is kept.

        The signature knows no time, and a delivery is tried for a day: age is no reason to refuse. A
        replay is kept out by its id, and says nothing new where the id was changed.
        """
        try:
            text = body.decode()
            Utility().verify_webhook_signature(text, headers.get("X-Razorpay-Signature", ""), self.webhook_secret)
            event_id = headers.get("X-Razorpay-Event-Id", "")
            if not 0 < len(event_id) <= LONGEST_EVENT_ID:
                event_id = hashlib.sha256(body).hexdigest()
            return self.interpret({**trim(json.loads(text)), "event_id": event_id})
        except (SignatureVerificationError, *MALFORMED) as fault:
            raise BadSignatureError from fault

    def interpret(self, payload: dict[str, Any]) -> GatewayEvent:
        """Read the payload of an event again that `read_event` accepted; no network."""
        return GatewayEvent(
            provider=self.name,
            event_id=payload["event_id"],
            kind=payload["event"],
            payload=payload,
            **read_news(payload),
        )

    def get_payment(self, provider_id: str) -> PaymentState:
        """The provider's present word on a payment; of a try, which lists name, on its link where it has one."""
        if is_try(provider_id):
            with sense_expected():
                found = read_any_try(self._call(lambda client: client.payment.fetch(in_path(provider_id))))
            if is_try(found.provider_id):
                return found
            provider_id = found.provider_id
        return self._read(*self._look(provider_id))

    def cancel_payment(self, provider_id: str) -> PaymentState:
        """Cancel the link; the state says whether money came first."""
        refusal: GatewayRefusedError | None = None
        try:
            self._call(lambda client: client.payment_link.cancel(in_path(provider_id)))
        except GatewayRefusedError as error:
            refusal = error  # It is closed already, or paid.
        link, tries = self._look(provider_id)
        state = self._read(link, tries)
        if refusal and state.status != "paid" and link["status"] not in CLOSED:
            raise refusal
        return state

    def refund(self, *, provider_id: str, reference: str, amount: Money) -> RefundState:
        """Give a part or all of a payment back; the reference is the idempotency key.

        Razorpay keeps a key for a while only, so refunds that it made before are looked at first.
        """
        paid_by = self._paid_by(provider_id)
        wanted = {
            "amount": to_minor_units(amount),
            "speed": "normal",
            "receipt": reference,
            "notes": {"reference": reference},
        }
        # Letters, digits, hyphens and underscores are all a key may have.
        key = {"X-Refund-Idempotency": reference.replace("/", "_")}
        made = self._call(lambda client: client.payment.fetch_multiple_refund(paid_by, {"count": 100}))
        with sense_expected():
            refund = next((each for each in made["items"] if reference_of(each) == reference), None)
            if refund is None:
                refund = self._call(lambda client: client.payment.refund(paid_by, wanted, headers=key))
            if (refund["amount"], refund["currency"]) != (wanted["amount"], str(amount.currency)):
                raise GatewayRefusedError(reason="This reference belongs to another refund.", code="bad_request")
            return read_refund(refund)

    def get_refund(self, provider_id: str) -> RefundState:
        """The provider's present word on a refund."""
        refund = self._call(lambda client: client.refund.fetch(in_path(provider_id)))
        with sense_expected():
            return read_refund(refund)

    def list_payments(self, since: datetime, until: datetime) -> Iterator[PaymentState]:
        """Tries, under the id of their link; a link that was tried again comes again."""
        return self._list(lambda client, span: client.payment.all(span), read_any_try, since, until)

    def list_refunds(self, since: datetime, until: datetime) -> Iterator[RefundState]:
        """All refunds that were asked for in this time, by us or at Razorpay's desk."""
        return self._list(lambda client, span: client.refund.all(span), read_refund, since, until)

    def list_disputes(self, since: datetime, until: datetime) -> Iterator[DisputeState]:
        """All disputes that were opened in this time, as they stand now."""
        return self._list(lambda client, span: client.dispute.all(span), read_dispute, since, until)

    def _list(
        self, ask: Callable[..., Any], reading: Callable[[Facts], State], since: datetime, until: datetime
    ) -> Iterator[State]:
        # Newest first, so what is new since the first page only repeats some of it: ids are passed on once.
        span = {"from": int(since.timestamp()), "to": int(until.timestamp()) - 1, "count": PAGE_SIZE}
        seen: set[str] = set()
        for skip in count(0, PAGE_SIZE):
            answer = self._call(partial(ask, span={**span, "skip": skip}))
            with sense_expected():
                items = answer["items"]
                fresh = {each["id"]: reading(each) for each in items if each["id"] not in seen}
            yield from fresh.values()
            seen |= set(fresh)
            if len(items) < PAGE_SIZE:
                return

    def _find_link(self, reference: str) -> Facts | None:
        """The link of this reference; among the newest, because Razorpay does not always heed the filter."""
        by_filter = self._call(lambda client: client.payment_link.all({"reference_id": reference}))
        return pick(by_filter, reference) or pick(
            self._call(lambda client: client.payment_link.all({"count": 100})), reference
        )

    def _look(self, provider_id: str) -> tuple[Facts, list[Facts]]:
        """The link, and the tries on its order where the link itself does not tell of the money."""
        link = self._call(lambda client: client.payment_link.fetch(in_path(provider_id)))
        with sense_expected():
            tells = any(each["status"] in CAPTURED for each in link.get("payments") or [])
            is_over = link["status"] in CLOSED or link["amount_paid"]
            if tells or not is_over or not link.get("order_id"):
                return link, []
            order_id = in_path(link["order_id"])
            return link, self._call(lambda client: client.order.payments(order_id))["items"]

    def _read(self, link: Facts, tries: list[Facts]) -> PaymentState:
        with sense_expected():
            return read_link(link, tries)

    def _paid_by(self, provider_id: str) -> str:
        """The try that brought the money, which is what Razorpay gives back from."""
        if is_try(provider_id):
            return in_path(provider_id)
        link, tries = self._look(provider_id)
        with sense_expected():
            for each in all_tries(link, tries):
                if each["status"] in CAPTURED:
                    return in_path(id_of(each))
        raise GatewayRefusedError(reason="Only a paid payment can be given back.", code="bad_request")

    def _call(self, ask: Callable[[Any], Any]) -> Facts:
        return call(ask, api_url=self.api_url, key_id=self.key_id, key_secret=self.key_secret)


def is_try(provider_id: str) -> bool:
    return provider_id.startswith("pay_")


def pick(answer: Facts, reference: str) -> Facts | None:
    with sense_expected():
        links = answer.get("payment_links") or []
        return next((link for link in links if link["reference_id"] == reference), None)


@contextmanager
def sense_expected() -> Iterator[None]:
    """An answer that lacks what it should have is no answer."""
    try:
        yield
    except MALFORMED as fault:
        raise GatewayUnavailableError from fault
