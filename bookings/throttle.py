"""How much one address may try: seats that a script keeps from everyone else cost it nothing, nor does guessing."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from bookings.errors import TooManyBasketsError, TooManyCodesError, TooManyEmailCodesError, TooManyQuestionsError
from bookings.waiting_list_errors import TooManyEntriesError
from promotions.errors import PromoCodeUnknownError
from ticketing.errors import DomainError
from ticketing.redis import redis_client

logger = logging.getLogger(__name__)


@contextmanager
def counted_begin(address: str) -> Iterator[None]:
    """Begin a basket inside; one that does not come about is not counted. Raises TooManyBasketsError.

    Without Redis nobody is turned away.
    """
    limit = settings.GUEST_BASKETS_PER_ADDRESS
    if not limit:
        yield
        return
    key = f"baskets-begun:{address}"
    count, seconds_left = _add(key)
    if count > limit:
        _take_back(key)
        raise TooManyBasketsError(minutes=max(1, seconds_left // 60), seconds=seconds_left)
    try:
        yield
    except BaseException:
        _take_back(key)
        raise


@contextmanager
def counted_guess(address: str, *, unknown: type[DomainError] = PromoCodeUnknownError) -> Iterator[None]:
    """Look up a code inside; only unknown ones are counted, which it tells by that error. Raises TooManyCodesError.

    Without Redis nobody is turned away.
    """
    limit = settings.WRONG_CODES_PER_ADDRESS
    key = f"codes-guessed:{address}"
    count, seconds_left = _add(key) if limit else (0, 0)
    if count > limit:
        _take_back(key)
        raise TooManyCodesError(minutes=max(1, seconds_left // 60), seconds=seconds_left)
    is_unknown = False
    try:
        yield
    except unknown:
        is_unknown = True
        raise
    finally:
        if limit and not is_unknown:
            _take_back(key)


def _add(key: str) -> tuple[int, int]:
    """The count with this one, and the seconds until it starts anew."""
    try:
        pipe = redis_client().pipeline()
        pipe.set(key, 0, ex=settings.HOLD_PERIOD, nx=True)
        pipe.incr(key)
        pipe.ttl(key)
        _, count, seconds_left = pipe.execute()
    except RedisError:
        logger.warning("baskets not counted, Redis is away")
        return 0, 0
    return int(count), max(1, int(seconds_left))


def _take_back(key: str) -> None:
    try:
        # Lapsed meanwhile, it would begin below zero and never end.
        if redis_client().decr(key) < 0:
            redis_client().delete(key)
    except RedisError:
        logger.warning("baskets not counted, Redis is away")


# Within HOLD_PERIOD. Enough for someone who mistypes; too few for a script that tries references.
LINKS_ASKED_PER_ADDRESS = 10
LINKS_SENT_PER_BOOKING = 3
# A family's worth: every entry is mailed to an address that nobody has confirmed.
ENTRIES_PER_ADDRESS = 10
EMAIL_CODES_PER_NETWORK = 20
EMAIL_CODES_PER_MAILBOX = 5


def count_question(address: str) -> None:
    """Somebody asks for the link of a booking; raises TooManyQuestionsError. Without Redis nobody is turned away."""
    count, seconds_left = _add(f"links-asked:{address}")
    if count > LINKS_ASKED_PER_ADDRESS:
        raise TooManyQuestionsError(minutes=max(1, seconds_left // 60), seconds=seconds_left)


def may_send_link(booking_id: int) -> bool:
    """Whether its owner's letter box is spared when many ask for the same booking."""
    count, _ = _add(f"links-sent:{booking_id}")
    return count <= LINKS_SENT_PER_BOOKING


def count_entry(address: str) -> None:
    """Somebody joins a waiting list; raises TooManyEntriesError. Without Redis nobody is turned away."""
    count, seconds_left = _add(f"lists-joined:{address}")
    if count > ENTRIES_PER_ADDRESS:
        raise TooManyEntriesError(minutes=max(1, seconds_left // 60), seconds=seconds_left)


def count_email_code(network: str, key: str) -> None:
    """Somebody wants a code mailed; raises TooManyEmailCodesError. Without Redis nobody is turned away.

    `key` is the address as `bookings.contacts.email_key` has it: nobody's letter box is filled from many networks.
    """
    # Redis learns no address.
    mailbox = salted_hmac("bookings.throttle", key).hexdigest()
    for name, limit in ((network, EMAIL_CODES_PER_NETWORK), (mailbox, EMAIL_CODES_PER_MAILBOX)):
        count, seconds_left = _add(f"email-codes:{name}")
        if count > limit:
            raise TooManyEmailCodesError(minutes=max(1, seconds_left // 60), seconds=seconds_left)
