"""What vouchers still hold is what was given less what was spent, and the ledger says the same."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Q, Sum

from bookings.models import Booking
from payments.models import CREDIT, Account, GiftVoucher, LedgerEntry, Payment, Refund, Voucher

PAID = [Payment.Status.PAID, Payment.Status.REFUNDED]
TAKEN = [Payment.Status.PENDING, *PAID]


def find_wrong_credit() -> Iterator[str]:
    """One sentence a breach."""
    yield from find_wrong_balances()
    yield from find_wrong_voids()
    yield from find_parted_credit()
    yield from find_credit_never_given()
    yield from find_wrong_gifts()
    yield from find_wrong_liabilities()
    yield from find_stranded_changes()


def find_wrong_balances() -> Iterator[str]:
    taken = Payment.objects.filter(status__in=TAKEN).exclude(voucher=None).order_by().values_list("voucher")
    spent = dict(taken.annotate(sum=Sum("amount")))
    back = Refund.objects.filter(status=Refund.Status.SUCCEEDED).exclude(payment__voucher=None)
    # Those went past the voucher, to where the money came from.
    back = back.exclude(payment__voucher__kind=Voucher.Kind.CHANGE, destination=Refund.Destination.ORIGINAL)
    returned = dict(back.order_by().values_list("payment__voucher").annotate(sum=Sum("amount")))
    rows = Voucher.objects.values_list("pk", "amount", "balance", "voided")
    for pk, amount, balance, voided in rows.iterator():
        expected = amount - spent.get(pk, 0) + returned.get(pk, 0) - voided
        if balance != expected:
            yield f"voucher {pk}: holds {balance}, what was given and spent says {expected}"


def find_wrong_voids() -> Iterator[str]:
    """What was taken off vouchers stands in the ledger, voucher by voucher."""
    posted: dict[int, Decimal] = defaultdict(Decimal)
    entries = LedgerEntry.objects.filter(account=Account.GATEWAY, posting__startswith="voucher:").order_by()
    for posting, amount in entries.values_list("posting", "amount").iterator():
        posted[int(posting.split(":")[1])] += amount
    voided = dict(Voucher.objects.exclude(voided=0).values_list("pk", "voided"))
    for pk in sorted({*posted, *voided}):
        if posted.get(pk, 0) != voided.get(pk, 0):
            yield f"voucher {pk}: {voided.get(pk, 0)} of it is void, the ledger says {posted.get(pk, 0)}"


def find_parted_credit() -> Iterator[str]:
    """Credit goes the way of the payment it is a part of."""
    credit = Payment.objects.filter(gateway=CREDIT)
    kept_for_nothing = Q(status=Payment.Status.PENDING) & ~Q(rest__status=Payment.Status.PENDING)
    spent_for_nothing = Q(status__in=PAID, rest__isnull=False) & ~Q(rest__status__in=PAID)
    for payment in credit.filter(kept_for_nothing | spent_for_nothing).select_related("booking"):
        yield f"booking {payment.booking.reference}: credit {payment.pk} is {payment.status}, its payment is not"


def find_credit_never_given() -> Iterator[str]:
    promised = Refund.objects.filter(status=Refund.Status.SUCCEEDED, destination=Refund.Destination.CREDIT)
    without = promised.filter(voucher=None).exclude(payment__gateway=CREDIT)
    for refund in without.select_related("payment__booking"):
        yield f"booking {refund.payment.booking.reference}: refund {refund.pk} became no voucher"


def find_wrong_gifts() -> Iterator[str]:
    """A gift that was paid is a voucher over its sum, and one that was not is none."""
    for gift in GiftVoucher.objects.select_related("booking", "voucher").order_by("pk").iterator():
        booking, voucher = gift.booking, gift.voucher
        if (booking.confirmed_at is not None) != (voucher is not None):
            yield f"booking {booking.reference}: its gift is {booking.status}, its voucher {voucher or 'missing'}"
        if gift.amount.amount != booking.gift_amount or (voucher and voucher.amount != gift.amount):
            yield f"booking {booking.reference}: its gift is over {gift.amount}, its price {booking.gift_amount}"
    for reference in Booking.objects.exclude(gift_amount=0).filter(gift=None).values_list("reference", flat=True):
        yield f"booking {reference}: costs a gift voucher and has none"


def find_wrong_liabilities() -> Iterator[str]:
    """The account of credit is minus what holders may still spend, or have under way."""
    owed: dict[str, Decimal] = defaultdict(Decimal)
    balances = Voucher.objects.order_by().values_list("amount_currency").annotate(sum=Sum("balance"))
    kept = Payment.objects.filter(gateway=CREDIT, status=Payment.Status.PENDING).order_by()
    for currency, amount in [*balances, *kept.values_list("amount_currency").annotate(sum=Sum("amount"))]:
        owed[currency] += amount
    entries = LedgerEntry.objects.filter(account=Account.GATEWAY, gateway=CREDIT).order_by()
    posted = dict(entries.values_list("currency").annotate(sum=Sum("amount")))
    for currency in sorted({*owed, *posted}):
        if posted.get(currency, 0) != -owed[currency]:
            yield f"credit: holders may spend {owed[currency]} {currency}, the ledger says {posted.get(currency, 0)}"


def find_stranded_changes() -> Iterator[str]:
    """What was given back for changed tickets paid for the new ones."""
    carried = Refund.objects.filter(reason=Refund.Reason.CHANGED, destination=Refund.Destination.CREDIT)
    for refund in carried.select_related("payment__booking"):
        voucher = refund.new_credit or refund.payment.voucher
        if voucher is None or not voucher.payments.filter(booking__replaces=refund.payment.booking_id).exists():
            yield f"booking {refund.payment.booking.reference}: refund {refund.pk} paid for no change"
