from decimal import Decimal

from django.db.models import Sum

from payments.models import Payment, Refund


def left_of(payment: Payment) -> Decimal:
    """What of a payment is neither given back nor promised, in its currency."""
    promised = payment.refunds.exclude(status=Refund.Status.REJECTED).aggregate(sum=Sum("amount"))["sum"]
    return Decimal(payment.amount.amount) - (promised or 0)


def left_of_booking(booking_id: int) -> Decimal:
    """What of a booking's paid money is neither given back nor promised."""
    payments = Payment.objects.filter(booking=booking_id, status=Payment.Status.PAID)
    return sum((left_of(payment) for payment in payments), Decimal(0))
