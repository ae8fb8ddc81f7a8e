"""The merchant's JSON API, version 1. Every path asks for the API key first."""

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from payments.sandbox.payments import Terms
from payments.sandbox.refunds import PAGE_SIZE
from payments.sandbox.saving import Wish, charge_terms
from payments.sandbox.ways import WAYS
from payments.sandbox.web import RefusalError, Request, Response, answer_json

if TYPE_CHECKING:
    from payments.sandbox.provider import Provider

LARGEST_AMOUNT = 10**12
KEY_LENGTH = 255


def create_payment(provider: "Provider", request: Request) -> Response:
    facts = request.read_json()
    terms = Terms(
        reference=_text(facts, "reference", 255),
        amount=_amount(facts),
        currency=_currency(facts),
        method=_method(facts),
        description=_text(facts, "description", 1000),
        return_url=_url(facts, "return_url"),
        cancel_url=_url(facts, "cancel_url"),
        expires_at=_future(facts, "expires_at"),
    )
    payment, is_new = provider.payments.create(_key(request), terms)
    if facts.get("keeps_card") is True and terms.method == "card":
        provider.savings.keep_with(payment)
    return answer_json(payment, 201 if is_new else 200)


def get_payment(provider: "Provider", request: Request, payment_id: str) -> Response:
    return answer_json(provider.payments.get(payment_id))


def list_payments(provider: "Provider", request: Request) -> Response:
    query = request.read_query()
    limit = min(max(_number(query.get("limit", "100")), 1), 100)
    payments = provider.payments.list_latest(
        reference=query.get("reference", ""),
        limit=limit,
        before=_number(query.get("before", "0")),
        span=_span(query),
    )
    return _page("payments", payments, limit)


def cancel_payment(provider: "Provider", request: Request, payment_id: str) -> Response:
    return answer_json(provider.payments.cancel(payment_id))


def create_refund(provider: "Provider", request: Request, payment_id: str) -> Response:
    facts = request.read_json()
    refund, is_new = provider.refunds.create(
        _key(request), payment_id, amount=_amount(facts), currency=_currency(facts)
    )
    return answer_json(refund, 201 if is_new else 200)


def list_all_refunds(provider: "Provider", request: Request) -> Response:
    query = request.read_query()
    refunds = provider.refunds.list_latest(before=_number(query.get("before", "0")), span=_span(query))
    return _page("refunds", refunds, PAGE_SIZE)


def list_disputes(provider: "Provider", request: Request) -> Response:
    query = request.read_query()
    disputes = provider.disputes.list_latest(before=_number(query.get("before", "0")), span=_span(query))
    return _page("disputes", disputes, PAGE_SIZE)


def list_refunds(provider: "Provider", request: Request, payment_id: str) -> Response:
    provider.payments.get(payment_id)
    return answer_json({"refunds": provider.refunds.list_of(payment_id)})


def get_refund(provider: "Provider", request: Request, refund_id: str) -> Response:
    return answer_json(provider.refunds.get(refund_id))


def create_saved_card(provider: "Provider", request: Request) -> Response:
    facts = request.read_json()
    wish = Wish(
        reference=_text(facts, "reference", 255),
        return_url=_url(facts, "return_url"),
        cancel_url=_url(facts, "cancel_url"),
    )
    return answer_json(provider.savings.create(_key(request), wish))


def get_saved_card(provider: "Provider", request: Request, page_id: str) -> Response:
    return answer_json(provider.savings.get(page_id))


def forget_saved_card(provider: "Provider", request: Request, token: str) -> Response:
    provider.savings.forget(token)
    return answer_json({})


def create_charge(provider: "Provider", request: Request) -> Response:
    facts = request.read_json()
    terms = charge_terms(
        provider,
        reference=_text(facts, "reference", 255),
        amount=_amount(facts),
        currency=_currency(facts),
        description=_text(facts, "description", 1000),
    )
    return answer_json(provider.savings.prepare_charge(_key(request), _text(facts, "card", 255), terms))


def charge(provider: "Provider", request: Request, payment_id: str) -> Response:
    return answer_json(provider.savings.charge(payment_id, _url(request.read_json(), "return_url")))


def _page(name: str, rows: list[dict[str, Any]], limit: int) -> Response:
    """Newest first; the next page is asked for with `before=next_before`."""
    last = rows[-1]["number"] if rows else 0
    return answer_json({name: rows, "has_more": len(rows) == limit, "next_before": last})


def _span(query: Mapping[str, str]) -> tuple[int, int]:
    """Made from the first until before the second, in seconds since 1970."""
    return _number(query.get("since", "0")), _number(query.get("until", str(10**12)))


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not 0 < len(key) <= KEY_LENGTH:
        raise RefusalError(400, "no_idempotency_key", "Send an Idempotency-Key header.")
    return key


def _bad(name: str, wish: str) -> RefusalError:
    return RefusalError(422, f"bad_{name}", f"{name} has to be {wish}.")


def _text(facts: Mapping[str, Any], name: str, longest: int) -> str:
    value = facts.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise _bad(name, f"text of up to {longest} characters")
    # JSON can spell half a surrogate pair, which no page and no database can hold.
    return value.encode("utf-8", "replace").decode()


def _amount(facts: Mapping[str, Any]) -> int:
    value = facts.get("amount")
    # bool is an int in Python, but true is no amount.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_AMOUNT:
        raise _bad("amount", "a positive whole number of minor units")
    return value


def _currency(facts: Mapping[str, Any]) -> str:
    value = facts.get("currency")
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise _bad("currency", "a currency code such as EUR")
    return value


def _method(facts: Mapping[str, Any]) -> str:
    value = facts.get("method", "card")
    if not isinstance(value, str) or value not in WAYS:
        raise _bad("method", f"one of {', '.join(WAYS)}")
    return value


def _url(facts: Mapping[str, Any], name: str) -> str:
    value = _text(facts, name, 2000)
    # It becomes a Location header and a link: only web addresses, and nothing that could end the header.
    if not re.fullmatch(r"https?://[!-~]+", value) or not _has_host(value):
        raise _bad(name, "a web address")
    return value


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _future(facts: Mapping[str, Any], name: str) -> float:
    value = facts.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not time.time() < value < 10**11:
        raise _bad(name, "a time to come, in seconds since 1970")
    return float(value)


def _number(value: str) -> int:
    if not re.fullmatch(r"\d{1,15}", value, re.ASCII):
        raise RefusalError(400, "bad_query", "limit, before, since and until are whole numbers.")
    return int(value)
