"""What cancelling a date would do, before anybody does it; and how far it has got, while workers are at it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from bookings.models import Booking, BookingItem, Ticket
from events.models import EventSession
from payments.call_off_mails import mail_key
from payments.gateways.registry import get_gateway
from payments.models import CREDIT, Account, CalledOffBooking, CallOff, GatewayStatus, LedgerEntry, Payment, Refund
from payments.progress import MOST_NAMED, BatchProgress
from payments.services.calling_off import refund_key
from ticketing.errors import DomainError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Promise

ZERO = Decimal(0)


@dataclass(slots=True)
class Share:
    """What goes back through one gateway in one currency."""

    gateway: str
    currency: str
    bookings: set[int] = field(default_factory=set)
    amount: Decimal = ZERO

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that would not go as it should, and bookings that it happens to."""

    text: "Promise | str"
    booking_ids: Collection[int]

    @property
    def bookings(self) -> list[Booking]:
        return list(Booking.objects.filter(pk__in=sorted(self.booking_ids)[:MOST_NAMED]))

    @property
    def more(self) -> int:
        return max(len(self.booking_ids) - MOST_NAMED, 0)


@dataclass(frozen=True)
class CallOffPlan:
    """The dry run: it reads the same rows that the workers will, and writes nothing."""

    sessions: Sequence[EventSession]
    tickets: int
    used: int
    bookings: int
    baskets: int
    shares: list[Share]
    troubles: list[Trouble]

    @property
    def totals(self) -> list[Money]:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for share in self.shares:
            sums[share.currency] += share.amount
        return [Money(amount, currency) for currency, amount in sorted(sums.items())]


class Repayments:
    """What of each payment would go back, booking by booking, the newest payment first: as `promise_from_booking`."""

    def __init__(self, sessions: Sequence[EventSession]) -> None:
        valid = Ticket.objects.filter(event_session__in=sessions, status__in=Ticket.STANDING)
        self.holders = Booking.objects.filter(pk__in=valid.values("booking"))
        items = BookingItem.objects.filter(ticket__in=valid).order_by().values("booking")
        self.worth = dict(items.annotate(sum=Sum(F("price") + F("fee"))).values_list("booking", "sum"))
        self.shares: dict[tuple[str, str], Share] = {}
        # Bookings whose payments have less left than their tickets cost.
        self.short: set[int] = set()
        self._spread()

    def of_payments(self, rows: QuerySet[Any], path: str) -> QuerySet[Any]:
        return rows.filter(**{f"{path}__booking__in": self.holders}).order_by().values_list(path)

    def _spread(self) -> None:
        undecided = {"status": Refund.Status.AWAITING_APPROVAL, "reason": Refund.Reason.GOODWILL}
        standing = Refund.objects.exclude(status=Refund.Status.REJECTED).exclude(**undecided)
        promised = dict(self.of_payments(standing, "payment").annotate(sum=Sum("amount")))
        held = LedgerEntry.objects.filter(account=Account.DISPUTES)
        taken = dict(self.of_payments(held, "payment").annotate(sum=Sum("amount")))
        missing = dict(self.worth)
        paid = Payment.objects.filter(booking__in=self.holders, status=Payment.Status.PAID).order_by("-pk")
        columns = ("pk", "booking", "way", "amount_currency", "amount")
        for pk, booking_id, gateway, currency, amount in paid.with_way().values_list(*columns):
            left = max(amount - promised.get(pk, ZERO) - taken.get(pk, ZERO), ZERO)
            part = min(left, missing.get(booking_id, ZERO))
            if part:
                missing[booking_id] -= part
                share = self.shares.setdefault((gateway, currency), Share(gateway, currency))
                share.bookings.add(booking_id)
                share.amount += part
        self.short = {booking_id for booking_id, amount in missing.items() if amount}


def plan_call_off(sessions: Sequence[EventSession]) -> CallOffPlan:
    """What would happen now to the holders of valid tickets of these sessions, used ones included."""
    repayments = Repayments(sessions)
    valid = Ticket.objects.filter(event_session__in=sessions, status__in=Ticket.STANDING)
    open_statuses = [Booking.Status.HELD, Booking.Status.AWAITING_PAYMENT]
    baskets = Booking.objects.filter(status__in=open_statuses, items__event_session__in=sessions)
    return CallOffPlan(
        sessions=sessions,
        tickets=valid.count(),
        used=valid.exclude(checked_in_at=None).count(),
        bookings=len(repayments.worth),
        baskets=baskets.distinct().count(),
        shares=sorted(repayments.shares.values(), key=lambda share: (share.currency, share.gateway)),
        troubles=[trouble for trouble in list_troubles(repayments) if trouble.booking_ids],
    )


def list_troubles(repayments: Repayments) -> Iterator[Trouble]:
    by_gateway: dict[str, set[int]] = defaultdict(set)
    for share in repayments.shares.values():
        by_gateway[share.gateway] |= share.bookings
    for gateway, booking_ids in sorted(by_gateway.items()):
        if problem := find_problem(gateway):
            text = _("Refunds through %(gateway)s would not go out now: %(problem)s They wait, and can be sent again.")
            yield Trouble(text % {"gateway": gateway, "problem": problem}, booking_ids)
    refused = Refund.objects.filter(payment__booking__in=repayments.holders, status=Refund.Status.FAILED)
    yield Trouble(
        _("The provider refused a refund of the same booking before, so it may refuse this one as well."),
        set(refused.values_list("payment__booking", flat=True)),
    )
    yield Trouble(
        _("Less than the tickets cost is left of the payment: goodwill was given before, or a bank took it back."),
        repayments.short,
    )
    yield Trouble(
        _("No email address: these people have to be told by telephone."),
        set(repayments.holders.filter(email="").values_list("pk", flat=True)),
    )


def find_problem(gateway: str) -> str:
    """Why it could give nothing back now; empty when nothing is known against it."""
    if gateway == CREDIT:
        return ""
    try:
        get_gateway(gateway)
    except DomainError as refusal:
        return str(refusal)
    return GatewayStatus.objects.filter(name=gateway).values_list("problem", flat=True).first() or ""


class CallOffProgress(BatchProgress[CallOff]):
    """How far giving everybody their money back, and telling them, has got."""

    row_model = CalledOffBooking
    link = "call_off"

    @property
    def mail_prefix(self) -> str:
        return mail_key(self.job.pk)

    @property
    def to_be_told(self) -> QuerySet[CalledOffBooking]:
        return self.rows.exclude(status=CalledOffBooking.Status.DONE, posting="")

    @cached_property
    def refunds(self) -> list[tuple[str, str, int, Money]]:
        """(gateway, state, how many, sum), in the order of their names."""
        # Case folded or not, the keys are digits; only this lookup lets MySQL use the unique index.
        mine = Refund.objects.filter(key__istartswith=refund_key(self.job.pk)).order_by()
        columns = ("way", "status", "amount_currency")
        groups = mine.with_way().values_list(*columns)
        rows = groups.annotate(count=Count("pk"), sum=Sum("amount"))
        return [
            (gateway, str(Refund.Status(status).label), count, Money(total, currency))
            for gateway, status, currency, count, total in sorted(rows)
        ]

    @cached_property
    def open_refunds(self) -> int:
        return self._count_refunds(Refund.Status.PENDING)

    @cached_property
    def refused_refunds(self) -> int:
        return self._count_refunds(Refund.Status.FAILED)

    def _count_refunds(self, status: Refund.Status) -> int:
        return sum(count for _gateway, label, count, _sum in self.refunds if label == str(status.label))

    @property
    def is_moving(self) -> bool:
        return bool(self.open_refunds or super().is_moving)

    @property
    def can_be_resumed(self) -> bool:
        return bool(self.refused_refunds or super().can_be_resumed)
