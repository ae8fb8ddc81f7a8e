"""A refund that can never go through: the card is gone, the account closed. It is owed all the same."""

from django.db import transaction

from bookings.locks import lock_booking
from payments.errors import RefundStateError, TakenByBankError
from payments.locks import lock_payment, lock_refund
from payments.models import Refund
from payments.selectors import uncovered
from payments.services.refunds import look_at, settle
from ticketing.outbox.services import publish
from ticketing.transactions import retry_on_conflict


def give_as_credit(*, refund_id: int, reason: str) -> Refund:
    """Give a failed refund as credit; the provider is asked first whether its last try went through after all.

    Raises RefundStateError when it is not failed any more, TakenByBankError, GatewayUnavailableError.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    state = look_at(refund) if refund.status == Refund.Status.FAILED else None
    if state is not None and state.status != "failed":
        settle(refund_id, state)
    return retry_on_conflict(lambda: _turn_into_credit(refund_id, reason))


@transaction.atomic(durable=True)
def _turn_into_credit(refund_id: int, reason: str) -> Refund:
    booking_id, payment_id = Refund.objects.values_list("payment__booking", "payment").get(pk=refund_id)
    lock_booking(booking_id)
    payment = lock_payment(payment_id)
    refund = lock_refund(refund_id)
    if refund.status != Refund.Status.FAILED:
        raise RefundStateError(status=refund.get_status_display())
    if uncovered(payment) < 0:
        raise TakenByBankError
    refund.destination, refund.status, refund.error = Refund.Destination.CREDIT, Refund.Status.PENDING, ""
    refund.note = "; ".join(part for part in (refund.note, reason) if part)[:200]
    refund.tries += 1
    refund.save(update_fields=["destination", "status", "error", "note", "tries"])
    publish("payments.refund_requested", refund_id=refund.pk)
    return refund
