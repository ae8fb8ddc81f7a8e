"""The steps of a booking's life, short enough to read in a test."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from bookings.locks import lock_booking
from bookings.models import Booking
from bookings.selectors import summarise
from bookings.services.best import hold_best_places
from bookings.services.holds import hold_places
from bookings.services.lifecycle import Contact, confirm_booking, start_checkout
from events.models import EventSession
from payments.gateways.base import PaymentState
from payments.models import Payment
from payments.services.outcome import apply_state
from tests.factories import NOON, get_seat_ids

CONTACT = Contact(name="Alice", phone="+436601234567", email="alice@example.com")


def hold(
    event_session: EventSession,
    seats: str = "",
    *,
    standing: Mapping[int, int] | None = None,
    seat_ids: Sequence[int] | None = None,
    basket: Booking | None = None,
    buyer: User | None = None,
    ticket_type_id: int | None = None,
    codes: Sequence[str] = (),
    now: datetime = NOON,
) -> Booking:
    return hold_places(
        event_session_id=event_session.pk,
        seat_ids=seat_ids if seat_ids is not None else get_seat_ids(event_session, seats),
        standing=standing or {},
        booking_id=basket.pk if basket else None,
        buyer=buyer,
        ticket_type_id=ticket_type_id,
        codes=codes,
        now=now,
    )


def ask_best(
    event_session: EventSession,
    count: int,
    *,
    category_id: int | None = None,
    ticket_type_id: int | None = None,
    is_accessible: bool = False,
    basket: Booking | None = None,
    buyer: User | None = None,
    codes: Sequence[str] = (),
    now: datetime = NOON,
) -> Booking:
    return hold_best_places(
        event_session_id=event_session.pk,
        category_id=category_id,
        ticket_type_id=ticket_type_id,
        count=count,
        is_accessible=is_accessible,
        booking_id=basket.pk if basket else None,
        buyer=buyer,
        codes=codes,
        now=now,
    )


def confirm(booking: Booking, now: datetime = NOON) -> Booking:
    """Tickets without money, for tests that are about something else."""
    with transaction.atomic():
        locked = lock_booking(booking.pk)
        if locked.status == Booking.Status.HELD:
            # Paid in time: money that comes for a basket counts against the customer's limit as late money does.
            locked.move_to(Booking.Status.AWAITING_PAYMENT)
        confirm_booking(locked, now)
    return locked


def go_to_payment(booking: Booking, *, now: datetime = NOON, provider_id: str = "") -> Payment:
    """Checkout, and an attempt as if the provider had opened its page."""
    booking = start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=now)
    return Payment.objects.create(
        booking=booking,
        gateway="sandbox",
        provider_id=provider_id or f"pay_{booking.pk}_{booking.payments.count()}",
        amount=summarise(booking).total,
        created_at=now,
    )


def paid(payment: Payment, **changes: object) -> PaymentState:
    """What the provider says when the money is there."""
    facts = {"provider_id": payment.provider_id, "status": "paid", "amount": payment.amount}
    return PaymentState(**(facts | changes))  # type: ignore[arg-type]


def pay(payment: Payment, now: datetime = NOON) -> Payment:
    return apply_state(payment_id=payment.pk, state=paid(payment), now=now)
