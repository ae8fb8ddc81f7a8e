"""What a good end is: paid for with tickets, given back, or never paid; ledger, provider and inventory agree."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from bookings import invariants as inventory
from bookings.models import Booking, Ticket
from payments import invariants as money
from payments.errors import GatewayRefusedError, GatewayUnavailableError
from payments.models import (
    CREDIT,
    Account,
    CalledOffBooking,
    Discrepancy,
    GiftVoucher,
    LedgerEntry,
    Payment,
    ProviderEvent,
    Refund,
)
from payments.services.reselling import list_sold
from tests.promises import find_broken, find_unkept
from tests.world import World
from ticketing.outbox.models import Message

ZERO = Decimal(0)


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


def find_breaches(world: World) -> list[str]:
    """What must not be so even for a moment."""
    return [*inventory.find_breaches(), *money.find_breaches(), *find_broken(world)]


def find_unserved(world: World) -> Iterator[str]:
    """One sentence for everything that did not come to a good end, as the provider has it and as we do."""
    yield from find_unfinished(world)
    yield from find_unkept(world)
    paid, given, held = world.sums_paid(), world.sums_given_back(), world.sums_held_by_banks()
    bookings = Booking.objects.exclude(pk__in=world.earlier)
    payments = Payment.objects.at_providers().filter(booking__in=bookings)
    ours: dict[str | None, Payment] = {payment.provider_id: payment for payment in payments}
    for provider_id, amount in paid.items():
        if provider_id not in ours:
            yield f"nobody knows of the {amount} of {provider_id}"
    for provider_id, payment in ours.items():
        if payment.failure == Payment.Failure.MISMATCH:
            rest = paid.get(provider_id, ZERO) - given.get(provider_id, ZERO) - held.get(provider_id, ZERO)
            yield from find_kept_of_another_sum(payment, rest)
            continue
        is_paid = payment.status in money.CAPTURED
        if is_paid != (provider_id in paid):
            yield f"payment {payment.pk} is {payment.status}, and at the provider it is {provider_id in paid}"
        sent = sum_of(sent_from(payment))
        if sent != given.get(provider_id, 0):
            yield f"payment {payment.pk}: {sent} given back, the provider gave {given.get(provider_id, 0)}"
        # A voucher that became void in turn makes up for it, and is told apart.
        taken = balance(Account.DISPUTES, payment=payment, posting__startswith="dispute:")
        if taken != held.get(provider_id, 0):
            yield f"payment {payment.pk}: {taken} taken by the bank, which has {held.get(provider_id, 0)}"
    for booking in bookings:
        left = left_of(booking, paid, held, given)
        yield from find_unserved_customer(booking, left, world.may_be_kept.get(booking.pk, ZERO))


def find_kept_of_another_sum(payment: Payment, left: Decimal) -> Iterator[str]:
    """It buys nothing, so all of it goes back; below zero where its bank took it after that."""
    if left > 0 or payment.status != Payment.Status.FAILED:
        yield f"payment {payment.pk} of another amount than ours is {payment.status}, {left} is left of it"


def sent_from(payment: Payment) -> Iterable[Refund]:
    """What went back at its provider, also for tickets that others were changed into."""
    carried = Payment.objects.filter(gateway=CREDIT, voucher__kind="change", voucher__refund__payment=payment)
    for each in [payment, *carried]:
        yield from (refund for refund in succeeded(each) if refund.gateway != CREDIT)


def left_of(
    booking: Booking,
    paid: Mapping[str | None, Decimal],
    held: Mapping[str | None, Decimal],
    given: Mapping[str | None, Decimal],
) -> Decimal:
    """What is still ours of what was paid for it, in money and in credit, less what went back in any way."""
    left = ZERO
    for payment in booking.payments.all():
        if payment.gateway != CREDIT:
            left += paid.get(payment.provider_id, ZERO) - held.get(payment.provider_id, ZERO)
        elif payment.status in money.CAPTURED:
            left += Decimal(payment.amount.amount)
        if payment.failure == Payment.Failure.MISMATCH:
            # Given back past our ledger.
            left -= given.get(payment.provider_id, ZERO)
        left -= sum_of(succeeded(payment))
    return left


def succeeded(payment: Payment) -> Iterable[Refund]:
    return payment.refunds.filter(status=Refund.Status.SUCCEEDED)


def sum_of(refunds: Iterable[Refund]) -> Decimal:
    return sum((Decimal(refund.amount.amount) for refund in refunds), ZERO)


def find_unserved_customer(booking: Booking, left: Decimal, may_be_kept: Decimal) -> Iterator[str]:
    """`left` is what is still ours of the customer's money and credit."""
    tickets = booking.tickets.filter(status__in=Ticket.STANDING).select_related("item")
    standing = [ticket.item for ticket in tickets]
    gift = GiftVoucher.objects.filter(booking=booking, voucher__isnull=False).select_related("voucher").first()
    worth = sum((Decimal(item.price.amount + item.fee.amount) for item in standing), worth_of(gift))
    kept = -balance(Account.KEPT, booking=booking)
    lost = balance(Account.GOODWILL, booking=booking) + balance(Account.DISPUTES, booking=booking)
    if booking.is_open or booking.is_confirmed != bool(standing or (gift and is_good(gift))):
        yield f"booking {booking.reference} is {booking.status} with {len(standing)} tickets"
    if left != worth + kept - lost:
        yield f"booking {booking.reference}: {left} is left for tickets of {worth}, {kept} kept, {lost} given or lost"
    if not 0 <= kept <= may_be_kept:
        yield f"booking {booking.reference}: {kept} kept, and nobody asked for it"


def is_good(gift: GiftVoucher) -> bool:
    """Unless its buyer gave it back."""
    return gift.voucher is not None and gift.voucher.voided_at is None


def worth_of(gift: GiftVoucher | None) -> Decimal:
    """What was sold with it, spent or not, less what banks took off it again, or its buyer gave back."""
    return gift.amount.amount - gift.voucher.voided if gift and gift.voucher else ZERO


def balance(account: Account, **which: Any) -> Decimal:
    entries = LedgerEntry.objects.filter(account=account, **which)
    return entries.aggregate(sum=Sum("amount"))["sum"] or ZERO


def find_unfinished(world: World) -> Iterator[str]:
    # While a customer's bank decides on it, money that bought nothing cannot be given back.
    disputed = {row["payment_id"] for row in world.provider.rows("dispute") if row["status"] == "open"}
    for row in CalledOffBooking.objects.exclude(status=CalledOffBooking.Status.DONE):
        yield f"{row.booking} of a cancelled date is {row.status}: {row.error}"
    for ticket in Ticket.objects.filter(event_session__status="cancelled", status__in=Ticket.STANDING):
        yield f"ticket {ticket.pk} is {ticket.status} for a cancelled date"
    for resale in list_sold():
        yield f"resale {resale.pk} is open, and somebody else has bought its place"
    for message in Message.objects.filter(sent_at=None):
        yield f"{message.topic} {message.payload} was never delivered"
    for event in ProviderEvent.objects.filter(processed_at=None):
        yield f"{event} was never taken over"
    for payment in Payment.objects.filter(status=Payment.Status.PENDING):
        yield f"payment {payment.pk} is pending for ever"
    differing = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN).exclude(kind=Discrepancy.Kind.CHARGEBACK)
    for found in differing.exclude(provider_id__in=disputed):
        yield f"the provider's books differ: {found.kind}, {found.theirs} there, {found.ours} here"
    for refund in Refund.objects.exclude(status__in=money.SETTLED):
        yield f"refund {refund.pk} is {refund.status} for ever: {refund.error}"
