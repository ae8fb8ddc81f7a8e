from datetime import datetime, timedelta

from django.db.models import Q
from django.http import Http404

from bookings.models import Booking
from payments.models import LedgerEntry, Receipt

# A worker that has not written it by then is away; a page that waited on would promise too much.
SOON = timedelta(minutes=10)


def list_receipts(booking: Booking) -> list[Receipt]:
    return list(Receipt.objects.filter(booking=booking).select_related("series").order_by("issued_at", "pk"))


def is_receipt_coming(booking: Booking, receipts: list[Receipt], now: datetime) -> bool:
    """Whether something was sold or taken back a moment ago that none of these receipts is about."""
    wanted = Q(posting=f"sale:{booking.pk}") | Q(posting__startswith=f"void:{booking.pk}:")
    recent = LedgerEntry.objects.filter(wanted, booking=booking, posted_at__gt=now - SOON)
    return recent.exclude(posting__in=[receipt.posting for receipt in receipts]).exists()


def get_receipt(access_key: str, name: str) -> Receipt:
    """The receipt with this printed number, for who has the booking's private link; 404 for anybody else."""
    series, _dash, number = name.rpartition("-")
    if not number.isdecimal() or len(number) > 9:
        raise Http404
    receipts = Receipt.objects.filter(booking__access_key=access_key, series__name=series, number=int(number))
    receipt = receipts.select_related("series", "booking").first()
    if receipt is None or str(receipt) != name:
        raise Http404
    return receipt
