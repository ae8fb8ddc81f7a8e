"""Guests who confirm their address on the way to payment."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from accounts.models import User
from bookings.models import Booking, EmailCode
from bookings.services.email_codes import send_code, verify_code
from bookings.services.lifecycle import Contact, start_checkout
from tests.booking import CONTACT
from tests.factories import NOON

BOB = replace(CONTACT, name="Bob", phone="+436607654321", email="bob@example.com")
KEY = "alice@example.com"


def check_out(
    booking: Booking, contact: Contact = CONTACT, buyer: User | None = None, now: datetime = NOON, **more: Any
) -> Booking:
    return start_checkout(booking_id=booking.pk, contact=contact, buyer=buyer, now=now, **more)


def ask(booking: Booking, email: str = CONTACT.email, now: datetime = NOON, **more: Any) -> EmailCode:
    """Have a code mailed."""
    return send_code(booking_id=booking.pk, email=email, network="192.0.2.1", now=now, **more)


def type_in(booking: Booking, typed: str, now: datetime = NOON) -> str:
    return verify_code(booking_id=booking.pk, typed=typed, now=now)


def prove(booking: Booking, email: str = CONTACT.email) -> str:
    return type_in(booking, ask(booking, email).digits)
