"""Receipts over tickets sold and corrections over tickets taken back, numbered without a gap.

A number is taken in the very transaction that stores its document, under a lock on the series, which the next
one waits for: whoever crashes in between leaves neither behind. A worker does it, because this queue of one
must never stand in front of a customer who pays.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from djmoney.money import Money

from bookings.locks import lock_booking
from bookings.models import Booking
from bookings.selectors import list_items
from payments.locks import lock_series
from payments.models import Account, BillingDetails, LedgerEntry, Receipt, ReceiptSeries
from payments.receipts.content import describe_sale, describe_void
from ticketing.transactions import retry_on_conflict


class ReceiptDiffersError(Exception):
    """A fault of ours: the document would say something else than the ledger."""


def issue_sale_receipt(*, booking_id: int) -> None:
    """The receipt of a booking that was paid; a repeat changes nothing. None for tickets that cost nothing."""
    now = timezone.now()
    series_id = get_series(now).pk
    retry_on_conflict(lambda: issue_sale(booking_id=booking_id, series_id=series_id, now=now))


def issue_correction(*, booking_id: int, posting: str, item_ids: Collection[int]) -> None:
    """The correction for these items, which became void with this posting of the ledger; a repeat changes nothing."""
    now = timezone.now()
    series_id = get_series(now).pk
    retry_on_conflict(
        lambda: issue_void(booking_id=booking_id, posting=posting, item_ids=item_ids, series_id=series_id, now=now)
    )


def get_series(now: datetime) -> ReceiptSeries:
    """The series of this day, made on its own: two that make it in longer transactions would deadlock."""
    name = timezone.localtime(now).strftime(settings.RECEIPT_SERIES)
    return ReceiptSeries.objects.get_or_create(name=name)[0]


@transaction.atomic(durable=True)
def issue_sale(*, booking_id: int, series_id: int, now: datetime) -> Receipt | None:
    """One attempt of `issue_sale_receipt`."""
    return _issue_sale(lock_booking(booking_id), series_id, now)


@transaction.atomic(durable=True)
def issue_void(
    *, booking_id: int, posting: str, item_ids: Collection[int], series_id: int, now: datetime
) -> Receipt | None:
    """One attempt of `issue_correction`; what it corrects is issued first, should the news come the other way round."""
    booking = lock_booking(booking_id)
    if known := find_receipt(posting):
        return known
    sums = sum_posting(posting)
    if not sums:
        return None
    sale = _issue_sale(booking, series_id, now)
    items = [item for item in list_items(booking) if item.pk in set(item_ids)]
    content = describe_void(booking, items, sums, sale)
    receipt = Receipt(kind=Receipt.Kind.CORRECTION, booking=booking, posting=posting, content=content, issued_at=now)
    return _number(receipt, sums, series_id)


def _issue_sale(booking: Booking, series_id: int, now: datetime) -> Receipt | None:
    posting = f"sale:{booking.pk}"
    if known := find_receipt(posting):
        return known
    sums = sum_posting(posting)
    if not sums:
        return None
    content = describe_sale(booking, list_items(booking))
    receipt = Receipt(kind=Receipt.Kind.SALE, booking=booking, posting=posting, content=content, issued_at=now)
    return _number(receipt, sums, series_id)


def find_receipt(posting: str) -> Receipt | None:
    return Receipt.objects.select_related("series").filter(posting=posting).first()


def sum_posting(posting: str) -> dict[str, Decimal]:
    """What the ledger moved, by account; empty where it was about nothing."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for account, amount in LedgerEntry.objects.filter(posting=posting).values_list("account", "amount"):
        sums[account] += amount
    return sums


def _number(receipt: Receipt, sums: Mapping[str, Decimal], series_id: int) -> Receipt:
    """Inner step: take the next number and store the document with it. Raises ReceiptDiffersError."""
    total = Decimal(receipt.content["total"])
    tax = sum((Decimal(row["tax"]) for row in receipt.content["taxes"]), Decimal(0))
    if (total, tax) != (sums.get(Account.CUSTOMER, Decimal(0)), -sums.get(Account.TAX, Decimal(0))):
        raise ReceiptDiffersError(receipt.posting)
    receipt.total, receipt.tax = Money(total, receipt.booking.currency), tax
    series = lock_series(series_id)
    series.last_number += 1
    series.save(update_fields=["last_number"])
    receipt.series, receipt.number = series, series.last_number
    receipt.save()
    return receipt


@transaction.atomic(durable=True)
def keep_billing_details(*, booking_id: int, company: str, address: str, tax_number: str) -> None:
    """Whom the receipt will be for; all empty takes it back. Too late for a booking that is closed or paid."""
    booking = lock_booking(booking_id)
    if not booking.is_open:
        return
    if company:
        details = {"company": company, "address": address, "tax_number": tax_number}
        BillingDetails.objects.update_or_create(booking=booking, defaults=details)
    else:
        BillingDetails.objects.filter(booking=booking).delete()
