"""Making a provider's word and ours agree again; every kind of discrepancy has its repair.

The provider is asked first, and every repair is harmless when it is made twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from djmoney.money import Money

from accounts.models import User
from bookings.models import Ticket
from payments.errors import CannotRepairError, DiscrepancySettledError, SamePersonError
from payments.gateways.base import DisputeState
from payments.gateways.registry import get_gateway
from payments.limits import limit_in
from payments.models import Discrepancy, Dispute, Payment, Voucher
from payments.services.cancelling import cancel_tickets
from payments.services.discrepancies import close, note_discrepancy
from payments.services.disputes import write_off
from payments.services.findings import CAPTURED
from payments.services.matching import find_payment_behind
from payments.services.outcome import apply_state, fail_payment
from payments.services.reconciliation import REPAIR_KEY, recheck
from payments.services.refund_repairs import (
    adopt_refund,
    payment_of,
    send_refund_again,
    settle_refund_amount,
    take_refund_over,
)
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

Kind, Status = Discrepancy.Kind, Discrepancy.Status
Repair = Callable[[Discrepancy, User, datetime], str]
# Payments are compared each day: none is disputed for longer before its difference is found.
LONGEST_UNSEEN = timedelta(days=30)
CLOCKS_DIFFER = timedelta(days=1)


def repair_discrepancy(*, discrepancy_id: int, actor: User, now: datetime) -> Discrepancy:
    """Repair it, or find that it agrees by now; the row says which, by its status and note.

    It stays open, and says who asked, where so much would go out that a second person has to ask too. Raises
    DiscrepancySettledError, SamePersonError, CannotRepairError, GatewayUnavailableError, GatewayRefusedError,
    TicketUsedError.
    """
    row = _get_open(discrepancy_id)
    if row.kind != Kind.CHARGEBACK:
        again = recheck(get_gateway(row.gateway), row.kind, row.provider_id, row.payment, row.refund)
        if again is None:
            return close(row, Status.GONE, note=_("It agreed when it was looked at again."), actor=actor, now=now)
        with transaction.atomic():
            note_discrepancy(again, now=now)
        if again.kind != row.kind:
            return close(row, Status.GONE, note=_("It is of another kind by now."), actor=actor, now=now)
        row.refresh_from_db()
    if not _is_agreed(row, actor):
        return row
    note = REPAIRS[Kind(row.kind)](row, actor, now)
    return close(row, Status.REPAIRED, note=note, actor=actor, now=now)


def dismiss_discrepancy(*, discrepancy_id: int, actor: User, note: str, now: datetime) -> Discrepancy:
    """Leave it as it is, for the reason in the note. Raises DiscrepancySettledError."""
    return close(_get_open(discrepancy_id), Status.DISMISSED, note=note, actor=actor, now=now)


def _get_open(discrepancy_id: int) -> Discrepancy:
    row = Discrepancy.objects.select_related("payment__booking", "refund__payment").get(pk=discrepancy_id)
    if row.status != Status.OPEN:
        raise DiscrepancySettledError(status=row.get_status_display())
    return row


def _is_agreed(row: Discrepancy, actor: User) -> bool:
    """Whether it may be done: at once up to the limit, above it when somebody else has asked for it before."""
    limit = limit_in(row.currency)
    if limit is None or _money_out(row) <= limit.amount:
        return True
    is_first = row.asked_by_id is None
    _ask_for_second(row, actor)
    row.refresh_from_db()
    if row.asked_by_id != actor.pk:
        return True
    if not is_first:
        raise SamePersonError
    return False


@transaction.atomic
def _ask_for_second(row: Discrepancy, actor: User) -> None:
    unasked = Discrepancy.objects.filter(pk=row.pk, status=Status.OPEN, asked_by=None)
    if unasked.update(asked_by=actor):
        publish("payments.decision_wanted", what="discrepancy", row_id=row.pk)


def _money_out(row: Discrepancy) -> Decimal:
    """What the repair gives back past our ledger, where no refund of ours is held against the limit."""
    theirs = row.theirs or Decimal(0)
    if row.kind == Kind.UNKNOWN_PAYMENT:
        return theirs
    if row.kind != Kind.PAYMENT_AMOUNT or row.payment is None:
        return Decimal(0)
    return theirs - row.payment.amount.amount if row.payment.status in CAPTURED else theirs


def give_back(row: Discrepancy, actor: User, now: datetime) -> str:
    """Money that no booking has goes back whole; it was never in our ledger."""
    return _refund_there(row, row.theirs or Decimal(0))


def take_payment_over(row: Discrepancy, actor: User, now: datetime) -> str:
    """The same as if its news had come: tickets, or the money back."""
    payment = payment_of(row)
    state = get_gateway(row.gateway).get_payment(row.provider_id)
    payment = retry_on_conflict(lambda: apply_state(payment_id=payment.pk, state=state, now=now))
    return _("The payment is “%(status)s” now.") % {"status": payment.get_status_display()}


def write_payment_off(row: Discrepancy, actor: User, now: datetime) -> str:
    """Money that never was there is lost, and tickets for it that nobody used become void."""
    payment = payment_of(row)
    retry_on_conflict(
        lambda: write_off(
            payment_id=payment.pk,
            amount=Decimal(payment.amount.amount),
            key=f"{Dispute.WRITTEN_OFF}{row.pk}",
            reason=_("Not at the provider"),
            now=now,
        )
    )
    return _void_unused(payment, actor, now)


def settle_payment_amount(row: Discrepancy, actor: User, now: datetime) -> str:
    """What came on another sum than ours buys nothing and goes back; of tickets sold, only the difference does."""
    payment, theirs = payment_of(row), row.theirs or Decimal(0)
    if payment.status not in CAPTURED:
        # First, because its bank may keep the money from going back for months.
        retry_on_conflict(lambda: fail_payment(payment_id=payment.pk, failure=Payment.Failure.MISMATCH, now=now))
        return _refund_there(row, theirs)
    if row.currency != str(payment.amount.currency):
        raise CannotRepairError(reason=_("The currencies differ. Settle it at the provider's desk, then dismiss it."))
    missing = Decimal(payment.amount.amount) - theirs
    if missing < 0:
        return _refund_there(row, -missing)
    retry_on_conflict(
        lambda: write_off(
            payment_id=payment.pk,
            amount=missing,
            key=f"{Dispute.WRITTEN_OFF}{row.pk}",
            reason=_("Paid too little"),
            now=now,
        )
    )
    return _("%(amount)s are written off; the tickets stay valid.") % {"amount": Money(missing, row.currency)}


def void_after_chargeback(row: Discrepancy, actor: User, now: datetime) -> str:
    """The bank has the money, so tickets for it that nobody used become void."""
    if row.payment is None:
        raise CannotRepairError(reason=_("No payment of ours is known for it. Answer it at the provider's desk."))
    return _void_unused(row.payment, actor, now)


def _refund_there(row: Discrepancy, amount: Decimal) -> str:
    """Give back at the provider what our ledger never had; the row is the idempotency key.

    What the customer's bank took is back with the customer already.
    """
    amount = min(amount, (row.theirs or Decimal(0)) - _taken_by_bank(row))
    if amount <= 0:
        return _("Nothing goes back: the customer's bank took it.")
    state = get_gateway(row.gateway).refund(
        provider_id=row.provider_id, reference=f"{REPAIR_KEY}{row.pk}", amount=Money(amount, row.currency)
    )
    if state.status == "failed":
        raise CannotRepairError(reason=state.error)
    return _("%(amount)s went back: %(refund)s.") % {
        "amount": Money(amount, row.currency),
        "refund": state.provider_id,
    }


def _taken_by_bank(row: Discrepancy) -> Decimal:
    """What a lost dispute took of this payment. Raises CannotRepairError while a bank holds some of it."""
    gateway, taken = get_gateway(row.gateway), Decimal(0)
    for dispute in gateway.list_disputes(row.found_at - LONGEST_UNSEEN, timezone.now() + CLOCKS_DIFFER):
        if not dispute.has_money or dispute.status == "won" or not _is_about(dispute, row):
            continue
        if dispute.status == "open":
            raise CannotRepairError(reason=_("The customer's bank has this money. Repair it when the bank decided."))
        taken += Decimal(dispute.amount.amount)
    return taken


def _is_about(dispute: DisputeState, row: Discrepancy) -> bool:
    """A dispute may name the provider's charge, where the payment is known by its page."""
    if dispute.payment_id == row.provider_id:
        return True
    behind = find_payment_behind(row.gateway, dispute.payment_id)
    return behind is not None and behind == row.payment


def _void_unused(payment: Payment, actor: User, now: datetime) -> str:
    """The tickets that the payment bought, also those that they were changed for."""
    carried = Payment.objects.filter(voucher__kind=Voucher.Kind.CHANGE, voucher__refund__payment=payment)
    booking_ids = [payment.booking_id, *carried.values_list("booking", flat=True)]
    count = sum(_void_unused_of(booking_id, actor, now) for booking_id in sorted(set(booking_ids)))
    if not count:
        return _("No ticket was left to become void; the loss stays.")
    return _("%(count)s tickets became void.") % {"count": count}


def _void_unused_of(booking_id: int, actor: User, now: datetime) -> int:
    tickets = Ticket.objects.filter(booking=booking_id, status__in=Ticket.STANDING, checked_in_at=None)
    ticket_ids = list(tickets.filter(event_session__ends_at__gt=now).values_list("pk", flat=True))
    if ticket_ids:
        retry_on_conflict(
            lambda: cancel_tickets(
                booking_id=booking_id, ticket_ids=ticket_ids, now=now, actor=actor, note=_("Payment taken back")
            )
        )
    return len(ticket_ids)


REPAIRS: dict[Discrepancy.Kind, Repair] = {
    Kind.UNKNOWN_PAYMENT: give_back,
    Kind.MISSED_PAYMENT: take_payment_over,
    Kind.MISSING_PAYMENT: write_payment_off,
    Kind.PAYMENT_AMOUNT: settle_payment_amount,
    Kind.UNKNOWN_REFUND: adopt_refund,
    Kind.MISSED_REFUND: take_refund_over,
    Kind.MISSING_REFUND: send_refund_again,
    Kind.REFUND_AMOUNT: settle_refund_amount,
    Kind.CHARGEBACK: void_after_chargeback,
}
