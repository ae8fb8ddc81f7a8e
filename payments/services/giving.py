"""Gift vouchers that staff give at the house's expense: at once, or above a limit once a second person agrees."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import User
from bookings.locks import lock_booking, lock_customer
from bookings.models import Booking
from bookings.services.lifecycle import close_booking
from payments.errors import SamePersonError
from payments.gift_errors import GiftDecidedError
from payments.limits import is_gift_above_limit
from payments.models import GiftVoucher
from payments.services.gifts import GiftWish, put_in
from payments.services.issuing_gifts import issue_gift
from payments.services.ledger import post_gift_given
from ticketing.outbox.services import publish

# Nobody decided by then: it lapses as any basket does.
DECIDED_WITHIN = timedelta(days=30)


@transaction.atomic(durable=True)
def give_gift(*, wish: GiftWish, reason: str, actor: User, now: datetime) -> GiftVoucher:
    """Staff give a voucher that nobody pays, for a reason; the house owes it from now on.

    Above the limit there is none before `approve_gift`.
    """
    # Two at once shall not be below the limit each.
    lock_customer(actor.pk)
    booking = Booking(
        name=wish.recipient_name,
        currency=settings.DEFAULT_CURRENCY,
        created_at=now,
        held_until=now + DECIDED_WITHIN,
    )
    gift = put_in(booking, wish)
    needs_approval = is_gift_above_limit(gift.amount, actor, now)
    gift.given_by, gift.reason = actor, reason
    gift.save(update_fields=["given_by", "reason"])
    if needs_approval:
        publish("payments.decision_wanted", what="gift", row_id=gift.pk)
    else:
        _issue(gift, booking, now)
    return GiftVoucher.objects.select_related("booking").get(pk=gift.pk)


@transaction.atomic(durable=True)
def approve_gift(*, gift_id: int, actor: User, now: datetime) -> GiftVoucher:
    """A second person agrees: the voucher is issued. Raises GiftDecidedError, SamePersonError."""
    gift, booking = _lock_undecided(gift_id, now)
    if gift.given_by_id == actor.pk:
        raise SamePersonError
    _note(gift, actor)
    _issue(gift, booking, now)
    return gift


@transaction.atomic(durable=True)
def reject_gift(*, gift_id: int, actor: User, now: datetime) -> GiftVoucher:
    """It is not given after all; whoever wanted to give it may withdraw it too. Raises GiftDecidedError."""
    gift, booking = _lock_undecided(gift_id, now)
    _note(gift, actor)
    close_booking(booking, now, actor_id=actor.pk)
    return gift


def _lock_undecided(gift_id: int, now: datetime) -> tuple[GiftVoucher, Booking]:
    booking = lock_booking(GiftVoucher.objects.values_list("booking_id", flat=True).get(pk=gift_id))
    gift = GiftVoucher.objects.get(pk=gift_id)
    gift.booking = booking
    if not gift.is_undecided or not booking.is_live(now):
        raise GiftDecidedError
    return gift, booking


def _note(gift: GiftVoucher, actor: User) -> None:
    gift.decided_by = actor
    gift.save(update_fields=["decided_by"])


def _issue(gift: GiftVoucher, booking: Booking, now: datetime) -> None:
    booking.move_to(Booking.Status.CONFIRMED)
    booking.confirmed_at = now
    booking.save(update_fields=["status", "confirmed_at"])
    post_gift_given(booking, now)
    issue_gift(booking, now)
