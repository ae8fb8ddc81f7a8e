"""Every row lock and compare-and-set of this app.

Order across tables: rows of a batch (ticketing.batches), Booking (see bookings.locks), Payment, Refund, ReceiptSeries,
Voucher.
"""

from datetime import datetime

from bookings.models import RescheduledBooking
from payments.models import Payment, ReceiptSeries, Refund, Voucher


def lock_rescheduled(row_id: int) -> RescheduledBooking:
    """One answer of a customer at a time, and none while a worker is at the row."""
    RescheduledBooking.objects.select_for_update().values_list("pk").get(pk=row_id)
    related = ("booking", "rescheduling__event_session__hall__venue")
    return RescheduledBooking.objects.select_related(*related).get(pk=row_id)


def lock_payment(payment_id: int) -> Payment:
    return Payment.objects.select_for_update().get(pk=payment_id)


def mark_paid(payment: Payment, now: datetime) -> bool:
    """Compare-and-set: it is paid now, if it still is as it was read; the caller holds the booking's lock."""
    as_read = Payment.objects.filter(pk=payment.pk, status=payment.status, provider_id=payment.provider_id)
    if not as_read.update(status=Payment.Status.PAID, failure=Payment.Failure.NONE, paid_at=now):
        return False
    payment.status, payment.failure, payment.paid_at = Payment.Status.PAID, Payment.Failure.NONE, now
    return True


def lock_refund(refund_id: int) -> Refund:
    return Refund.objects.select_for_update().get(pk=refund_id)


def lock_series(series_id: int) -> ReceiptSeries:
    """Nobody else takes a number until this transaction has stored its document, or given it up."""
    return ReceiptSeries.objects.select_for_update().get(pk=series_id)


def lock_voucher(voucher_id: int) -> Voucher:
    """Last, because bookings that have nothing else in common may want the same one."""
    return Voucher.objects.select_for_update().get(pk=voucher_id)
