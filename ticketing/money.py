"""Exact money: minor units at a gateway's edge, sums that keep their currency."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from djmoney.money import Money
from moneyed import get_currency


def to_minor_units(amount: Money) -> int:
    """45.00 EUR -> 4500, 1200 JPY -> 1200; the provider's integer for this amount."""
    exponent = get_currency(str(amount.currency)).sub_unit
    return int((amount.amount * exponent).to_integral_value(rounding=ROUND_HALF_UP))


def from_minor_units(units: int, currency: str) -> Money:
    """4500, "EUR" -> 45.00 EUR."""
    exponent = get_currency(currency).sub_unit
    return Money(Decimal(units) / exponent, currency)


def round_to_unit(amount: Decimal, currency: str) -> Decimal:
    """To the currency's smallest unit, halves up: 1.005 EUR -> 1.01, 1.5 JPY -> 2."""
    exponent = get_currency(currency).sub_unit
    return (amount * exponent).to_integral_value(rounding=ROUND_HALF_UP) / exponent


def tax_in(amount: Money, percent: Decimal) -> Money:
    """The tax that an amount includes: 120.00 at 20 % -> 20.00."""
    currency = str(amount.currency)
    return Money(round_to_unit(amount.amount * percent / (100 + percent), currency), currency)


def add_up(amounts: Iterable[Money], currency: str) -> Money:
    """The sum in one currency; zero of that currency for nothing."""
    return sum(amounts, Money(0, currency))
