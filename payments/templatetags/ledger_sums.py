"""Sums in tables: 1234.5 -> 1,234.50; what went away has a true minus."""

from decimal import Decimal

from django import template
from moneyed import get_currency

register = template.Library()


@register.filter
def as_sum(amount: Decimal, currency: str) -> str:
    digits = len(str(get_currency(currency).sub_unit)) - 1
    return f"{amount:,.{digits}f}".replace("-", "−")


@register.filter
def as_loss(amount: Decimal, currency: str) -> str:
    """The opposite: 20 that was given back is −20.00."""
    return as_sum(-amount if amount else amount, currency)
