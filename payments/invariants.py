"""Captured money equals valid tickets plus refunds; read by `manage.py check_money` and by tests."""

from collections.abc import Iterator

from django.db.models import DecimalField, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from bookings.models import Booking, BookingItem
from payments.models import Payment, Refund
from ticketing.outbox.models import Message

AMOUNT = DecimalField(max_digits=14, decimal_places=2)
ZERO = Value(0, output_field=AMOUNT)


def find_breaches() -> Iterator[str]:
    """One sentence for every booking whose money does not add up.

    captured - refunded (or being refunded) = price and fees of valid tickets.
    """
    captured = (
        Payment.objects.filter(booking=OuterRef("pk"), status__in=[Payment.Status.PAID, Payment.Status.REFUNDED])
        .order_by()
        .values("booking")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    refunded = (
        Refund.objects.filter(payment__booking=OuterRef("pk"))
        .order_by()
        .values("payment__booking")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    tickets = (
        BookingItem.objects.filter(booking=OuterRef("pk"), ticket__status="valid")
        .order_by()
        .values("booking")
        .annotate(total=Sum(F("price") + F("fee")))
        .values("total")
    )
    bookings = Booking.objects.annotate(
        captured=Coalesce(Subquery(captured, output_field=AMOUNT), ZERO),
        refunded=Coalesce(Subquery(refunded, output_field=AMOUNT), ZERO),
        worth=Coalesce(Subquery(tickets, output_field=AMOUNT), ZERO),
    )
    for booking in bookings.exclude(captured=F("refunded") + F("worth")):
        if is_refund_on_its_way(booking):
            continue
        yield (
            f"booking {booking.reference}: captured {booking.captured}, refunded {booking.refunded}, "
            f"tickets worth {booking.worth}"
        )


def is_refund_on_its_way(booking: Booking) -> bool:
    """Cancelled a moment ago: its refund rows come with the delivery of this message."""
    waiting = Message.objects.filter(topic="bookings.cancelled", sent_at=None)
    return waiting.filter(payload__booking_id=booking.pk).exists()
