"""Whose address it is: what a session asks that lets nobody around its limit with addresses that are made up."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.models import User
from accounts.selectors import list_verified_addresses
from bookings.contacts import email_key
from bookings.errors import EmailNeededError, EmailUnverifiedError
from bookings.models import Booking


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who goes to payment with this address. `verified_keys` are those that their browser has shown to be theirs."""

    key: str
    buyer: User | None = None
    verified_keys: Collection[str] = ()


def check_address(booking: Booking, visitor: Visitor) -> None:
    """Inner step: refuse an address that nobody has shown to be theirs; the caller holds the lock, and saves.

    Raises EmailNeededError, EmailUnverifiedError.
    """
    if not visitor.key:
        raise EmailNeededError
    # What was typed is not what is kept when another window was quicker, or a payment for it is under way.
    if booking.email_key != visitor.key or not _is_theirs(booking, visitor):
        raise EmailUnverifiedError
    booking.verified_key = visitor.key


def is_verified(booking: Booking) -> bool:
    """Whether the address it counts by is the verified one; staff answer for what they corrected."""
    return booking.verified_key == booking.email_key != "" or booking.email_corrected_by_id is not None


def _is_theirs(booking: Booking, visitor: Visitor) -> bool:
    if visitor.key == booking.verified_key or visitor.key in visitor.verified_keys:
        return True
    addresses = list_verified_addresses(visitor.buyer) if visitor.buyer else []
    return visitor.key in map(email_key, addresses)
