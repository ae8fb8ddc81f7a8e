"""Every row lock of this app. Order across tables: Booking (first, see bookings.locks), Payment, Refund."""

from payments.models import Payment, Refund


def lock_payment(payment_id: int) -> Payment:
    return Payment.objects.select_for_update().get(pk=payment_id)


def lock_refund(refund_id: int) -> Refund:
    return Refund.objects.select_for_update().get(pk=refund_id)
