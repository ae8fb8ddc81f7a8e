"""Any order of what customers, clocks and providers do leaves the inventory and the money in order."""

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from bookings import invariants as inventory
from bookings.models import Booking
from bookings.services.holds import hold_places, release_booking, renew_hold
from bookings.services.lifecycle import expire_booking
from events.models import EventSession
from payments import invariants as money
from payments.gateways.base import PaymentState, RefundState
from payments.models import Payment, Refund
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.outcome import apply_state
from payments.services.refunds import retry_refund, settle_refund
from tests.booking import go_to_payment, pay
from tests.factories import NOON, get_seat_ids, make_event_session
from tests.properties import PHASES
from ticketing.errors import DomainError

STEPS = ["hold", "renew", "wait", "sweep", "checkout", "pay", "decline", "abandon", "release", "cancel"]
STEPS += ["cancel_some", "goodwill", "settle"]
CUSTOMERS = 3


class Life:
    """A few customers around four seats and two standing places, and one clock."""

    def __init__(self, event_session: EventSession) -> None:
        self.event_session = event_session
        self.seat_ids = get_seat_ids(event_session, "A1 A2 A3 B1")
        self.floor = event_session.plan.sections.get(name="Floor").pk
        self.now: datetime = NOON
        self.baskets: dict[int, Booking] = {}
        self.payments: list[Payment] = []
        self.staff = User.objects.get_or_create(email="fiona@example.com")[0]

    def step(self, what: str, customer: int, which: int) -> None:
        with suppress(DomainError):
            getattr(self, what)(customer, which)

    def hold(self, customer: int, which: int) -> None:
        basket = self.baskets.get(customer)
        self.baskets[customer] = hold_places(
            event_session_id=self.event_session.pk,
            seat_ids=self.seat_ids[which : which + 2],
            standing={self.floor: which % 2},
            booking_id=basket.pk if basket else None,
            buyer=None,
            now=self.now,
        )

    def wait(self, customer: int, which: int) -> None:
        self.now += timedelta(minutes=4 * (which + 1))

    def sweep(self, customer: int, which: int) -> None:
        for booking in Booking.objects.filter(items__event_session=self.event_session).distinct():
            expire_booking(booking_id=booking.pk, now=self.now)

    def renew(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            renew_hold(booking_id=basket.pk, now=self.now)

    def checkout(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            self.payments.append(go_to_payment(basket, now=self.now))

    def pay(self, customer: int, which: int) -> None:
        if self.payments:
            pay(self.payments[which % len(self.payments)], now=self.now)

    def decline(self, customer: int, which: int) -> None:
        self.fail(which, "declined", still_open=True)

    def abandon(self, customer: int, which: int) -> None:
        self.fail(which, "abandoned", still_open=False)

    def fail(self, which: int, failure: str, *, still_open: bool) -> None:
        if not self.payments:
            return
        payment = self.payments[which % len(self.payments)]
        state = PaymentState(
            provider_id=payment.provider_id, status="failed", failure=failure, can_still_be_paid=still_open
        )
        apply_state(payment_id=payment.pk, state=state, now=self.now)

    def release(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            release_booking(booking_id=basket.pk, now=self.now)

    def cancel(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            cancel_booking(booking_id=basket.pk, now=self.now)

    def cancel_some(self, customer: int, which: int) -> None:
        """One ticket at a time; now and then the fee is kept."""
        if basket := self.baskets.get(customer):
            tickets = list(basket.tickets.order_by("pk"))[which : which + 1]
            kept = tickets[0].item.fee.amount if tickets and which % 2 else Decimal(0)
            cancel_tickets(booking_id=basket.pk, ticket_ids=[each.pk for each in tickets], kept=kept, now=self.now)

    def goodwill(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            refund_amount(
                booking_id=basket.pk,
                amount=Decimal(7),
                key=f"{basket.pk}-{which}",
                note="",
                now=self.now,
                actor=self.staff,
            )

    def settle(self, customer: int, which: int) -> None:
        """The provider's word on any refund, in any order, also twice."""
        refunds = list(Refund.objects.filter(payment__in=self.payments).order_by("pk"))
        if refunds:
            word = "failed" if which == 3 else "succeeded"
            state = RefundState(provider_id=f"re_{which}", status=word, error="no funds" if which == 3 else "")
            settle_refund(refund_id=refunds[which % len(refunds)].pk, state=state, now=self.now)
            retry_refund(refund_id=refunds[which % len(refunds)].pk)


# Lives that end somewhere are rare among random ones, so each begins with a purchase under way.
BEGINNING = [("hold", 0, 0), ("checkout", 0, 0)]
step = st.tuples(st.sampled_from(STEPS), st.integers(0, CUSTOMERS - 1), st.integers(0, 3))


@pytest.mark.django_db
@settings(max_examples=60, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(step, max_size=14))
def test_no_order_of_events_breaks_inventory_or_money(steps):
    life = Life(make_event_session("A1 A2 A3 B1", {"Floor": 2}, customer_limit=4))

    for what, customer, which in [*BEGINNING, *steps]:
        life.step(what, customer, which)
        assert not [*inventory.find_breaches(), *money.find_breaches()], (what, customer, which)

    assert_every_payer_is_served(life)


def assert_every_payer_is_served(life: Life) -> None:
    """Whoever paid has valid tickets, or a refund."""
    for payment in Payment.objects.filter(pk__in=[each.pk for each in life.payments], status=Payment.Status.PAID):
        assert payment.booking.tickets.filter(status="valid").exists() or payment.refunds.exists()


@pytest.mark.django_db
def test_the_checks_see_a_place_with_a_second_owner():
    event_session = make_event_session("A1 A2")
    life_now = timezone.now()
    first = hold_places(
        event_session_id=event_session.pk,
        seat_ids=get_seat_ids(event_session, "A1"),
        standing={},
        booking_id=None,
        buyer=None,
        now=NOON,
    )
    expire_booking(booking_id=first.pk, now=life_now + timedelta(days=9999))
    event_session.places.filter(seat__isnull=False).update(state="held", booking=first, held_until=NOON)

    assert list(inventory.find_breaches())
