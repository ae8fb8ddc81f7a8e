"""Captured money equals valid tickets plus refunds plus what was kept, and the ledger says the same as the state.

Read by `manage.py check_ledger` and after every concurrency test.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Round

from bookings.models import Booking, BookingItem, Ticket
from payments.credit_invariants import find_wrong_credit
from payments.models import Account, Dispute, LedgerEntry, Payment, Refund
from payments.receipts import invariants as receipts

CAPTURED = [Payment.Status.PAID, Payment.Status.REFUNDED]
# SQLite adds up floating point numbers: what is zero is a millionth of a millionth there.
EXACT_SUM = Round(Sum("amount"), precision=2)
SETTLED = [Refund.Status.SUCCEEDED, Refund.Status.REJECTED]


def find_breaches() -> Iterator[str]:
    """One sentence a breach, naming the booking or payment; nothing when every sum is right."""
    yield from find_unbalanced_postings()
    yield from find_unspoken_money()
    yield from find_wrong_payments()
    yield from find_wrong_refunds()
    yield from find_wrong_disputes()
    yield from find_wrong_sales()
    yield from receipts.find_breaches()
    yield from find_wrong_credit()


def find_unbalanced_postings() -> Iterator[str]:
    sums = LedgerEntry.objects.order_by().values("posting", "booking__reference", "currency").annotate(sum=EXACT_SUM)
    for row in sums.exclude(sum=0):
        yield f"booking {row['booking__reference']}: posting {row['posting']} is off by {row['sum']} {row['currency']}"


def find_unspoken_money() -> Iterator[str]:
    """Money of customers that became neither tickets nor refunds, or tickets that nobody paid."""
    for reference, amount in totals(Account.CUSTOMER, "booking__reference").items():
        if amount:
            yield f"booking {reference}: {-amount} of the customer's money is neither tickets nor refunds"


def find_wrong_payments() -> Iterator[str]:
    """What the provider has for us of each payment: its amount less what was given back or a bank took."""
    at_provider = totals(Account.GATEWAY, "payment")
    taken = totals(Account.DISPUTES, "payment")
    given = sums_of(Refund.objects.filter(status=Refund.Status.SUCCEEDED), "payment")
    rows = Payment.objects.values_list("pk", "booking__reference", "status", "amount")
    for pk, reference, status, amount in rows.iterator():
        expected = (amount - given.get(pk, 0) if status in CAPTURED else Decimal(0)) - taken.get(pk, 0)
        posted = at_provider.get(pk, 0)
        if posted != expected:
            yield f"booking {reference}: payment {pk} is {status} over {amount}, the ledger says {posted}"


def find_wrong_refunds() -> Iterator[str]:
    promised = totals(Account.REFUNDS, "refund")
    rows = Refund.objects.values_list("pk", "payment__booking__reference", "status", "amount")
    for pk, reference, status, amount in rows.iterator():
        expected = Decimal(0) if status in SETTLED else -amount
        if promised.get(pk, 0) != expected:
            yield f"booking {reference}: refund {pk} is {status} over {amount}, the ledger says {promised.get(pk, 0)}"


def find_wrong_disputes() -> Iterator[str]:
    """What customers' banks hold: all of a lost dispute, nothing of one that we won, all or nothing of an open one."""
    held: dict[str, Decimal] = {}
    entries = LedgerEntry.objects.filter(account=Account.DISPUTES, posting__startswith="dispute:").order_by()
    for posting, amount in entries.values_list("posting").annotate(sum=Sum("amount")):
        number = posting.split(":")[1]
        held[number] = held.get(number, Decimal(0)) + amount
    for dispute in Dispute.objects.select_related("payment__booking").order_by("pk").iterator():
        amount, posted = dispute.amount.amount, held.get(str(dispute.pk), Decimal(0))
        right = {"won": [0], "lost": [amount]}.get(dispute.status, [0, amount])
        if dispute.payment.failure == Payment.Failure.MISMATCH:
            right = [0, amount]  # Money that was never in our books is lost only once it had gone back.
        if posted not in right:
            words = f"dispute {dispute.pk} is {dispute.status} over {amount}, the ledger says {posted}"
            yield f"booking {dispute.payment.booking.reference}: {words}"


def find_wrong_sales() -> Iterator[str]:
    """What the ledger says was earned is the price and fees of the tickets that are valid or offered for resale."""
    earned = totals([Account.TICKETS, Account.FEES, Account.TAX], "booking")
    valid = BookingItem.objects.filter(ticket__status__in=Ticket.STANDING).order_by().values("booking")
    worth = dict(valid.annotate(sum=Sum(F("price") + F("fee"))).values_list("booking", "sum"))
    differing = [pk for pk in {*earned, *worth} if -earned.get(pk, 0) != worth.get(pk, 0)]
    for booking in Booking.objects.filter(pk__in=differing).order_by("pk"):
        sums = f"tickets worth {worth.get(booking.pk, 0)}, the ledger says {-earned.get(booking.pk, 0)}"
        yield f"booking {booking.reference}: {sums}"


def totals(accounts: str | list[Account], key: str) -> dict[Any, Decimal]:
    """The balance of the account, or accounts together, by booking, payment or refund."""
    names = [accounts] if isinstance(accounts, str) else accounts
    entries = LedgerEntry.objects.filter(account__in=names).order_by().values(key)
    return dict(entries.annotate(sum=EXACT_SUM).values_list(key, "sum"))


def sums_of(refunds: QuerySet[Refund], key: str) -> dict[Any, Decimal]:
    return dict(refunds.order_by().values(key).annotate(sum=Sum("amount")).values_list(key, "sum"))
