import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction

from bookings.errors import HoldLapsedError
from bookings.locks import lock_booking
from bookings.models import Booking
from bookings.selectors import summarise
from payments.errors import GatewayRefusedError, GatewayUnavailableError
from payments.gateways.registry import get_gateway
from payments.methods import Method
from payments.models import Payment
from payments.offers import Offer
from payments.services.charging import charge_saved, describe, giving_up
from payments.services.settling import abandon_payment
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


def start_payment(*, booking_id: int, offer: Offer, now: datetime) -> Payment:
    """Open a page at the provider for a booking that went to checkout, or charge a saved card at once.

    Pressing the button twice leads to the same page; another way to pay closes the page before. Raises
    HoldLapsedError, GatewayUnavailableError, GatewayRefusedError; after the last two the basket may be
    changed or paid again.
    """
    payment = retry_on_conflict(lambda: _open_payment(booking_id=booking_id, offer=offer, now=now))
    if offer.saved is not None:
        charge_saved(payment, offer.saved, now)
    elif not payment.page_url:
        _open_page(payment, now)
    _close_other_pages(payment, now)
    return payment


def _open_page(payment: Payment, now: datetime) -> None:
    page_address = settings.SITE_URL + payment.get_absolute_url()
    with giving_up(payment, now):
        page = get_gateway(payment.gateway).create_payment(
            reference=str(payment.public_id),
            amount=payment.amount,
            method=Method(payment.method),
            description=describe(payment),
            return_url=page_address,
            cancel_url=f"{page_address}?outcome=cancelled",
            expires_at=payment.booking.held_until,
        )
    payment.provider_id, payment.page_url = page.provider_id, page.url
    payment.save(update_fields=["provider_id", "page_url"])


def _close_other_pages(payment: Payment, now: datetime) -> None:
    """The customer chose again: nobody shall pay on the page before. If somebody does, that money goes back."""
    others = payment.booking.payments.filter(status=Payment.Status.PENDING).exclude(pk=payment.pk)
    for other_id in others.values_list("pk", flat=True):
        try:
            abandon_payment(payment_id=other_id, now=now)
        except (GatewayUnavailableError, GatewayRefusedError):
            logger.info("page not closed", extra={"payment_id": other_id})


@transaction.atomic(durable=True)
def _open_payment(*, booking_id: int, offer: Offer, now: datetime) -> Payment:
    booking = lock_booking(booking_id)
    if booking.status != Booking.Status.AWAITING_PAYMENT or not booking.is_live(now):
        raise HoldLapsedError
    amount = summarise(booking).total
    same = booking.payments.filter(
        status=Payment.Status.PENDING, gateway=offer.gateway, method=offer.method, saved_method=offer.saved
    )
    for payment in same:
        # A charge whose saved card was deleted meanwhile has an id and no page.
        is_other_charge = offer.saved is None and payment.provider_id and not payment.page_url
        if payment.amount == amount and not is_other_charge:
            return payment
    payment = Payment(
        booking=booking, gateway=offer.gateway, method=offer.method, saved_method=offer.saved, created_at=now
    )
    payment.amount = amount
    payment.save()
    return payment
