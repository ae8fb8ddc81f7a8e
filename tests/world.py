"""A few customers around five seats and three standing places, their provider, the workers, staff, and one clock.

Every action is what one process does: it may die at any step (tests.troubles), and repeating it must do no harm.
Numbers choose customers, payments, events and so on; what is not there is not done.
"""

import json
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
from bookings.models import Booking, Ticket
from bookings.services.holds import hold_places, release_booking, remove_item, renew_hold
from bookings.services.lifecycle import Contact, start_checkout
from bookings.services.sweeping import release_lapsed_holds
from events.models import EventSession
from payments import vault
from payments.methods import Method
from payments.models import Payment, Refund, SavedMethod
from payments.offers import Offer
from payments.sandbox.cards import CardForm
from payments.sandbox.courier import sign
from payments.sandbox.saving import Wish
from payments.sandbox.web import RefusalError
from payments.services import settling
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.checkout import start_payment
from payments.services.refunds import approve_refund, reject_refund, retry_refund
from tests.factories import NOON, get_seat_ids, get_section, make_event, make_event_session, make_user
from tests.sandbox import WEBHOOK_SECRET
from tests.still_provider import URL, StillProvider
from tests.troubles import Boundaries
from ticketing.errors import DomainError
from ticketing.outbox.models import Message
from ticketing.outbox.tasks import deliver_outbox

T = TypeVar("T")
REFUSALS = (DomainError, RefusalError)  # Said no to by us, or by the provider.
TEST_CARDS = ("4242424242424242", "4000000000000002", "4000002760003184")  # Pays, is declined, asks the bank.
# Without an address nobody is written to: mails with their PDF are slow, and tested elsewhere.
CONTACT = Contact(name="Alice", phone="+436601234567", email="")


def prepare(settings: Any) -> None:
    """The site's settings for such a world (pytest-django's `settings`)."""
    StillProvider.apply_to(settings)
    settings.REFUND_APPROVAL_LIMIT = Decimal(30)


def make_house() -> EventSession:
    """Seats and standing places of two categories, with fees and tax; one session for any number of worlds."""
    event = make_event(fee_per_ticket="1.50", fee_per_booking="2.00", tax_percent="10")
    return make_event_session("A1 A2 A3 A4 B1", {"Floor": 3}, event=event, customer_limit=4, price="45.00")


class World:
    def __init__(self, event_session: EventSession, boundaries: Boundaries) -> None:
        self.now: datetime = NOON
        self.provider = StillProvider(boundaries)
        self.event_session = event_session
        self.seat_ids = get_seat_ids(event_session, "A1 A2 A3 A4 B1")
        self.floor = get_section(event_session, "Floor").pk
        self.baskets: dict[int, int] = {}
        self.received: set[str] = set()
        self.may_be_kept: dict[int, Decimal] = {}
        self.fiona, self.olga = make_user("fiona"), make_user("olga")
        self.cards = [self._save_card(number) for number in TEST_CARDS]

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

    # Customers

    def hold(self, customer: int, which: int) -> None:
        booking = hold_places(
            event_session_id=self.event_session.pk,
            seat_ids=self.seat_ids[which : which + 2],
            standing={self.floor: which % 2},
            booking_id=self.baskets.get(customer),
            buyer=None,
            now=self.now,
        )
        self.baskets[customer] = booking.pk

    def renew(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            renew_hold(booking_id=basket, now=self.now)

    def release(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            release_booking(booking_id=basket, now=self.now)

    def remove(self, customer: int, which: int) -> None:
        if basket := self.baskets.get(customer):
            item_ids = Booking.objects.get(pk=basket).items.order_by("pk").values_list("pk", flat=True)
            if item_id := pick(list(item_ids), which):
                remove_item(booking_id=basket, item_id=item_id, now=self.now)

    def go_to_payment(self, customer: int, which: int) -> None:
        """To the provider's page, for a card or a bank transfer."""
        self._start_payment(customer, Offer(method=(Method.CARD, Method.BANK)[which % 2], gateway="sandbox"))

    def pay_with_saved(self, customer: int, which: int) -> None:
        card = self.cards[which % len(self.cards)]
        self._start_payment(customer, Offer(method=Method.CARD, gateway="sandbox", saved=card))

    def _start_payment(self, customer: int, offer: Offer) -> None:
        if basket := self.baskets.get(customer):
            start_checkout(booking_id=basket, contact=CONTACT, buyer=None, now=self.now)
            start_payment(booking_id=basket, offer=offer, now=self.now)

    def come_back(self, customer: int, which: int) -> None:
        if payment := self._attempt(which):
            settling.refresh_payment(payment_id=payment.pk, now=self.now)

    def give_up(self, customer: int, which: int) -> None:
        if payment := self._attempt(which):
            settling.abandon_payment(payment_id=payment.pk, now=self.now)

    def _attempt(self, which: int) -> Payment | None:
        return pick(list(Payment.objects.order_by("-pk")), which)

    # On the provider's page, which stays open in some tab whatever became of the booking

    def pay(self, customer: int, which: int) -> None:
        if page := self._page(which):
            self.provider.payments.pay(page)

    def pay_late(self, customer: int, which: int) -> None:
        """A transfer that was under way when the page was closed."""
        if page := self._page(which):
            self.provider.payments.pay(page, is_late=True)

    def decline(self, customer: int, which: int) -> None:
        if page := self._page(which):
            self.provider.payments.decline(page, "card_declined")

    def pay_slowly(self, customer: int, which: int) -> None:
        self.provider.controls.slow_seconds = (60, 3600)[customer % 2]
        if page := self._page(which):
            self.provider.payments.delay(page)

    def _page(self, which: int) -> str | None:
        return pick([row["id"] for row in reversed(self.provider.rows("payment"))], which)

    # The provider

    def deliver(self, customer: int, which: int) -> None:
        """Any event in any order, also again."""
        if event := pick(self.provider.rows("event")[::-1], which):
            assert self.provider.tell(event["body"].encode()).status_code == 204
            self.received.add(event["id"])

    def forge(self, customer: int, which: int) -> None:
        """Nothing that the provider did not sign lately, and as a whole, is even kept."""
        if event := pick(self.provider.rows("event")[::-1], which):
            body = event["body"].encode()
            old = sign(WEBHOOK_SECRET, body, time.time() - 24 * 3600)
            now = sign(WEBHOOK_SECRET, body, time.time())
            forgeries = [(body[:-9], now), (body.replace(b"4", b"1"), now), (body, old), (body, ""), (b"", now)]
            forged, signature = forgeries[customer % len(forgeries)]
            assert self.provider.tell(forged, signature=signature).status_code == 400

    def tell_of_something_else(self, customer: int, which: int) -> None:
        """Signed news of a kind, or about a payment, that is not ours to know."""
        facts = {"id": "pay_of_nobody", "status": "paid", "last_error": "", "amount": 4500, "currency": "EUR"}
        news = (
            ("settlement.created", {}),
            ("payment.succeeded", {"payment": facts | {"reference": "a shop of someone else"}}),
        )
        kind, data = news[which % len(news)]
        body = json.dumps({"id": f"evt_{kind}_{customer}", "type": kind, "data": data})
        assert self.provider.tell(body.encode()).status_code == 204

    def fail_a_refund(self, customer: int, which: int) -> None:
        self.provider.controls.fail_refunds += 1

    def go_down(self, customer: int, which: int) -> None:
        self.provider.controls.unavailable = True

    def come_up(self, customer: int, which: int) -> None:
        self.provider.controls.unavailable = False

    # Workers

    def work(self, customer: int, which: int) -> None:
        deliver_outbox()

    def release_lapsed(self, customer: int, which: int) -> None:
        release_lapsed_holds(now=self.now)

    def settle(self, customer: int, which: int) -> None:
        settling.settle_unpaid_bookings(now=self.now)

    def ask_about_payments(self, customer: int, which: int) -> None:
        settling.ask_about_open_payments(now=self.now)

    def ask_about_refunds(self, customer: int, which: int) -> None:
        settling.ask_about_open_refunds(now=self.now)

    # Staff, and the gate

    def cancel(self, customer: int, which: int) -> None:
        if booking := self._booking(customer):
            kept = self._keep(booking, list(booking.tickets.filter(status=Ticket.Status.VALID)), which)
            cancel_booking(booking_id=booking.pk, now=self.now, actor=self._staff(which), kept=kept)

    def cancel_some(self, customer: int, which: int) -> None:
        """One ticket at a time, valid or not."""
        if booking := self._booking(customer):
            ticket = pick(list(booking.tickets.order_by("pk")), which)
            kept = self._keep(booking, [ticket] if ticket else [], which)
            ids = [ticket.pk] if ticket else []
            cancel_tickets(booking_id=booking.pk, ticket_ids=ids, now=self.now, actor=self._staff(which), kept=kept)

    def goodwill(self, customer: int, which: int) -> None:
        if booking := self._booking(customer):
            refund_amount(
                booking_id=booking.pk,
                amount=Decimal(10 * which + 7),
                key=f"{booking.pk}-{which}",
                note="",
                now=self.now,
                actor=self.fiona,
            )

    def approve(self, customer: int, which: int) -> None:
        if refund := self._refund(which):
            approve_refund(refund_id=refund.pk, actor=self._staff(customer))

    def reject(self, customer: int, which: int) -> None:
        if refund := self._refund(which):
            booking_id = refund.payment.booking_id
            reject_refund(refund_id=refund.pk, actor=self.olga, now=self.now)
            if refund.reason != Refund.Reason.GOODWILL:
                self._may_keep(booking_id, Decimal(refund.amount.amount))

    def retry(self, customer: int, which: int) -> None:
        if refund := self._refund(which):
            retry_refund(refund_id=refund.pk)

    def enter(self, customer: int, which: int) -> None:
        """At the gate: a used ticket is never cancelled."""
        if booking := self._booking(customer):
            valid = booking.tickets.filter(status=Ticket.Status.VALID, checked_in_at=None).order_by("pk")
            if ticket := pick(list(valid), which):
                valid.filter(pk=ticket.pk).update(checked_in_at=self.now)

    def _booking(self, customer: int) -> Booking | None:
        return Booking.objects.filter(pk=self.baskets.get(customer)).first()

    def _refund(self, which: int) -> Refund | None:
        return pick(list(Refund.objects.select_related("payment").order_by("-pk")), which)

    def _staff(self, which: int) -> User:
        return (self.fiona, self.olga)[which % 2]

    def _keep(self, booking: Booking, tickets: Sequence[Ticket], which: int) -> Decimal:
        """What the policy is to keep: nothing, or one unit of each of these tickets."""
        kept = Decimal(len(tickets) * (which % 2))
        self._may_keep(booking.pk, kept)
        return kept

    def _may_keep(self, booking_id: int, amount: Decimal) -> None:
        self.may_be_kept[booking_id] = self.may_be_kept.get(booking_id, Decimal(0)) + amount

    # Time

    def wait(self, customer: int, which: int) -> None:
        self.now += timedelta(minutes=4 * (which + 1))

    def wait_long(self, customer: int, which: int) -> None:
        self.now += timedelta(hours=(1, 26)[which % 2])

    def sums_paid(self) -> dict[str | None, Decimal]:
        """What the provider took, payment by payment."""
        rows = [row for row in self.provider.rows("payment") if row["status"] == "paid"]
        return {row["id"]: Decimal(row["amount"]) / 100 for row in rows}

    def sums_given_back(self) -> dict[str | None, Decimal]:
        """What the provider gave back of each payment."""
        given: dict[str | None, Decimal] = {}
        for row in self.provider.rows("refund"):
            if row["status"] == "succeeded":
                given[row["payment_id"]] = given.get(row["payment_id"], Decimal(0)) + Decimal(row["amount"]) / 100
        return given

    def come_to_rest(self) -> None:
        """Time passes, the provider is back, what it said arrives, workers run and staff decide what is theirs."""
        self.come_up(0, 0)
        self.provider.controls.fail_refunds = 0
        for _ in range(6):
            if self.is_at_rest():
                return
            self.now += timedelta(minutes=61)
            self.provider.payments.settle_due()
            for event in self.provider.rows("event"):
                if event["id"] not in self.received:
                    self.provider.tell(event["body"].encode())
                    self.received.add(event["id"])
            for act in (self.release_lapsed, self.settle, self.ask_about_payments, self.ask_about_refunds, self.work):
                act(0, 0)
            for refund in Refund.objects.filter(status=Refund.Status.AWAITING_APPROVAL):
                approve_refund(
                    refund_id=refund.pk, actor=self.olga if refund.requested_by == self.fiona else self.fiona
                )
            for refund in Refund.objects.filter(status=Refund.Status.FAILED):
                retry_refund(refund_id=refund.pk)

    def is_at_rest(self) -> bool:
        """Nothing is under way any more, whatever its outcome."""
        has_told_all = all(event["id"] in self.received for event in self.provider.rows("event"))
        is_open = Booking.objects.filter(status__in=[Booking.Status.HELD, Booking.Status.AWAITING_PAYMENT]).exists()
        is_owed = Refund.objects.exclude(status__in=[Refund.Status.SUCCEEDED, Refund.Status.REJECTED]).exists()
        is_pending = is_owed or Payment.objects.filter(status=Payment.Status.PENDING).exists()
        return has_told_all and not (is_open or is_pending or Message.objects.filter(sent_at=None).exists())

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
