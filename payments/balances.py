"""Where all money is and whose it is, as the ledger says now: by gateway, by account, and bookings still owed some."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from payments.models import Account, LedgerEntry
from payments.settlements import ZERO, ProviderMoney, list_providers, sum_money

MOST_BOOKINGS = 100


@dataclass(frozen=True, slots=True)
class Balances:
    """One currency; `accounts` are (name, balance) and add up to zero, `owed` are (booking's key, reference, sum)."""

    currency: str
    providers: list[ProviderMoney]
    accounts: list[tuple[str, Decimal]]
    owed: list[tuple[int, str, Decimal]]

    @property
    def total(self) -> Decimal:
        return sum((balance for _name, balance in self.accounts), ZERO)


def list_balances() -> list[Balances]:
    """One for each currency in the ledger; of the bookings that wait for money, those that wait for most."""
    currencies = LedgerEntry.objects.order_by("currency").values_list("currency", flat=True).distinct()
    return [_balance(currency) for currency in currencies]


def _balance(currency: str) -> Balances:
    entries = LedgerEntry.objects.filter(currency=currency).order_by()
    sums = dict(entries.values_list("account").annotate(sum=Sum("amount")))
    money = {key: amount for key, amount in sum_money(entries).items() if key[0]}
    owed = entries.filter(account__in=[Account.REFUNDS, Account.CUSTOMER]).values_list("booking", "booking__reference")
    waiting = owed.annotate(sum=Sum("amount")).filter(sum__lt=0).order_by("sum")[:MOST_BOOKINGS]
    return Balances(
        currency=currency,
        providers=list_providers(money),
        accounts=[(str(account.label), sums[account]) for account in Account if account in sums],
        owed=[(pk, reference, -amount) for pk, reference, amount in waiting],
    )
