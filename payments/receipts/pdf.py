"""A receipt as a PDF on A4, made anew from what was taken down when it was issued."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from payments.methods import Method
from payments.models import Receipt
from payments.receipts.content import Content
from ticketing.pdf import render_pdf


def render_receipt_pdf(receipt: Receipt) -> bytes:
    """The same receipt gives the same document at any time; needs `series` loaded."""
    return render_pdf("payments/pdf/receipt.html", read_content(receipt))


def read_content(receipt: Receipt) -> dict[str, Any]:
    """What the template shows: the content with its sums as money and its times as times."""
    content, currency = receipt.content, receipt.content["currency"]

    def money(amount: str) -> Money:
        return Money(Decimal(amount), currency)

    taxes = [read_taxes(row, currency) for row in content["taxes"]]
    return {
        "receipt": receipt,
        "issuer": content["issuer"],
        "recipient": content["recipient"],
        "reference": content["reference"],
        "corrects": content.get("corrects", ""),
        "lines": [read_line(line, currency) for line in content["lines"]],
        "taxes": [row for row in taxes if row["percent"]],
        "total": money(content["total"]),
        "paid": [
            {"method": Method(way["method"]).label, "amount": money(way["amount"])} for way in content.get("paid", [])
        ],
    }


def read_line(line: Content, currency: str) -> dict[str, Any]:
    read: dict[str, Any] = {**line, "amount": Money(Decimal(line["amount"]), currency)}
    if line["kind"] == "tickets":
        read["price"] = Money(Decimal(line["price"]), currency)
        if "full_price" in line:
            read["full_price"] = Money(Decimal(line["full_price"]), currency)
        read["starts_at"] = datetime.fromisoformat(line["starts_at"])
        read["places"] = join_places(line["places"])
    if "tax_percent" in line:
        read["tax_percent"] = Decimal(line["tax_percent"]).normalize()
    return read


def read_taxes(row: Content, currency: str) -> dict[str, Any]:
    sums = {name: Money(Decimal(row[name]), currency) for name in ("net", "tax", "gross")}
    return {"percent": Decimal(row["percent"]).normalize(), **sums}


def join_places(places: Iterable[str]) -> str:
    """Each place once: standing ones of a section share one name."""
    return "; ".join(dict.fromkeys(places))
