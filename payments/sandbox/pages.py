"""The customer's pages: templates from files, every value escaped unless it is markup already."""

import html
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any
from urllib.parse import urlsplit

from payments.sandbox.cards import CardForm
from payments.sandbox.money import format_amount
from payments.sandbox.ways import WAYS
from payments.sandbox.web import Response

ERRORS = {
    "card_declined": "Your bank declined the card.",
    "payment_declined": "The payment was declined.",
    "authentication_failed": "Your bank could not confirm that it was you.",
}
CLOSED = {
    "paid": ("Payment received", "Thank you. {merchant} has been told, and your booking goes on there."),
    "processing": ("Your payment is on its way", "It takes a moment to arrive. {merchant} is told as soon as it has."),
    "cancelled": ("This payment page is closed", "{merchant} closed it, so nothing can be paid here. No money moved."),
    "expired": ("The time to pay has run out", "Nothing was paid. You can start again at {merchant}."),
}
STATIC = {"sandbox.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


@cache
def read_file(name: str) -> str:
    return files("payments.sandbox").joinpath("pages", name).read_text(encoding="utf-8")


def fill(name: str, values: Mapping[str, object]) -> Markup:
    safe = {key: value if isinstance(value, Markup) else html.escape(str(value)) for key, value in values.items()}
    return Markup(Template(read_file(name)).substitute(safe))


def show_payment(
    payment: Mapping[str, Any],
    card: CardForm,
    *,
    merchant: str,
    keeps_card: bool,
    slow_seconds: float,
    minutes_left: int,
) -> Response:
    # A mistyped card is about the form; the decline before it is old news then.
    declined = "" if card.errors else ERRORS.get(payment["last_error"], "")
    body = fill(
        "payment.html",
        _facts(payment, merchant)
        | {
            "notice": fill("_declined.html", _facts(payment, merchant) | {"error": declined}) if declined else Markup(),
            "minutes": "less than a minute" if minutes_left < 1 else f"about {minutes_left} min",
            "choices": _choices(payment, merchant, f"{slow_seconds:g}"),
            "panel": _panel(payment, card, merchant),
            "kept": fill("_kept.html", {"merchant": merchant}) if keeps_card else Markup(),
        },
    )
    title = "Declined" if declined else "Pay"
    return _page(body, title, merchant, payment, status=422 if card.errors else 200)


def show_challenge(payment: Mapping[str, Any], *, merchant: str) -> Response:
    way = WAYS[payment["method"]]
    facts = _facts(payment, merchant) | {"scheme": way.scheme, "real": way.real}
    return _page(fill("challenge.html", facts), way.confirming, merchant, payment)


def show_save(page: Mapping[str, Any], card: CardForm, *, merchant: str) -> Response:
    facts = {"action": f"/save/{page['id']}", "merchant": merchant} | _card_fields(card)
    return _page(fill("save.html", facts), "Save a card", merchant, page, status=422 if card.errors else 200)


def show_closed(payment: Mapping[str, Any], *, merchant: str, back_url: str) -> Response:
    heading, sentence = CLOSED[payment["status"]]
    facts = _facts(payment, merchant) | {
        "heading": heading,
        "sentence": sentence.format(merchant=merchant),
        "back_url": back_url,
    }
    return _page(fill("closed.html", facts), heading, merchant, payment)


def show_message(status: int, heading: str, sentence: str) -> Response:
    return _page(fill("message.html", {"heading": heading, "sentence": sentence}), heading, "", {}, status=status)


def show_static(name: str) -> Response:
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(200, read_file(name).encode(), STATIC[name], headers)


def _facts(payment: Mapping[str, Any], merchant: str) -> dict[str, object]:
    return {
        "action": f"/pay/{payment['id']}",
        "amount": format_amount(payment["amount"], payment["currency"]),
        "description": payment["description"],
        "merchant": merchant,
    }


def _choices(payment: Mapping[str, Any], merchant: str, slow_seconds: str) -> Markup:
    amount = str(_facts(payment, merchant)["amount"])
    buttons = [
        fill(
            "_choice.html",
            {
                "value": choice.value,
                "label": choice.label,
                "hint": choice.hint.format(amount=amount, slow_seconds=slow_seconds),
                "look": "" if number else " choice--main",
            },
        )
        for number, choice in enumerate(WAYS[payment["method"]].choices)
    ]
    return Markup("".join(buttons))


def _panel(payment: Mapping[str, Any], card: CardForm, merchant: str) -> Markup:
    """What belongs to this way to pay: a card to type, an account to choose, or where to send it."""
    facts, way = _facts(payment, merchant), WAYS[payment["method"]]
    if payment["method"] == "card":
        return fill("_card.html", facts | _card_fields(card))
    if not way.accounts:
        return fill("_transfer.html", facts)
    options = [fill("_option.html", {"value": name, "hint": hint}) for name, (_, hint) in way.accounts.items()]
    more = {"title": way.title, "account": way.account, "options": Markup("".join(options))}
    return fill("_account.html", facts | more)


def _card_fields(card: CardForm) -> dict[str, object]:
    facts: dict[str, object] = {}
    for name in ("number", "expiry", "cvc"):
        facts[name] = getattr(card, name)
        error = card.errors.get(name, "")
        focus = " autofocus" if next(iter(card.errors), "") == name else ""
        facts[f"{name}_error"] = fill("_error.html", {"name": name, "error": error}) if error else Markup()
        facts[f"{name}_state"] = Markup(f'aria-invalid="true" aria-describedby="{name}-error"{focus}' if error else "")
    return {"card_fields": fill("_card_fields.html", facts)}


def _page(body: Markup, title: str, merchant: str, payment: Mapping[str, Any], *, status: int = 200) -> Response:
    where = f"{title} · {merchant}" if merchant else title
    content = fill("layout.html", {"title": where, "body": body})
    # A form's redirect leads back to the merchant, and browsers hold it to form-action as well.
    origins = {_origin(payment[name]) for name in ("return_url", "cancel_url") if name in payment}
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {' '.join(sorted(origins))}"
    )
    headers = {"Content-Security-Policy": policy}
    return Response(status, content.encode(), "text/html; charset=utf-8", headers)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    # Semicolons and commas would end the directive; a host has neither.
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".replace(";", "").replace(",", "")
