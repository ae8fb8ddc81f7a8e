"""What happens on the customer's pages: each choice is one plain form."""

import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from payments.sandbox.cards import CardForm, filled_in, read_card
from payments.sandbox.pages import show_challenge, show_closed, show_payment, show_save
from payments.sandbox.ways import outcome_of
from payments.sandbox.web import RefusalError, Request, Response, redirect

if TYPE_CHECKING:
    from payments.sandbox.provider import Provider

OUTCOMES = {"paid": "paid", "processing": "pending", "cancelled": "cancelled", "expired": "expired"}


def show(provider: "Provider", request: Request, payment_id: str) -> Response:
    payment = provider.payments.get(payment_id)
    if payment["status"] != "open":
        back_url = _with_outcome(payment["return_url"], OUTCOMES[payment["status"]])
        return show_closed(payment, merchant=provider.merchant, back_url=back_url)
    return _show_open(provider, payment, filled_in(_today()))


def choose(provider: "Provider", request: Request, payment_id: str) -> Response:
    """One of the page's buttons; `card` decides by the number that was typed."""
    form = request.read_form()
    choice = form.get("choice", "")
    payment = provider.payments.get(payment_id)
    if choice == "leave":
        return redirect(_with_outcome(payment["cancel_url"], "cancelled"))
    if choice == "return":
        return redirect(_with_outcome(payment["return_url"], "declined"))
    if payment["status"] != "open":
        return redirect(f"/pay/{payment_id}")
    if choice == "card":
        card = read_card(form, _today())
        if card.errors:
            return _show_open(provider, payment, card)
        provider.savings.note_card(payment_id, card)
        choice = card.outcome
    if choice == "account":
        choice = outcome_of(payment["method"], form.get("account", ""))
    return _act(provider, payment_id, choice)


def show_bank(provider: "Provider", request: Request, payment_id: str) -> Response:
    payment = provider.payments.get(payment_id)
    if payment["status"] != "open":
        return redirect(f"/pay/{payment_id}")
    return show_challenge(payment, merchant=provider.merchant)


def answer_bank(provider: "Provider", request: Request, payment_id: str) -> Response:
    approved = request.read_form().get("choice") == "approve"
    return _act(provider, payment_id, "pay" if approved else "fail")


def show_saving(provider: "Provider", request: Request, page_id: str) -> Response:
    page = provider.savings.get(page_id)
    if page["card"]:
        return redirect(page["return_url"])
    return show_save(page, filled_in(_today()), merchant=provider.merchant)


def save(provider: "Provider", request: Request, page_id: str) -> Response:
    form = request.read_form()
    page = provider.savings.get(page_id)
    if form.get("choice") == "leave":
        return redirect(page["cancel_url"])
    card = read_card(form, _today())
    if card.errors:
        return show_save(page, card, merchant=provider.merchant)
    return redirect(provider.savings.keep(page_id, card)["return_url"])


def _act(provider: "Provider", payment_id: str, choice: str) -> Response:
    payments = provider.payments
    here = f"/pay/{payment_id}"
    try:
        if choice == "pay":
            return redirect(_with_outcome(payments.pay(payment_id)["return_url"], "paid"))
        if choice == "slow":
            return redirect(_with_outcome(payments.delay(payment_id)["return_url"], "pending"))
        if choice == "secure":
            return redirect(f"{here}/bank")
        if choice in {"decline", "fail"}:
            declined = "card_declined" if payments.get(payment_id)["method"] == "card" else "payment_declined"
            payments.decline(payment_id, declined if choice == "decline" else "authentication_failed")
    except RefusalError as refusal:
        # Paid, closed or expired between two clicks: the page itself tells which.
        if refusal.code != "payment_not_open":
            raise
    return redirect(here)


def _show_open(provider: "Provider", payment: dict[str, Any], card: CardForm) -> Response:
    return show_payment(
        payment,
        card,
        merchant=provider.merchant,
        keeps_card=provider.savings.keeps(payment["id"]),
        slow_seconds=provider.controls.slow_seconds,
        minutes_left=int((payment["expires_at"] - time.time()) // 60),
    )


def _with_outcome(url: str, outcome: str) -> str:
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "outcome"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("outcome", outcome)])))


def _today() -> date:
    return datetime.now(UTC).date()
