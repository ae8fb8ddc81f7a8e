"""Making a provider's word and ours agree again; every kind of discrepancy has its repair.

The provider is asked first, and every repair is harmless when it is made twice.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from djmoney.money import Money

from accounts.models import User
from bookings.locks import lock_booking
from bookings.models import Ticket
from payments.errors import CannotRepairError, DiscrepancySettledError
from payments.gateways.registry import get_gateway
from payments.locks import lock_payment, lock_refund
from payments.models import Discrepancy, Dispute, Payment, Refund
from payments.selectors import left_of
from payments.services.cancelling import cancel_tickets
from payments.services.discrepancies import close, note_discrepancy
from payments.services.disputes import write_off
from payments.services.findings import CAPTURED
from payments.services.ledger import (
    post_refund_corrected,
    post_refund_given,
    post_refund_promised,
    post_refund_returned,
)
from payments.services.outcome import apply_state, fail_payment
from payments.services.reconciliation import REPAIR_KEY, recheck
from payments.services.refunds import promise_refund, retry_refund, settle
from ticketing.transactions import retry_on_conflict

Kind, Status = Discrepancy.Kind, Discrepancy.Status
Repair = Callable[[Discrepancy, User, datetime], str]


def repair_discrepancy(*, discrepancy_id: int, actor: User, now: datetime) -> Discrepancy:
    """Repair it, or find that it agrees by now; the row says which, by its status and note.

    Raises DiscrepancySettledError, CannotRepairError, GatewayUnavailableError, GatewayRefusedError, TicketUsedError.
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


# --- Payments -------------------------------------------------------------------------------------
def give_back(row: Discrepancy, actor: User, now: datetime) -> str:
    """Money that no booking has goes back whole; it was never in our ledger."""
    return _refund_there(row, row.theirs or Decimal(0))


def take_payment_over(row: Discrepancy, actor: User, now: datetime) -> str:
    """The same as if its news had come: tickets, or the money back."""
    payment = _payment_of(row)
    state = get_gateway(row.gateway).get_payment(row.provider_id)
    payment = retry_on_conflict(lambda: apply_state(payment_id=payment.pk, state=state, now=now))
    return _("The payment is “%(status)s” now.") % {"status": payment.get_status_display()}


def write_payment_off(row: Discrepancy, actor: User, now: datetime) -> str:
    """Money that never was there is lost, and tickets for it that nobody used become void."""
    payment = _payment_of(row)
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
    payment, theirs = _payment_of(row), row.theirs or Decimal(0)
    if payment.status not in CAPTURED:
        note = _refund_there(row, theirs)
        retry_on_conflict(lambda: fail_payment(payment_id=payment.pk, failure=Payment.Failure.MISMATCH, now=now))
        return note
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
    """Give back at the provider what our ledger never had; the row is the idempotency key."""
    state = get_gateway(row.gateway).refund(
        provider_id=row.provider_id, reference=f"{REPAIR_KEY}{row.pk}", amount=Money(amount, row.currency)
    )
    if state.status == "failed":
        raise CannotRepairError(reason=state.error)
    return _("%(amount)s went back: %(refund)s.") % {
        "amount": Money(amount, row.currency),
        "refund": state.provider_id,
    }


def _void_unused(payment: Payment, actor: User, now: datetime) -> str:
    tickets = Ticket.objects.filter(booking=payment.booking_id, status__in=Ticket.STANDING, checked_in_at=None)
    ticket_ids = list(tickets.filter(event_session__ends_at__gt=now).values_list("pk", flat=True))
    if not ticket_ids:
        return _("No ticket was left to become void; the loss stays.")
    retry_on_conflict(
        lambda: cancel_tickets(
            booking_id=payment.booking_id, ticket_ids=ticket_ids, now=now, actor=actor, note=_("Payment taken back")
        )
    )
    return _("%(count)s tickets became void.") % {"count": len(ticket_ids)}


# --- Refunds --------------------------------------------------------------------------------------
def adopt_refund(row: Discrepancy, actor: User, now: datetime) -> str:
    """A refund made at the provider's desk is that of ours that had failed, or goodwill."""
    payment, amount = _payment_of(row), row.theirs or Decimal(0)
    state = get_gateway(row.gateway).get_refund(row.provider_id)
    failed = Refund.objects.filter(
        payment=payment, status=Refund.Status.FAILED, destination=Refund.Destination.ORIGINAL, amount=amount
    ).first()
    if failed:
        settle(failed.pk, state)
        return _("It is the refund that had failed here.")
    retry_on_conflict(lambda: _adopt(row, payment.pk, amount, actor, now))
    return _("It is kept as goodwill; cancel the tickets if they shall not stay valid.")


@transaction.atomic(durable=True)
def _adopt(row: Discrepancy, payment_id: int, amount: Decimal, actor: User, now: datetime) -> None:
    payment = _lock_payment(payment_id)
    key = f"desk:{row.gateway}:{row.pk}"
    if Refund.objects.filter(key=key).exists():
        return
    left = left_of(payment)
    if payment.status != Payment.Status.PAID or amount > left:
        raise CannotRepairError(
            reason=_("Only %(left)s of the payment are left. Reject or finish the refunds under way first.")
            % {"left": Money(left, row.currency)}
        )
    refund = Refund(
        payment=payment,
        key=key,
        reason=Refund.Reason.GOODWILL,
        note=_("Made at the provider's desk"),
        status=Refund.Status.SUCCEEDED,
        provider_id=row.provider_id,
        requested_by=actor,
        created_at=now,
        settled_at=now,
    )
    refund.amount = Money(amount, row.currency)
    refund.save()
    post_refund_promised(refund, now)
    post_refund_given(refund, now)
    _mark(payment)


def take_refund_over(row: Discrepancy, actor: User, now: datetime) -> str:
    """The same as if its news had come."""
    refund = settle(_refund_of(row).pk, get_gateway(row.gateway).get_refund(row.provider_id))
    if refund.status != Refund.Status.SUCCEEDED:
        raise CannotRepairError(reason=_("The refund is “%(status)s” here.") % {"status": refund.get_status_display()})
    return _("The refund is “%(status)s” now.") % {"status": refund.get_status_display()}


def send_refund_again(row: Discrepancy, actor: User, now: datetime) -> str:
    """Money that came back to the provider is owed again, and a next try is sent."""
    refund = _refund_of(row)
    retry_on_conflict(lambda: _take_back(refund.pk, now))
    retry_on_conflict(lambda: retry_refund(refund_id=refund.pk))
    return _("It is on its way again.")


@transaction.atomic(durable=True)
def _take_back(refund_id: int, now: datetime) -> None:
    refund = _lock_refund(refund_id)
    if refund.status != Refund.Status.SUCCEEDED:
        return
    post_refund_returned(refund, now)
    # Not in Refund.NEXT, because news in the wrong order must never do this.
    refund.status, refund.settled_at, refund.error = Refund.Status.FAILED, None, _("It came back.")
    refund.save(update_fields=["status", "settled_at", "error"])
    _mark(refund.payment)


def settle_refund_amount(row: Discrepancy, actor: User, now: datetime) -> str:
    """Our refund is what the provider gave; what is missing is promised anew, what is too much was goodwill."""
    refund = _refund_of(row)
    if row.currency != str(refund.amount.currency):
        raise CannotRepairError(reason=_("The currencies differ. Settle it at the provider's desk, then dismiss it."))
    if refund.status != Refund.Status.SUCCEEDED:
        settle(refund.pk, get_gateway(row.gateway).get_refund(row.provider_id))
    return retry_on_conflict(lambda: _correct(row, refund.pk, actor, now))


@transaction.atomic(durable=True)
def _correct(row: Discrepancy, refund_id: int, actor: User, now: datetime) -> str:
    refund = _lock_refund(refund_id)
    given = row.theirs or Decimal(0)
    more = given - Decimal(refund.amount.amount)
    if refund.status != Refund.Status.SUCCEEDED or not more:
        return _("It was settled already.")
    post_refund_corrected(refund, more, str(row.pk), now)
    refund.amount = Money(given, row.currency)
    refund.save(update_fields=["amount", "amount_currency"])
    _mark(refund.payment)
    if more > 0 or refund.reason == Refund.Reason.GOODWILL:
        return _("Our refund says what was given.")
    promise_refund(refund.payment, -more, reason=refund.reason, key=f"rest:{row.pk}", now=now, actor=actor)
    return _("%(amount)s more are on their way.") % {"amount": Money(-more, row.currency)}


def _mark(payment: Payment) -> None:
    """Refunded when all of it was given back, else paid; the caller holds the lock."""
    given = sum(each.amount.amount for each in payment.refunds.filter(status=Refund.Status.SUCCEEDED))
    payment.status = Payment.Status.REFUNDED if given >= payment.amount.amount else Payment.Status.PAID
    payment.save(update_fields=["status"])


def _lock_payment(payment_id: int) -> Payment:
    booking = lock_booking(Payment.objects.values_list("booking_id", flat=True).get(pk=payment_id))
    payment = lock_payment(payment_id)
    payment.booking = booking
    return payment


def _lock_refund(refund_id: int) -> Refund:
    payment = _lock_payment(Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id))
    refund = lock_refund(refund_id)
    refund.payment = payment
    return refund


def _payment_of(row: Discrepancy) -> Payment:
    if row.payment is None:
        raise CannotRepairError(reason=_("No payment of ours is known for it."))
    return row.payment


def _refund_of(row: Discrepancy) -> Refund:
    if row.refund is None:
        raise CannotRepairError(reason=_("No refund of ours is known for it."))
    return row.refund


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
