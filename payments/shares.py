"""Which event a sum of a whole booking belongs to; nearly every booking is of one event, and gets all of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum

from bookings.models import BookingItem
from payments.models import Account, LedgerEntry
from ticketing.money import round_to_unit

EARNED = [Account.TICKETS, Account.FEES, Account.TAX]
# Accounts whose lines name an event; providers, customers and refunds know only bookings.
OF_EVENTS = [*EARNED, Account.KEPT, Account.GOODWILL, Account.DISPUTES]


def share_out(amount: Decimal, weights: Mapping[int, Decimal], currency: str) -> dict[int, Decimal]:
    """Split by weight in the currency's smallest units: 10.00 by {1: 2, 2: 1} -> {1: 6.67, 2: 3.33}.

    The parts add up to the amount, and are the same for the same weights; weights of zero share alike.
    """
    counted = sorted((key, weight) for key, weight in weights.items() if weight > 0)
    counted = counted or [(key, Decimal(1)) for key in sorted(weights)]
    left, weight_left = amount, sum((weight for _key, weight in counted), Decimal(0))
    parts: dict[int, Decimal] = {}
    for key, weight in counted[:-1]:
        parts[key] = round_to_unit(left * weight / weight_left, currency)
        left -= parts[key]
        weight_left -= weight
    for key, _weight in counted[-1:]:
        parts[key] = left
    return parts


def share_booking(booking_id: int, amount: Decimal, currency: str) -> dict[int, Decimal]:
    """Split by what each event still has of the booking's money; by price where none has any."""
    balances = sum_by_event(LedgerEntry.objects.filter(booking=booking_id))
    weights = {event_id: -balance for event_id, balance in balances.items()}
    if not any(weight > 0 for weight in weights.values()):
        items = BookingItem.objects.filter(booking=booking_id).order_by().values_list("event_session__event")
        weights = dict(items.annotate(sum=Sum(F("price") + F("fee"))))
    return share_out(amount, weights, currency)


def share_returned(booking_id: int, amount: Decimal, currency: str) -> dict[int, Decimal]:
    """Split by what was the customer's again when tickets of each event became void."""
    return share_out(
        amount, sum_by_event(LedgerEntry.objects.filter(booking=booking_id, posting__startswith="void:")), currency
    )


def sum_by_event(entries: QuerySet[Any]) -> dict[int, Decimal]:
    """Event -> balance of the accounts that name one."""
    named = entries.filter(account__in=OF_EVENTS, event__isnull=False).order_by().values_list("event")
    return dict(named.annotate(sum=Sum("amount")))
