"""Promo codes in baskets: a use is counted from the basket on, and free again when the basket lapses."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from bookings.errors import PromoCodeGoneError
from bookings.locks import lock_promo_code
from bookings.models import Booking
from bookings.services.baskets import lock_open_basket
from bookings.services.items import set_sums
from promotions.errors import PromoCodeElsewhereError, PromoCodeSpentError, PromoCodeUsedUpError
from promotions.models import PromoCode
from promotions.selectors import find_promo_code

# Counts whatever the time: money is there, or may be on its way.
PAID_OR_PAYING = [Booking.Status.AWAITING_PAYMENT, Booking.Status.CONFIRMED]


@transaction.atomic(durable=True)
def use_promo_code(*, booking_id: int, typed: str, now: datetime) -> Booking:
    """Take off what the code says, in place of any code before it.

    Raises HoldLapsedError, PaymentUnderWayError, PromoCodeUnknownError, PromoCodeTooEarlyError, PromoCodeOverError,
    PromoCodeUsedUpError, PromoCodeSpentError, PromoCodeElsewhereError.
    """
    booking = lock_open_basket(booking_id, now)
    code = find_promo_code(typed)
    code.check_dates(now)
    booking.promo_code = code
    _check_uses(booking, now)
    booking.save(update_fields=["promo_code"])
    set_sums(booking)
    if booking.promo_code is None:
        raise PromoCodeElsewhereError
    return booking


@transaction.atomic(durable=True)
def drop_promo_code(*, booking_id: int, now: datetime) -> Booking:
    """The full prices again; its use is free for others. Raises HoldLapsedError, PaymentUnderWayError."""
    booking = lock_open_basket(booking_id, now)
    booking.promo_code = None
    booking.save(update_fields=["promo_code"])
    set_sums(booking)
    return booking


def secure_promo_code(booking: Booking, now: datetime) -> None:
    """Inner step: on the way to payment, now that we know who the customer is; the caller holds the booking's lock.

    Raises PromoCodeUsedUpError, PromoCodeSpentError.
    """
    if booking.promo_code_id is not None:
        _check_uses(booking, now)


def secure_late_promo_code(booking: Booking, now: datetime) -> None:
    """Inner step: money came for a booking that had given its use back. Raises PromoCodeGoneError."""
    if booking.status == Booking.Status.AWAITING_PAYMENT:
        return
    try:
        secure_promo_code(booking, now)
    except (PromoCodeUsedUpError, PromoCodeSpentError) as refusal:
        raise PromoCodeGoneError from refusal


def _check_uses(booking: Booking, now: datetime) -> None:
    code = lock_promo_code(booking.promo_code_id or 0)
    others = list_uses(code, now).exclude(pk=booking.pk)
    if code.most_uses is not None and others.count() >= code.most_uses:
        raise PromoCodeUsedUpError
    most = code.most_uses_per_customer
    if most is not None and (customer := _same_customer(booking)) and others.filter(customer).count() >= most:
        raise PromoCodeSpentError


def list_uses(code: PromoCode, now: datetime) -> QuerySet[Booking]:
    """The bookings that count: paid ones, those at payment, and baskets that have not lapsed."""
    in_basket = Q(status=Booking.Status.HELD, held_until__gt=now)
    return Booking.objects.filter(in_basket | Q(status__in=PAID_OR_PAYING), promo_code=code)


def _same_customer(booking: Booking) -> Q:
    """By account, email address or phone number; empty for a guest who named none yet."""
    same = Q()
    if booking.buyer_id is not None:
        same |= Q(buyer=booking.buyer_id)
    if booking.email:
        same |= Q(email__iexact=booking.email)
    if booking.phone:
        same |= Q(phone=booking.phone)
    return same
