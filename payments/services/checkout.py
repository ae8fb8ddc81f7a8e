import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import transaction
from djmoney.money import Money

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

    Pressing the button twice leads to the same page; another way to pay closes the pages before, also when
    two windows choose at once. An attempt that was closed meanwhile has no `page_url`. Raises HoldLapsedError,
    GatewayUnavailableError, GatewayRefusedError; after the last two the basket may be changed or paid again.
    """
    payment, earlier = retry_on_conflict(lambda: _open_payment(booking_id=booking_id, offer=offer, now=now))
    if offer.saved is not None:
        charge_saved(payment, offer.saved, now)
    elif not payment.page_url:
        _open_page(payment, now)
    _close_pages(earlier, now)
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
    still_open = Payment.objects.filter(pk=payment.pk, status=Payment.Status.PENDING)
    if still_open.update(provider_id=page.provider_id, page_url=page.url):
        payment.provider_id, payment.page_url = page.provider_id, page.url
        return
    # Another window chose while this page was made: what nobody is sent to, nobody shall pay on.
    Payment.objects.filter(pk=payment.pk).update(provider_id=page.provider_id)
    with not_now(payment.pk):
        get_gateway(payment.gateway).cancel_payment(page.provider_id)


def _close_pages(payment_ids: Iterable[int], now: datetime) -> None:
    """The customer chose again: nobody shall pay on the pages before. If somebody does, that money goes back."""
    for payment_id in payment_ids:
        with not_now(payment_id):
            abandon_payment(payment_id=payment_id, now=now)


@contextmanager
def not_now(payment_id: int) -> Iterator[None]:
    """A provider that does not close a page keeps nobody from paying on another one."""
    try:
        yield
    except (GatewayUnavailableError, GatewayRefusedError):
        logger.info("page not closed", extra={"payment_id": payment_id})


@transaction.atomic(durable=True)
def _open_payment(*, booking_id: int, offer: Offer, now: datetime) -> tuple[Payment, list[int]]:
    """The attempt, and those that were chosen before it: of two choices at once, the later one stays open."""
    booking = lock_booking(booking_id)
    if booking.status != Booking.Status.AWAITING_PAYMENT or not booking.is_live(now):
        raise HoldLapsedError
    amount = summarise(booking).total
    earlier = list(booking.payments.filter(status=Payment.Status.PENDING).order_by("-pk"))
    # Only the newest: an older one may be about to be closed by the window that chose after it.
    if earlier and is_same(earlier[0], offer, amount):
        payment = earlier.pop(0)
    else:
        payment = Payment(
            booking=booking, gateway=offer.gateway, method=offer.method, saved_method=offer.saved, created_at=now
        )
        payment.amount = amount
        payment.save()
    return payment, [each.pk for each in earlier]


def is_same(payment: Payment, offer: Offer, amount: Money) -> bool:
    # A charge whose saved card was deleted meanwhile has an id and no page.
    is_other_charge = offer.saved is None and payment.provider_id and not payment.page_url
    chosen = (offer.gateway, offer.method, offer.saved.pk if offer.saved else None, amount)
    known = (payment.gateway, payment.method, payment.saved_method_id, payment.amount)
    return known == chosen and not is_other_charge
