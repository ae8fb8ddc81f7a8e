"""What a good end is: paid for with tickets, given back, or never paid; ledger, provider and inventory agree."""

import logging
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Sum

from bookings import invariants as inventory
from bookings.models import Booking, Ticket
from payments import invariants as money
from payments.errors import GatewayRefusedError, GatewayUnavailableError
from payments.models import Account, LedgerEntry, Payment, ProviderEvent, Refund
from tests.world import World
from ticketing.outbox.models import Message


class Faults(logging.Handler):
    """What a worker caught and logged without expecting it, which no test would see otherwise."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def __enter__(self) -> "Faults":
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and not isinstance(record.exc_info[1], GatewayUnavailableError | GatewayRefusedError):
            self.found.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


def find_breaches() -> list[str]:
    """What must not be so even for a moment."""
    return [*inventory.find_breaches(), *money.find_breaches()]


def find_unserved(world: World) -> Iterator[str]:
    """One sentence for everything that did not come to a good end, as the provider has it and as we do."""
    yield from find_unfinished()
    given = world.sums_given_back()
    paid = {
        row["id"]: Decimal(row["amount"]) / 100 for row in world.provider.rows("payment") if row["status"] == "paid"
    }
    ours: dict[str | None, Payment] = {payment.provider_id: payment for payment in Payment.objects.all()}
    for provider_id, amount in paid.items():
        if provider_id not in ours:
            yield f"nobody knows of the {amount} of {provider_id}"
    for provider_id, payment in ours.items():
        is_paid = payment.status in money.CAPTURED
        if is_paid != (provider_id in paid):
            yield f"payment {payment.pk} is {payment.status}, and at the provider it is {provider_id in paid}"
        succeeded = payment.refunds.filter(status=Refund.Status.SUCCEEDED).aggregate(sum=Sum("amount"))["sum"] or 0
        if succeeded != given.get(provider_id, 0):
            yield f"payment {payment.pk}: {succeeded} given back, the provider gave {given.get(provider_id, 0)}"
    for booking in Booking.objects.all():
        attempts = booking.payments.all()
        left = sum((paid.get(each.provider_id, 0) - given.get(each.provider_id, 0) for each in attempts), Decimal(0))
        yield from find_unserved_customer(booking, left, world.may_be_kept.get(booking.pk, Decimal(0)))


def find_unserved_customer(booking: Booking, left: Decimal, may_be_kept: Decimal) -> Iterator[str]:
    """`left` is what of the customer's money is at the provider still."""
    valid = [ticket.item for ticket in booking.tickets.filter(status=Ticket.Status.VALID).select_related("item")]
    worth = sum((item.price.amount + item.fee.amount for item in valid), Decimal(0))
    kept = -balance(booking, Account.KEPT)
    goodwill = balance(booking, Account.GOODWILL)
    if booking.is_open or booking.is_confirmed != bool(valid):
        yield f"booking {booking.reference} is {booking.status} with {len(valid)} tickets"
    if left != worth + kept - goodwill:
        yield f"booking {booking.reference}: {left} is left for tickets of {worth}, {kept} kept, {goodwill} given"
    if not 0 <= kept <= may_be_kept:
        yield f"booking {booking.reference}: {kept} kept, and nobody asked for it"


def balance(booking: Booking, account: Account) -> Decimal:
    entries = LedgerEntry.objects.filter(booking=booking, account=account)
    return entries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def find_unfinished() -> Iterator[str]:
    for message in Message.objects.filter(sent_at=None):
        yield f"{message.topic} {message.payload} was never delivered"
    for event in ProviderEvent.objects.filter(processed_at=None):
        yield f"{event} was never taken over"
    for payment in Payment.objects.filter(status=Payment.Status.PENDING):
        yield f"payment {payment.pk} is pending for ever"
    for refund in Refund.objects.exclude(status__in=money.SETTLED):
        yield f"refund {refund.pk} is {refund.status} for ever: {refund.error}"
