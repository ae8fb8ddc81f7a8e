"""What a basket that lapsed leaves to the next one."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from bookings.contacts import email_key
from bookings.models import Booking

UNPAID = [Booking.Status.HELD, Booking.Status.EXPIRED]


@transaction.atomic(durable=True)
def note_typed(*, access_key: str, buyer: User | None, typed: Mapping[str, str]) -> None:
    """Write name, phone and email that were typed over the end of the time into the basket that they were typed for.

    Empty ones stay as they were. One that was paid, given back, or is another account's stays as it is.
    """
    known = {field: typed[field] for field in ("name", "phone", "email") if typed.get(field)}
    if "email" in known:
        known["email_key"] = email_key(known["email"])
    if known:
        Booking.objects.filter(access_key=access_key, status__in=UNPAID, buyer=buyer).update(**known)


@transaction.atomic(durable=True)
def keep_typed(*, booking_id: int, earlier_key: str) -> None:
    """Whose time ran out at the checkout types name, number and address only once.

    `earlier_key` opens the basket before; one that was paid, given back, or is somebody else's account's tells nothing.
    """
    unpaid = Booking.objects.filter(status__in=UNPAID, access_key=earlier_key)
    earlier = unpaid.exclude(pk=booking_id).exclude(phone="").first()
    if earlier is not None:
        booking = Booking.objects.filter(pk=booking_id, buyer=earlier.buyer_id, phone="")
        booking.update(name=earlier.name, phone=earlier.phone, email=earlier.email, email_key=earlier.email_key)
