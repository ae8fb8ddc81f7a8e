"""Receipts as the tax office counts them: no number missing, none twice, and sums as the ledger has them."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Case, Count, Max, OuterRef, Subquery, Sum, When

from payments.models import Account, LedgerEntry, Receipt, ReceiptSeries


def find_breaches() -> Iterator[str]:
    yield from find_gaps()
    yield from find_wrong_sums()


def find_gaps() -> Iterator[str]:
    series = ReceiptSeries.objects.annotate(count=Count("receipts"), highest=Max("receipts__number"))
    for row in series.order_by("name"):
        if not row.last_number == row.count == (row.highest or 0):
            numbers = f"{row.count} receipts up to number {row.highest or 0}, and {row.last_number} was the last given"
            yield f"receipt series {row.name}: {numbers}"


def find_wrong_sums() -> Iterator[str]:
    """A receipt says what its posting in the ledger says."""
    sums = (
        LedgerEntry.objects.filter(posting=OuterRef("posting"))
        .order_by()
        .values("posting")
        .annotate(
            total=Sum(Case(When(account=Account.CUSTOMER, then="amount"), default=Decimal(0))),
            tax=Sum(Case(When(account=Account.TAX, then="amount"), default=Decimal(0))),
        )
    )
    receipts = Receipt.objects.select_related("series", "booking").annotate(
        posted_total=Subquery(sums.values("total")), posted_tax=Subquery(sums.values("tax"))
    )
    for receipt in receipts.iterator():
        said, posted = (receipt.total.amount, receipt.tax), (receipt.posted_total, -(receipt.posted_tax or 0))
        if said != posted:
            words = f"{said[0]} with {said[1]} tax, the ledger says {posted[0]} with {posted[1]}"
            yield f"booking {receipt.booking.reference}: receipt {receipt} is over {words}"
