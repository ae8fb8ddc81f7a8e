"""Promo codes in baskets: a use is counted from the basket on, and free again when the basket lapses."""

from collections.abc import Collection
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q, QuerySet

from bookings.changes import FIRST_BOOKING
from bookings.contacts import marks_of
from bookings.errors import AccessLostError, CodeNeededError, OtherCodeError, PromoCodeGoneError
from bookings.locks import lock_promo_code
from bookings.models import Booking, BookingItem
from bookings.services.access import Access, list_closed
from bookings.services.baskets import lock_open_basket
from bookings.services.items import set_sums
from promotions.errors import PromoCodeElsewhereError, PromoCodeSpentError, PromoCodeUsedUpError
from promotions.models import PromoCode
from promotions.selectors import find_promo_code

# Counts whatever the time: money is there, or may be on its way.
PAID_OR_PAYING = [Booking.Status.AWAITING_PAYMENT, Booking.Status.CONFIRMED]
ANY = Q()


@transaction.atomic(durable=True)
def use_promo_code(*, booking_id: int, typed: str, now: datetime) -> Booking:
    """Take off what the code says, in place of any code before it.

    Raises HoldLapsedError, PaymentUnderWayError, PromoCodeUnknownError, PromoCodeTooEarlyError, PromoCodeOverError,
    PromoCodeUsedUpError, PromoCodeSpentError, PromoCodeElsewhereError, CodeNeededError.
    """
    booking = lock_open_basket(booking_id, now)
    code = find_promo_code(typed)
    code.check_dates(now)
    _check_not_needed(booking, code, now)
    booking.promo_code = code
    _check_uses(booking, now)
    booking.save(update_fields=["promo_code"])
    set_sums(booking)
    if booking.promo_code is None:
        raise PromoCodeElsewhereError
    return booking


@transaction.atomic(durable=True)
def drop_promo_code(*, booking_id: int, now: datetime) -> Booking:
    """The full prices again; its use is free for others.

    Raises HoldLapsedError, PaymentUnderWayError, and CodeNeededError where it opened what is in the basket.
    """
    booking = lock_open_basket(booking_id, now)
    _check_not_needed(booking, None, now)
    booking.promo_code = None
    booking.save(update_fields=["promo_code"])
    set_sums(booking)
    return booking


def secure_promo_code(booking: Booking, now: datetime) -> None:
    """Inner step: on the way to payment, now that we know who the customer is; the caller holds the booking's lock.

    Raises PromoCodeUsedUpError, PromoCodeSpentError, AccessLostError.
    """
    if booking.promo_code_id is None:
        return
    # Six baskets of one guest, all at this step, would refuse each other as baskets: one shall pass.
    rivals = Q(status__in=PAID_OR_PAYING)
    code = booking.promo_code if _goes_on(booking) else _check_uses(booking, now, rivals=rivals)
    if code and code.is_access_code and (closed := list_closed(booking, code, now)):
        raise AccessLostError(code=code, labels=_labels_of(closed))


def bring_code(
    booking: Booking,
    access: Access,
    category_ids: Collection[int | None],
    ticket_type_id: int | None,
    now: datetime,
) -> Access | None:
    """Inner step: the basket carries the code that its places of these categories need, and counts as a use of it.

    Returns None where they need none. Comes before any place is locked. Raises OtherCodeError,
    PromoCodeUsedUpError, PromoCodeSpentError.
    """
    if not access.is_needed(category_ids, ticket_type_id):
        return None
    if booking.promo_code_id not in {None, access.code.pk}:
        raise OtherCodeError(used=booking.promo_code, needed=access.code)
    if booking.promo_code_id is None:
        booking.promo_code = access.code
        _check_uses(booking, now)
        booking.save(update_fields=["promo_code"])
    return access


def _check_not_needed(booking: Booking, instead: PromoCode | None, now: datetime) -> None:
    """Raises CodeNeededError when the basket's code opens what the other one, or none, does not."""
    code = booking.promo_code
    if code and code.is_access_code and code != instead and (closed := list_closed(booking, instead, now)):
        raise CodeNeededError(code=code, labels=_labels_of(closed))


def _labels_of(items: Collection[BookingItem]) -> str:
    return "; ".join(item.place.label for item in items)


def secure_late_promo_code(booking: Booking, now: datetime) -> None:
    """Inner step: money came for a booking that had given its use back. Raises PromoCodeGoneError."""
    if booking.status == Booking.Status.AWAITING_PAYMENT:
        return
    try:
        secure_promo_code(booking, now)
    except (PromoCodeUsedUpError, PromoCodeSpentError, AccessLostError) as refusal:
        raise PromoCodeGoneError from refusal


def _goes_on(booking: Booking) -> bool:
    """Whether a change keeps the code of what it replaces: that is one use."""
    return booking.replaces is not None and booking.replaces.promo_code_id == booking.promo_code_id


def _check_uses(booking: Booking, now: datetime, rivals: Q = ANY) -> PromoCode:
    """`rivals` are those of the same customer's uses that count."""
    code = lock_promo_code(booking.promo_code_id or 0)
    others = list_uses(code, now).annotate(chain=FIRST_BOOKING).exclude(chain=booking.chain_id)
    if code.most_uses is not None and count_uses(others) >= code.most_uses:
        raise PromoCodeUsedUpError
    most = code.most_uses_per_customer
    same_customer = reduce(or_, marks_of(booking).values(), Q())
    if most is not None and same_customer and count_uses(others.filter(same_customer, rivals)) >= most:
        raise PromoCodeSpentError
    return code


def list_uses(code: PromoCode, now: datetime) -> QuerySet[Booking]:
    """The bookings that count: paid ones, those at payment, and baskets that have not lapsed."""
    in_basket = Q(status=Booking.Status.HELD, held_until__gt=now)
    return Booking.objects.filter(in_basket | Q(status__in=PAID_OR_PAYING), promo_code=code)


def count_uses(bookings: QuerySet[Booking]) -> int:
    """Bookings, each with all of its changes as one."""
    return bookings.order_by().values(chain=FIRST_BOOKING).distinct().count()
