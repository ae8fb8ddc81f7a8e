"""The house and its clock, and the way back to an earlier moment."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from unittest.mock import patch

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from bookings.services.lifecycle import Contact
from events.models import EventSession
from payments import vault
from payments.models import Refund, SavedMethod
from payments.sandbox.cards import CardForm
from payments.sandbox.saving import Wish
from payments.sandbox.web import RefusalError
from promotions.models import PromoCode
from tests.factories import NOON, make_event, make_event_session, make_plan, make_user
from tests.still_provider import URL, StillProvider
from tests.troubles import Boundaries
from tests.vouchers import make_voucher
from ticketing.errors import DomainError
from ticketing.outbox.models import Message
from venues.models import Seat, SeatingPlan, Section

T = TypeVar("T")
REFUSALS = (DomainError, RefusalError)  # Said no to by us, or by the provider.
TEST_CARDS = ("4242424242424242", "4000000000000002", "4000002760003184")  # Pays, is declined, asks the bank.
# Free of charge for most of a day, then half of the price is kept and all of the fees.
POLICY = {"refund_free_hours": 150, "refund_kept_percent": 50, "refund_keeps_fees": True}
POLICY |= {"transfers_per_ticket": 2, "takes_returns": True, "change_free_hours": 120}
# One takes a share off everything, for two people; the other a sum off standing places.
CODES = ("SPRING", "FLOOR")


def prepare(settings: Any) -> None:
    """The site's settings for such a world (pytest-django's `settings`)."""
    StillProvider.apply_to(settings)
    settings.REFUND_APPROVAL_LIMIT = Decimal(30)


def make_house() -> EventSession:
    """Seats and standing places of two categories, with fees and tax; one session for any number of worlds."""
    # Worth one ticket with its fees, and a part of another one.
    make_voucher("60.00", now=NOON - timedelta(days=1))
    Message.objects.all().delete()
    PromoCode.objects.create(code=CODES[0], percent=20, most_uses=2, most_uses_per_customer=1)
    PromoCode.objects.create(code=CODES[1], amount=5, categories="Floor", most_uses_per_customer=2)
    event = make_event(fee_per_ticket="1.50", fee_per_booking="2.00", tax_percent="10", **POLICY)
    return make_event_session("A1 A2 A3 A4 B1", {"Floor": 3}, event=event, customer_limit=4, price="45.00")


def make_other_hall() -> SeatingPlan:
    """Where the date may move to: some find the same seat, some another one, and some none."""
    return make_plan("A1 A2 C1 C2", {"Floor": 2})


def contact_of(customer: int) -> Contact:
    """Without an address nobody is written to: mails with their PDF are slow, and tested elsewhere."""
    return Contact(name=f"Customer {customer}", phone=f"+436601234{500 + customer}", email="")


class Ground:
    """What all actors stand on, and what is written down about them."""

    def __init__(self, event_session: EventSession, boundaries: Boundaries) -> None:
        self.now: datetime = NOON
        self.provider = StillProvider(boundaries)
        self.event_session = event_session
        self.plans = (event_session.plan_id, make_other_hall().pk)
        self.baskets: dict[int, int] = {}
        self.received: set[str] = set()
        self.may_be_kept: dict[int, Decimal] = {}
        self.fiona, self.olga = make_user("fiona"), make_user("olga")
        # The purchases that credit was made of.
        self.earlier = list(Booking.objects.values_list("pk", flat=True))
        self.cards = [self._save_card(number) for number in TEST_CARDS]

    def _booking(self, customer: int) -> Booking | None:
        """The basket of this customer, or what they bought; an open change stands for the booking it would replace."""
        booking = Booking.objects.filter(pk=self.baskets.get(customer)).first()
        return booking.replaces if booking and booking.replaces and not booking.is_confirmed else booking

    @property
    def seat_ids(self) -> list[int]:
        """Of the hall where it takes place now."""
        seats = Seat.objects.filter(section__plan__sessions=self.event_session.pk).order_by("row_rank", "position")
        return list(seats.values_list("pk", flat=True))

    @property
    def floor(self) -> int:
        return Section.objects.get(plan__sessions=self.event_session.pk, kind=Section.Kind.STANDING).pk

    def _staff(self, which: int) -> User:
        return (self.fiona, self.olga)[which % 2]

    def _destination(self, which: int) -> str:
        return (Refund.Destination.ORIGINAL, Refund.Destination.CREDIT)[which // 2 % 2]

    def _may_keep(self, booking_id: int, amount: Decimal) -> None:
        """Written down first: whoever dies after the deed writes nothing."""
        self.may_be_kept[booking_id] = self.may_be_kept.get(booking_id, Decimal(0)) + amount

    @contextmanager
    def running(self) -> Iterator[None]:
        """The site, the provider and every signature go by this world's clock."""
        with (
            patch.object(timezone, "now", lambda: self.now),
            patch.object(time, "time", lambda: timezone.now().timestamp()),
            self.provider.reachable(),
        ):
            yield

    def _save_card(self, number: str) -> SavedMethod:
        page = self.provider.savings.create(number, Wish(number, URL, URL))
        kept = self.provider.savings.keep(page["id"], CardForm(number, "12 / 40", "123", {}))
        token = vault.lock_up(kept["card"]["token"])
        return SavedMethod.objects.create(
            user=self.fiona, gateway="sandbox", page_id=page["id"], locked_token=token, brand="visa", created_at=NOON
        )

    def remember(self) -> Callable[[], None]:
        """The way back to this very moment."""
        moment = transaction.savepoint()
        provider = self.provider.remember()
        now, baskets, received, may_be_kept = self.now, dict(self.baskets), set(self.received), dict(self.may_be_kept)

        def go_back() -> None:
            transaction.savepoint_rollback(moment)
            provider()
            self.now, self.baskets = now, dict(baskets)
            self.received, self.may_be_kept = set(received), dict(may_be_kept)

        return go_back


def pick(rows: Sequence[T], which: int) -> T | None:
    return rows[which % len(rows)] if rows else None
