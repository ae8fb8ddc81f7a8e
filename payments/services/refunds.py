"""A refund's life after its promise: perhaps approved by a second person, sent, settled."""

import logging
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from bookings.locks import lock_booking
from notifications.alarms import raise_alarm
from payments.errors import GatewayRefusedError, RefundStateError, SamePersonError, TakenByBankError
from payments.gateways.base import RefundState
from payments.gateways.registry import get_gateway
from payments.locks import lock_payment, lock_refund
from payments.models import CREDIT, Payment, Refund
from payments.selectors import came_back, uncovered
from payments.services.credit import give_credit
from payments.services.ledger import post_refund_given, post_refund_promised, post_refund_rejected
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


@transaction.atomic(durable=True)
def approve_refund(*, refund_id: int, actor: User) -> Refund:
    """A second person lets it go to the provider. Raises SamePersonError, RefundStateError, TakenByBankError."""
    refund = _lock_undecided(refund_id, actor)
    booking = refund.payment.booking
    is_own_correction = refund.destination == Refund.Destination.CREDIT and booking.email_corrected_by_id == actor.pk
    if refund.requested_by_id == actor.pk or is_own_correction:
        raise SamePersonError
    # Days may lie between asking and deciding; the bank took the money from this very promise.
    if uncovered(refund.payment) < 0:
        raise TakenByBankError
    refund.status, refund.approved_by = Refund.Status.PENDING, actor
    refund.save(update_fields=["status", "approved_by"])
    publish("payments.refund_requested", refund_id=refund.pk)
    return refund


@transaction.atomic(durable=True)
def reject_refund(*, refund_id: int, actor: User, now: datetime) -> Refund:
    """It is not given after all; whoever asked for it may withdraw it too. Raises RefundStateError."""
    refund = _lock_undecided(refund_id, actor)
    refund.status, refund.approved_by, refund.settled_at = Refund.Status.REJECTED, actor, now
    refund.save(update_fields=["status", "approved_by", "settled_at"])
    post_refund_rejected(refund, now)
    return refund


def withdraw_goodwill(booking_id: int, now: datetime) -> None:
    """Inner step: goodwill that nobody decided on gives way to a repayment; the caller holds the booking's lock."""
    undecided = Refund.objects.filter(
        payment__booking=booking_id, status=Refund.Status.AWAITING_APPROVAL, reason=Refund.Reason.GOODWILL
    )
    for refund in undecided.select_related("payment__booking"):
        refund.status, refund.settled_at = Refund.Status.REJECTED, now
        refund.save(update_fields=["status", "settled_at"])
        post_refund_rejected(refund, now)


def _lock_undecided(refund_id: int, actor: User) -> Refund:
    lock_booking(Refund.objects.values_list("payment__booking", flat=True).get(pk=refund_id))
    refund = lock_refund(refund_id)
    if refund.status != Refund.Status.AWAITING_APPROVAL:
        raise RefundStateError(status=refund.get_status_display())
    return refund


def send_refund(refund_id: int) -> None:
    """Ask the provider to pay back, or give credit; the try's own key makes a repeated call harmless.

    Raises GatewayUnavailableError, so that the outbox tries again later, less and less often.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status != Refund.Status.PENDING:
        return
    if refund.gateway == CREDIT:
        settle(refund_id, RefundState(provider_id="", status="succeeded"))
        return
    gateway = get_gateway(refund.gateway)
    try:
        state = look_at(refund)
        # A try that failed for us may have gone through after all: a second one would pay twice.
        if state is None or state.status == "failed":
            state = gateway.refund(
                provider_id=refund.payment.origin.provider_id or "",
                reference=refund.provider_reference,
                amount=refund.amount,
            )
    except GatewayRefusedError as refusal:
        state = RefundState(provider_id="", status="failed", error=str(refusal))
    settle(refund_id, state)


def look_at(refund: Refund) -> RefundState | None:
    """The provider's word on the try before; one that it does not know, or not any more, gave nothing."""
    if not refund.provider_id:
        return None
    try:
        return get_gateway(refund.gateway).get_refund(refund.provider_id)
    except GatewayRefusedError:
        logger.warning("refund unknown to the provider", extra={"refund_id": refund.pk})
        return None


def settle(refund_id: int, state: RefundState) -> Refund:
    return retry_on_conflict(lambda: settle_refund(refund_id=refund_id, state=state, now=timezone.now()))


@transaction.atomic(durable=True)
def settle_refund(*, refund_id: int, state: RefundState, now: datetime) -> Refund:
    """Take over what the provider says of a refund; a settled one never changes again."""
    booking_id, payment_id = Refund.objects.values_list("payment__booking", "payment").get(pk=refund_id)
    booking = lock_booking(booking_id)
    payment = lock_payment(payment_id)
    refund = lock_refund(refund_id)
    payment.booking, refund.payment = booking, payment
    if refund.gateway == CREDIT and state.provider_id and not _is_paid_after_all(refund, state):
        return refund
    is_of_earlier_try = state.reference not in {"", refund.provider_reference}
    if is_of_earlier_try and state.provider_id != refund.provider_id and state.status != "succeeded":
        # Late news: taken for the present try's, they would have another one sent.
        return refund
    if is_of_earlier_try and state.status == "failed" and refund.status == Refund.Status.PENDING:
        # Staff had it sent again, and nothing is known of that try yet: failing it now would undo their order.
        publish("payments.refund_requested", refund_id=refund.pk)
        return refund
    if state.status == "succeeded" and refund.status != Refund.Status.SUCCEEDED and came_back(refund, state.reference):
        # Old news: that try did succeed, and its money was sent back since.
        return refund
    refund.provider_id = state.provider_id or refund.provider_id
    if refund.can_become(state.status):
        refund.status, refund.error = state.status, state.error[:300]
        if state.status == "succeeded":
            _give(refund, now)
    refund.save(update_fields=["provider_id", "status", "error", "settled_at"])
    if state.status == "failed":
        # Also after it had succeeded: the customer's bank sent the money back, and a person has to find another way.
        logger.error("refund failed", extra={"refund_id": refund.pk})
        raise_alarm("A refund failed", refund_id=refund.pk, payment_id=payment.pk)
    return refund


def _is_paid_after_all(refund: Refund, state: RefundState) -> bool:
    """News of a provider's try from before staff gave credit instead: in time, its money is what goes back."""
    if state.status != "succeeded":
        return False
    if refund.status == Refund.Status.PENDING:
        refund.destination = Refund.Destination.ORIGINAL
        refund.save(update_fields=["destination"])
        return True
    logger.error("refund given twice", extra={"refund_id": refund.pk})
    raise_alarm("A refund was given as credit, and by the provider too", refund_id=refund.pk)
    return False


def _give(refund: Refund, now: datetime) -> None:
    refund.settled_at = now
    post_refund_given(refund, now)
    publish("payments.refund_given", refund_id=refund.pk)
    if refund.gateway == CREDIT:
        give_credit(refund, now)
    _note_whether_all(refund)


def _note_whether_all(refund: Refund) -> None:
    payment = refund.payment
    given = [each for each in payment.refunds.exclude(pk=refund.pk) if each.status == Refund.Status.SUCCEEDED]
    is_all = sum(each.amount.amount for each in [*given, refund]) == payment.amount.amount
    if is_all and payment.can_become(Payment.Status.REFUNDED):
        payment.status = Payment.Status.REFUNDED
        payment.save(update_fields=["status"])


def settle_at_once(
    payment: Payment, amount: Decimal, *, reason: str, key: str, now: datetime, destination: str
) -> Refund:
    """Inner step: promised and given within this transaction, to what the caller makes of it. No provider hears of it.

    The caller holds the locks of booking and payment.
    """
    refund = Refund(
        payment=payment,
        key=key,
        reason=reason,
        destination=destination,
        status=Refund.Status.SUCCEEDED,
        created_at=now,
        settled_at=now,
    )
    refund.amount = type(payment.amount)(amount, payment.amount.currency)
    refund.save()
    post_refund_promised(refund, now)
    post_refund_given(refund, now)
    _note_whether_all(refund)
    return refund


@transaction.atomic(durable=True)
def retry_refund(*, refund_id: int) -> Refund:
    """Staff send a failed refund again; any other one stays as it is."""
    refund = lock_refund(refund_id)
    if refund.status == Refund.Status.FAILED:
        refund.status, refund.error = Refund.Status.PENDING, ""
        refund.tries += 1
        refund.save(update_fields=["status", "error", "tries"])
        publish("payments.refund_requested", refund_id=refund.pk)
    return refund


def ask_about_refund(refund: Refund) -> None:
    """For a refund that the provider had not finished when it answered; one it does not know any more has failed.

    Raises GatewayUnavailableError.
    """
    try:
        state = get_gateway(refund.gateway).get_refund(refund.provider_id)
    except GatewayRefusedError as refusal:
        state = RefundState(provider_id="", status="failed", error=str(refusal))
    settle(refund.pk, state)
