"""What each event earned, gave back and is owed, and at which provider its money lies; all out of the ledger."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from bookings.models import Ticket
from payments.models import Account, LedgerEntry
from payments.shares import EARNED, OF_EVENTS, share_out

ZERO = Decimal(0)
# (gateway, what kind of movement) -> sum
Sums = dict[tuple[str, str], Decimal]
# Bookings of several events that are read at once.
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Worth:
    """Of tickets, fees or tax: what was sold, and what of it became void; both above zero."""

    sold: Decimal = ZERO
    taken_back: Decimal = ZERO

    @property
    def remains(self) -> Decimal:
        return self.sold - self.taken_back


@dataclass(frozen=True, slots=True)
class EventSums:
    """One event in one currency; tickets and fees without the tax that they include."""

    tickets: Worth = field(default_factory=Worth)
    fees: Worth = field(default_factory=Worth)
    tax: Worth = field(default_factory=Worth)
    kept: Decimal = ZERO
    goodwill: Decimal = ZERO
    chargebacks: Decimal = ZERO

    @property
    def total(self) -> Worth:
        parts = (self.tickets, self.fees, self.tax)
        return Worth(sum((part.sold for part in parts), ZERO), sum((part.taken_back for part in parts), ZERO))

    @property
    def result(self) -> Decimal:
        """What the house has of the event's money in the end, tax included."""
        return self.total.remains + self.kept - self.goodwill - self.chargebacks


@dataclass(slots=True)
class ProviderMoney:
    """What came in and went out at one provider; credit is one too."""

    gateway: str
    paid_in: Decimal = ZERO
    given_back: Decimal = ZERO
    chargebacks: Decimal = ZERO

    @property
    def balance(self) -> Decimal:
        return self.paid_in - self.given_back - self.chargebacks


@dataclass(frozen=True, slots=True)
class Settlement:
    """`rounding` is what sharing out baskets of several events leaves: cents, and zero for most."""

    currency: str
    sums: EventSums
    providers: list[ProviderMoney]
    on_the_way: Decimal

    @property
    def balance(self) -> Decimal:
        return sum((provider.balance for provider in self.providers), ZERO)

    @property
    def rounding(self) -> Decimal:
        return self.sums.result - (self.balance - self.on_the_way)


def settle_event(event_id: int) -> list[Settlement]:
    """One settlement for each currency that the event was sold in."""
    found = sum_events([event_id])
    settlements = []
    for (_event, currency), sums in sorted(found.items()):
        providers, on_the_way = find_money(event_id, currency)
        settlements.append(Settlement(currency, sums, providers, on_the_way))
    return settlements


def sum_events(event_ids: Collection[int]) -> dict[tuple[int, str], EventSums]:
    """(event, currency) -> its sums, in one query; events without sales are left out."""
    entries = LedgerEntry.objects.filter(event__in=event_ids, account__in=OF_EVENTS).order_by()
    void = Sum("amount", filter=Q(posting__startswith="void:"), default=ZERO)
    rows = entries.values_list("event", "currency", "account").annotate(sum=Sum("amount"), void=void)
    balances: dict[tuple[int, str], dict[str, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for event_id, currency, account, total, of_void in rows:
        balances[event_id, currency][account] = total, of_void
    return {key: _read_sums(accounts) for key, accounts in balances.items()}


def _read_sums(accounts: dict[str, tuple[Decimal, Decimal]]) -> EventSums:
    worth = {}
    for account in EARNED:
        total, of_void = accounts.get(account, (ZERO, ZERO))
        worth[account] = Worth(sold=of_void - total, taken_back=of_void)
    return EventSums(
        tickets=worth[Account.TICKETS],
        fees=worth[Account.FEES],
        tax=worth[Account.TAX],
        kept=-accounts.get(Account.KEPT, (ZERO,))[0],
        goodwill=accounts.get(Account.GOODWILL, (ZERO,))[0],
        chargebacks=accounts.get(Account.DISPUTES, (ZERO,))[0],
    )


def find_money(event_id: int, currency: str) -> tuple[list[ProviderMoney], Decimal]:
    """The providers of the event's bookings, and what is on its way back to customers.

    A booking of several events is shared out: what came in by what was sold, what went out by what each
    event no longer has.
    """
    bookings = LedgerEntry.objects.filter(event=event_id, currency=currency).order_by().values("booking").distinct()
    named = LedgerEntry.objects.filter(booking__in=bookings, event__isnull=False).order_by().values("booking")
    mixed = list(
        named.annotate(events=Count("event", distinct=True)).filter(events__gt=1).values_list("booking", flat=True)
    )
    of_one = LedgerEntry.objects.filter(booking__in=bookings, currency=currency).exclude(booking__in=mixed)
    money = sum_money(of_one)
    for start in range(0, len(mixed), CHUNK):
        _add_shares(money, mixed[start : start + CHUNK], event_id, currency)
    on_the_way = -money.pop(("", "on_the_way"), ZERO)
    return list_providers(money), on_the_way


def list_providers(money: dict[tuple[str, str], Decimal]) -> list[ProviderMoney]:
    providers: dict[str, ProviderMoney] = {}
    for (gateway, kind), amount in sorted(money.items()):
        provider = providers.setdefault(gateway, ProviderMoney(gateway))
        setattr(provider, kind, amount if kind == "paid_in" else -amount)
    return list(providers.values())


def sum_money(entries: QuerySet[LedgerEntry]) -> Sums:
    """(gateway, what kind of movement) -> sum as in the ledger; refunds on their way under ("", "on_the_way")."""
    money: Sums = {}
    for account, gateway, *sums in _sum_moved(entries, "account", "gateway"):
        money |= _read_moved(account, gateway, *sums)
    return money


def sum_money_of_each(entries: QuerySet[LedgerEntry]) -> dict[int, Sums]:
    """Booking -> the same of it alone."""
    money: dict[int, Sums] = defaultdict(dict)
    for booking_id, account, gateway, *sums in _sum_moved(entries, "booking", "account", "gateway"):
        money[booking_id] |= _read_moved(account, gateway, *sums)
    return money


def _sum_moved(entries: QuerySet[LedgerEntry], *keys: str) -> QuerySet[LedgerEntry, Any]:
    came_in, by_bank = Q(posting__startswith="capture:"), Q(posting__startswith="dispute:")
    rows = entries.filter(account__in=[Account.GATEWAY, Account.REFUNDS]).order_by().values_list(*keys)
    return rows.annotate(
        paid_in=Sum("amount", filter=came_in, default=ZERO),
        chargebacks=Sum("amount", filter=by_bank, default=ZERO),
        rest=Sum("amount", filter=~(came_in | by_bank), default=ZERO),
    )


def _read_moved(account: str, gateway: str, paid_in: Decimal, chargebacks: Decimal, rest: Decimal) -> Sums:
    if account == Account.REFUNDS:
        return {("", "on_the_way"): paid_in + chargebacks + rest}
    return {(gateway, "paid_in"): paid_in, (gateway, "chargebacks"): chargebacks, (gateway, "given_back"): rest}


def _add_shares(money: Sums, booking_ids: Collection[int], event_id: int, currency: str) -> None:
    """Add the event's part of these bookings of several events, for two queries in all."""
    entries = LedgerEntry.objects.filter(booking__in=booking_ids)
    events = entries.filter(account__in=OF_EVENTS, event__isnull=False).order_by().values_list("booking", "event")
    sale = Sum("amount", filter=Q(posting__startswith="sale:"), default=ZERO)
    sold: dict[int, dict[int, Decimal]] = defaultdict(dict)
    gone: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for booking_id, event, amount, has in events.annotate(sold=sale, has=Sum("amount")):
        sold[booking_id][event] = -amount
        gone[booking_id][event] = has - amount
    for booking_id, moved in sum_money_of_each(entries).items():
        for (gateway, kind), amount in moved.items():
            weights = (sold if kind == "paid_in" else gone)[booking_id]
            share = share_out(amount, weights, currency).get(event_id, ZERO)
            money[gateway, kind] = money.get((gateway, kind), ZERO) + share


def count_tickets(event_id: int) -> tuple[int, int]:
    """(valid, void)."""
    counts = Ticket.objects.filter(event_session__event=event_id).aggregate(
        valid=Count("pk", filter=Q(status__in=Ticket.STANDING)), void=Count("pk", filter=Q(status=Ticket.Status.VOID))
    )
    return counts["valid"], counts["void"]
