"""Every row lock of this app.

Order across tables: Booking (first, see bookings.locks), Payment, Refund, ReceiptSeries.
"""

from payments.models import Payment, ReceiptSeries, Refund


def lock_payment(payment_id: int) -> Payment:
    return Payment.objects.select_for_update().get(pk=payment_id)


def lock_refund(refund_id: int) -> Refund:
    return Refund.objects.select_for_update().get(pk=refund_id)


def lock_series(series_id: int) -> ReceiptSeries:
    """Nobody else takes a number until this transaction has stored its document, or given it up."""
    return ReceiptSeries.objects.select_for_update().get(pk=series_id)
