"""What a receipt says, taken down once as plain JSON: names, prices and taxes change later, a document may not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.conf import settings

from bookings.models import Booking, BookingItem
from payments.models import Account, BillingDetails, Payment, Receipt, Refund
from ticketing.money import tax_in

Content = dict[str, Any]

# What of the tickets' worth does not go back: kept by the policy, given before, or taken by the bank.
NOT_GIVEN_BACK = [Account.KEPT, Account.GOODWILL, Account.DISPUTES]


def describe_sale(booking: Booking, items: Sequence[BookingItem]) -> Content:
    """What was sold, to whom, at which taxes, and how it was paid; the items as `list_items` loads them."""
    total = sum((worth_of(item) for item in items), booking.gift_amount)
    return {
        "issuer": settings.RECEIPT_ISSUER,
        "recipient": recipient_of(booking),
        "reference": booking.reference,
        "currency": booking.currency,
        "lines": [*ticket_lines(items), *fee_lines(items), *gift_lines(booking)],
        "taxes": tax_rows(items),
        "total": str(total),
        "paid": ways_paid(booking, total),
    }


def describe_void(
    booking: Booking, items: Sequence[BookingItem], sums: Mapping[str, Decimal], sale: Receipt | None
) -> Content:
    """The same items taken back, less what is kept or was given back before.

    `sums` is what the ledger's posting says of them, by account; the total is what goes back, below zero.
    """
    less = {account: -sums[account] for account in NOT_GIVEN_BACK if sums.get(account)}
    worth = sum((worth_of(item) for item in items), booking.gift_amount)
    return {
        "issuer": sale.content["issuer"] if sale else settings.RECEIPT_ISSUER,
        "recipient": sale.content["recipient"] if sale else recipient_of(booking),
        "reference": booking.reference,
        "currency": booking.currency,
        "corrects": str(sale) if sale else "",
        "lines": [
            *ticket_lines(items, -1),
            *fee_lines(items, -1),
            *gift_lines(booking, -1),
            *({"kind": str(account), "amount": str(amount)} for account, amount in less.items()),
        ],
        "taxes": tax_rows(items, -1),
        "total": str(sum(less.values(), -worth)),
    }


def worth_of(item: BookingItem) -> Decimal:
    return Decimal(item.price.amount + item.fee.amount)


def recipient_of(booking: Booking) -> list[str]:
    billing = BillingDetails.objects.filter(booking=booking).first()
    if billing is None:
        return [booking.name] if booking.name else []
    lines = [billing.company, *billing.address.splitlines(), billing.tax_number]
    return [line.strip() for line in lines if line.strip()]


def ticket_lines(items: Sequence[BookingItem], sign: int = 1) -> list[Content]:
    """One line for tickets of one session, type, price, reduction and tax, with all their places."""

    def alike(item: BookingItem) -> tuple[Any, ...]:
        session = (item.event_session.starts_at, item.event_session_id)
        return (*session, item.ticket_type_id, item.price, item.taken_off, item.tax_percent)

    return [ticket_line(list(same), sign) for _key, same in groupby(sorted(items, key=alike), key=alike)]


def ticket_line(items: Sequence[BookingItem], sign: int) -> Content:
    first = items[0]
    hall = first.event_session.hall
    reduced = {}
    if first.taken_off:
        reduced = {"full_price": str(first.full_price.amount), "promo_code": str(first.booking.promo_code)}
    return {
        "kind": "tickets",
        "event": first.event_session.event.title,
        "starts_at": first.event_session.starts_at.isoformat(),
        "zone": hall.venue.time_zone,
        "where": ", ".join(part for part in (hall.name, hall.venue.name, hall.venue.city) if part),
        "ticket_type": first.ticket_type.name,
        "places": [item.place.label for item in items],
        "count": len(items),
        "price": str(first.price.amount),
        **reduced,
        "tax_percent": str(first.tax_percent),
        "amount": str(sign * first.price.amount * len(items)),
    }


def fee_lines(items: Iterable[BookingItem], sign: int = 1) -> list[Content]:
    sums: dict[Decimal, Decimal] = defaultdict(Decimal)
    for item in items:
        sums[item.tax_percent] += item.fee.amount
    return [
        {"kind": "fee", "tax_percent": str(percent), "amount": str(sign * amount)}
        for percent, amount in sorted(sums.items())
        if amount
    ]


def gift_lines(booking: Booking, sign: int = 1) -> list[Content]:
    """A voucher is taxed when it is spent, at the rate of what it buys."""
    return [{"kind": "gift", "amount": str(sign * booking.gift_amount)}] if booking.gift_amount else []


def tax_rows(items: Sequence[BookingItem], sign: int = 1) -> list[Content]:
    """What is in the lines at each rate, rounded ticket by ticket as the ledger does it."""
    rows = []
    for percent in sorted({item.tax_percent for item in items}):
        of_rate = [item for item in items if item.tax_percent == percent]
        gross = sum((worth_of(item) for item in of_rate), Decimal(0))
        tax = sum((tax_of(item) for item in of_rate), Decimal(0))
        rows.append(
            {
                "percent": str(percent),
                "net": str(sign * (gross - tax)),
                "tax": str(sign * tax),
                "gross": str(sign * gross),
            }
        )
    return rows


def tax_of(item: BookingItem) -> Decimal:
    return Decimal(sum(tax_in(amount, item.tax_percent).amount for amount in (item.price, item.fee)))


def ways_paid(booking: Booking, total: Decimal) -> list[Content]:
    """The payments that bought it; none where money that came twice makes them unclear."""
    unneeded = [Refund.Reason.LATE, Refund.Reason.DUPLICATE]
    paid = booking.payments.filter(status__in=[Payment.Status.PAID, Payment.Status.REFUNDED])
    ways = [
        {"method": payment.method, "amount": str(payment.amount.amount)}
        for payment in paid.exclude(refunds__reason__in=unneeded).order_by("pk")
    ]
    return ways if sum((Decimal(way["amount"]) for way in ways), Decimal(0)) == total else []
