"""The code that shows a guest's address to be theirs: mailed, and typed in again."""

from datetime import datetime

from django.db import transaction

from bookings.contacts import email_key
from bookings.errors import EmailCodeError, EmailCodeSpentError, EmailCodesUsedUpError, HoldLapsedError
from bookings.locks import lock_booking, take_try
from bookings.models import Booking, EmailCode
from bookings.models.email_code import MOST_TRIES, make_nonce
from bookings.throttle import count_email_code
from ticketing.outbox.services import publish

# Each may be tried a few times, so that a script has next to no chance with a million of them.
MOST_CODES = 5


def send_code(*, booking_id: int, email: str, network: str, now: datetime, is_asked: bool = False) -> EmailCode:
    """Mail a new code for the basket to this address, and let no older one work any more.

    One that still works for the address stays, unless another `is_asked` for. Raises HoldLapsedError,
    TooManyEmailCodesError, EmailCodesUsedUpError.
    """
    kept = EmailCode.objects.filter(booking=booking_id).first()
    if kept is not None and not is_asked and _works(kept, email, now):
        return kept
    count_email_code(network, email_key(email))
    return _renew(booking_id, email, now, is_asked=is_asked)


@transaction.atomic(durable=True)
def _renew(booking_id: int, email: str, now: datetime, *, is_asked: bool) -> EmailCode:
    booking = lock_booking(booking_id)
    if not booking.is_live(now):
        raise HoldLapsedError
    code = EmailCode.objects.filter(booking=booking).first() or EmailCode(booking=booking)
    if code.pk and not is_asked and _works(code, email, now):
        return code
    if code.sent >= MOST_CODES:
        raise EmailCodesUsedUpError
    code.email, code.nonce, code.tries, code.valid_until = email, make_nonce(), 0, now + EmailCode.LIFE
    code.sent += 1
    code.save()
    publish("bookings.email_code_wanted", code_id=code.pk, number=code.sent)
    return code


def verify_code(*, booking_id: int, typed: str, now: datetime) -> str:
    """Take the code that was typed; the basket's address is verified then, and its `email_key` comes back.

    Raises HoldLapsedError, EmailCodeSpentError, EmailCodeError. Never call it in a transaction: that would take back
    a wrong try with everything else.
    """
    code = EmailCode.objects.select_related("booking").filter(booking=booking_id).first()
    if code is None:
        raise EmailCodeSpentError
    if not code.booking.is_live(now):
        raise HoldLapsedError
    if not take_try(code, now):
        raise EmailCodeSpentError
    if not code.fits(typed):
        raise EmailCodeSpentError if code.tries + 1 >= MOST_TRIES else EmailCodeError
    key = email_key(code.email)
    Booking.objects.filter(pk=booking_id, status__in=Booking.OPEN).update(verified_key=key)
    return key


def _works(code: EmailCode, email: str, now: datetime) -> bool:
    return code.email == email and not code.is_spent(now)
