"""A booking's contact details corrected by staff: whoever has its address has its private link, and its credit."""

from django.db import transaction
from djmoney.money import Money

from accounts.models import User
from bookings.locks import lock_booking
from bookings.models import Booking
from bookings.services.audit import note_change
from bookings.services.lifecycle import Contact
from payments.errors import CreditAtAddressError
from payments.models import Refund
from ticketing.money import add_up

FIELDS = ("name", "phone", "email")


@transaction.atomic(durable=True)
def correct_contact(*, booking_id: int, contact: Contact, actor: User, reason: str) -> Booking:
    """Write whom to reach, with what it was before in the history; nothing where nothing differs.

    Another address while credit of this booking can be spent needs somebody who decides on refunds: the link to that
    credit would go there. Credit that comes later waits for a second person, see `promise_refund`.
    Raises CreditAtAddressError.
    """
    booking = lock_booking(booking_id)
    before = {field: str(getattr(booking, field)) for field in FIELDS}
    after = {field: str(getattr(contact, field)) for field in FIELDS}
    changed = [field for field in FIELDS if before[field] != after[field]]
    if not changed:
        return booking
    for field in changed:
        setattr(booking, field, after[field])
    if before["email"].casefold() != after["email"].casefold():
        left = credit_at_address(booking)
        if left and not actor.has_perm("payments.change_refund"):
            raise CreditAtAddressError(left=left)
        booking.email_corrected_by = actor
    booking.save(update_fields=[*FIELDS, "email_corrected_by"])
    said = "; ".join(f"{field} “{before[field]}” → “{after[field]}”" for field in changed)
    note_change(booking, actor_id=actor.pk, text=f"Corrected {said}.", reason=reason)
    return booking


def credit_at_address(booking: Booking) -> Money:
    """What of the credit that was given for this booking, or is on its way, can be spent."""
    given = Refund.objects.filter(payment__booking=booking, destination=Refund.Destination.CREDIT)
    open_credit = []
    for refund in given.exclude(status=Refund.Status.REJECTED).select_related("voucher"):
        voucher = getattr(refund, "voucher", None)
        open_credit.append(voucher.left if voucher else refund.amount)
    return add_up(open_credit, booking.currency)
