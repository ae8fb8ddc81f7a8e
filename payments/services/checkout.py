from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.errors import HoldLapsedError
from bookings.locks import lock_booking
from bookings.models import Booking
from bookings.selectors import summarise
from payments.errors import GatewayRefusedError, GatewayUnavailableError
from payments.gateways.registry import get_gateway
from payments.models import Payment
from payments.services.outcome import fail_payment


def start_payment(*, booking_id: int, now: datetime) -> Payment:
    """Open a page at the provider for a booking that went to checkout.

    Pressing the button twice leads to the same page. Raises HoldLapsedError, GatewayUnavailableError,
    GatewayRefusedError; after the last two the basket may be changed or paid again.
    """
    payment = _open_payment(booking_id=booking_id, now=now)
    if payment.page_url:
        return payment
    page_address = settings.SITE_URL + reverse("payments:return", args=[payment.public_id])
    try:
        page = get_gateway(payment.gateway).create_payment(
            reference=str(payment.public_id),
            amount=payment.amount,
            description=_("%(site)s, booking %(reference)s")
            % {"site": settings.SITE_NAME, "reference": payment.booking.reference},
            return_url=page_address,
            cancel_url=f"{page_address}?outcome=cancelled",
            expires_at=payment.booking.held_until,
        )
    except (GatewayUnavailableError, GatewayRefusedError):
        fail_payment(payment_id=payment.pk, failure=Payment.Failure.UNREACHABLE, now=now)
        raise
    payment.provider_id, payment.page_url = page.provider_id, page.url
    payment.save(update_fields=["provider_id", "page_url"])
    return payment


@transaction.atomic(durable=True)
def _open_payment(*, booking_id: int, now: datetime) -> Payment:
    booking = lock_booking(booking_id)
    if booking.status != Booking.Status.AWAITING_PAYMENT or not booking.is_live(now):
        raise HoldLapsedError
    amount = summarise(booking).total
    for payment in booking.payments.filter(status=Payment.Status.PENDING):
        if payment.amount == amount:
            return payment
    payment = Payment(booking=booking, gateway=settings.PAYMENT_GATEWAY, created_at=now)
    payment.amount = amount
    payment.save()
    return payment
