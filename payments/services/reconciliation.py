"""Comparing a gateway's own list with ours: what differs is asked about once more, then kept for staff."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notifications.alarms import raise_alarm
from payments.errors import GatewayRefusedError, GatewayUnavailableError
from payments.gateways.base import Gateway, PaymentState, RefundState
from payments.gateways.registry import get_gateway
from payments.models import Discrepancy, Dispute, Payment, Reconciliation, Refund
from payments.services.discrepancies import close_gone, note_discrepancy
from payments.services.disputes import take_over_dispute
from payments.services.findings import CAPTURED, Finding, judge_payment, judge_refund
from payments.services.matching import find_payment_behind, find_refund, match_payments
from ticketing.outbox.services import publish

logger = logging.getLogger(__name__)
T = TypeVar("T")
Kind = Discrepancy.Kind
CHUNK = 200
# The provider's clock may be ahead of ours, and whole seconds are all that it can be asked for.
AHEAD = timedelta(minutes=1)
# Our own repairs give back money that is no payment of ours; nobody needs to hear of those.
REPAIR_KEY = "discrepancy-"
OF_REFUNDS = {Kind.UNKNOWN_REFUND, Kind.MISSED_REFUND, Kind.MISSING_REFUND, Kind.REFUND_AMOUNT}


@transaction.atomic(durable=True)
def ask_for_comparison() -> None:
    """Have a worker compare now; people do not wait for all the pages of a provider's lists."""
    publish("payments.comparison_requested")


def compare_now() -> None:
    """Outbox handler."""
    reconcile_all(now=timezone.now())


def reconcile_all(*, now: datetime) -> list[Reconciliation]:
    """Compare every gateway over the last days, and further back where a comparison did not happen."""
    since = now - timedelta(days=settings.RECONCILIATION_DAYS)
    done: list[Reconciliation] = []
    for name in settings.PAYMENT_GATEWAYS:
        last = Reconciliation.objects.filter(gateway=name, error="").exclude(finished_at=None).first()
        done.append(
            reconcile(name, since=min(since, last.until - AHEAD) if last else since, until=now + AHEAD, now=now)
        )
    return done


def reconcile(name: str, *, since: datetime, until: datetime, now: datetime) -> Reconciliation:
    """Compare what was paid, given back and disputed in this time; a gateway that is away leaves its reason."""
    run = Reconciliation.objects.create(gateway=name, since=since, until=until, started_at=now)
    try:
        comparison = Comparison(get_gateway(name), since, until, now)
        news = comparison.compare()
    except (GatewayUnavailableError, GatewayRefusedError) as refusal:
        run.error = str(refusal)[:300]
        logger.warning("gateway not compared", extra={"gateway": name})
    else:
        run.payments, run.refunds = comparison.payments, comparison.refunds
        if news:
            logger.error("provider and we differ", extra={"gateway": name, "count": news})
            raise_alarm("The payment provider and we do not agree", gateway=name, discrepancies=news)
    run.finished_at = timezone.now()
    run.save(update_fields=["payments", "refunds", "error", "finished_at"])
    return run


@dataclass
class Comparison:
    """One run; `payments` and `refunds` count what the provider told of."""

    gateway: Gateway
    since: datetime
    until: datetime
    now: datetime
    payments: int = 0
    refunds: int = 0
    news: int = 0
    found: set[tuple[str, str]] = field(default_factory=set)

    def compare(self) -> int:
        """The number of discrepancies that are new. Raises GatewayUnavailableError, GatewayRefusedError."""
        self.take_over_disputes()
        self.compare_payments()
        self.compare_refunds()
        self.look_again()
        return self.news

    def take_over_disputes(self) -> None:
        """Whatever was not heard of; back to the oldest that is open, because banks take months."""
        first = Dispute.objects.filter(gateway=self.gateway.name, status=Dispute.Status.OPEN).order_by("opened_at")
        opened_at = first.values_list("opened_at", flat=True).first()
        # Ours was written when we heard of it, which is after it was opened.
        since = min(self.since, opened_at - timedelta(days=2)) if opened_at else self.since
        for state in self.gateway.list_disputes(since, self.until):
            take_over_dispute(self.gateway.name, state, now=self.now)

    def compare_payments(self) -> None:
        seen: set[int] = set()
        paid = (state for state in self.gateway.list_payments(self.since, self.until) if state.status == "paid")
        for states in in_chunks(paid):
            ours = match_payments(self.gateway.name, states)
            for state in states:
                self.payments += 1
                payment = ours.get(state.provider_id)
                if payment:
                    seen.add(payment.pk)
                self.keep(judge_payment(self.gateway.name, payment, state))
        captured = Payment.objects.filter(
            gateway=self.gateway.name, status__in=CAPTURED, paid_at__gte=self.since, paid_at__lt=self.until
        )
        for pk in [pk for pk in captured.order_by("pk").values_list("pk", flat=True) if pk not in seen]:
            # Listed under the time it was begun, or not listed at all: the provider's word on it alone decides.
            payment = Payment.objects.get(pk=pk)
            self.keep(judge_payment(self.gateway.name, payment, ask_payment(self.gateway, payment.provider_id or "")))

    def compare_refunds(self) -> None:
        seen: set[int] = set()
        for state in self.gateway.list_refunds(self.since, self.until):
            if state.reference.startswith(REPAIR_KEY):
                continue
            self.refunds += 1
            refund = find_refund(self.gateway.name, state)
            if refund:
                seen.add(refund.pk)
            self.keep(judge_refund(self.gateway.name, refund, self.payment_of(refund, state), state))
        given = Refund.objects.through(self.gateway.name).filter(
            destination=Refund.Destination.ORIGINAL,
            status=Refund.Status.SUCCEEDED,
            settled_at__gte=self.since,
            settled_at__lt=self.until,
        )
        for pk in [pk for pk in given.order_by("pk").values_list("pk", flat=True) if pk not in seen]:
            refund = Refund.objects.select_related("payment").get(pk=pk)
            self.keep(judge_refund(self.gateway.name, refund, None, ask_refund(self.gateway, refund.provider_id)))

    def payment_of(self, refund: Refund | None, state: RefundState) -> Payment | None:
        if refund:
            return refund.payment
        return find_payment_behind(self.gateway.name, state.payment_id) if state.status == "succeeded" else None

    def keep(self, finding: Finding | None) -> None:
        """Keep what still differs when the provider is asked about it alone: lists are older than our rows."""
        if finding is None:
            return
        again = recheck(self.gateway, finding.kind, finding.provider_id, finding.payment, finding.refund)
        if again is None:
            return
        self.found.add((again.kind, again.provider_id))
        with transaction.atomic():
            self.news += note_discrepancy(again, now=self.now)

    def look_again(self) -> None:
        """What was open before and was not found this time: it agrees by now, or lies further back."""
        for row in Discrepancy.objects.filter(gateway=self.gateway.name, status=Discrepancy.Status.OPEN):
            if (row.kind, row.provider_id) in self.found or row.kind == Kind.CHARGEBACK:
                continue
            again = recheck(self.gateway, row.kind, row.provider_id, row.payment, row.refund)
            if again is None or again.kind != row.kind:
                close_gone(row.gateway, row.kind, row.provider_id, now=self.now)
            if again is not None:
                with transaction.atomic():
                    self.news += note_discrepancy(again, now=self.now)


def recheck(
    gateway: Gateway, kind: str, provider_id: str, payment: Payment | None, refund: Refund | None
) -> Finding | None:
    """What still differs, by the provider's present word on it and our present rows.

    Raises GatewayUnavailableError.
    """
    if kind in OF_REFUNDS:
        refund = Refund.objects.select_related("payment__booking").get(pk=refund.pk) if refund else None
        state = ask_refund(gateway, provider_id)
        if refund is None and state is not None:
            refund = find_refund(gateway.name, state)
        return judge_refund(gateway.name, refund, payment, state)
    told = ask_payment(gateway, provider_id)
    if payment:
        payment = Payment.objects.select_related("booking").get(pk=payment.pk)
    elif told is not None:
        payment = match_payments(gateway.name, [told]).get(told.provider_id)
    return judge_payment(gateway.name, payment, told)


def ask_payment(gateway: Gateway, provider_id: str) -> PaymentState | None:
    """The provider's word; None for one that it does not know."""
    try:
        return gateway.get_payment(provider_id)
    except GatewayRefusedError:
        return None


def ask_refund(gateway: Gateway, provider_id: str) -> RefundState | None:
    """The provider's word; None for one that it does not know."""
    try:
        return gateway.get_refund(provider_id) if provider_id else None
    except GatewayRefusedError:
        return None


def in_chunks(states: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(states)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
