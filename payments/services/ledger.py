"""Double entry: what moves between which accounts. Inner steps, called where the state itself changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from bookings.models import Booking, BookingItem
from payments.models import CREDIT, Account, Dispute, LedgerEntry, Payment, Refund, Voucher
from payments.shares import share_booking, share_out, share_returned, sum_by_event
from ticketing.money import tax_in


class UnbalancedPostingError(Exception):
    """A fault of ours: money would appear or vanish."""


@dataclass(frozen=True, slots=True)
class Line:
    """Debits are above zero, credits below."""

    account: Account
    amount: Decimal
    event_id: int | None = None
    gateway: str = ""


def post(*postings: list[LedgerEntry]) -> None:
    """Write postings in one statement; raises IntegrityError for one that was made before."""
    LedgerEntry.objects.bulk_create(entry for entries in postings for entry in entries)


def make_posting(
    name: str,
    lines: Iterable[Line],
    *,
    booking: Booking,
    now: datetime,
    payment: Payment | None = None,
    refund: Refund | None = None,
) -> list[LedgerEntry]:
    """The lines that are not zero; their name makes a second posting impossible. Raises UnbalancedPostingError."""
    counted = [line for line in lines if line.amount]
    if sum(line.amount for line in counted):
        raise UnbalancedPostingError(name)
    return [
        LedgerEntry(
            posting=name,
            line=number,
            account=line.account,
            amount=line.amount,
            currency=booking.currency,
            booking=booking,
            event_id=line.event_id,
            payment=payment,
            refund=refund,
            gateway=line.gateway,
            posted_at=now,
        )
        for number, line in enumerate(counted)
    ]


def post_capture(payment: Payment, now: datetime) -> None:
    """The customer's money arrived at the provider; nothing is bought with it yet."""
    post(make_capture(payment, now))


def post_purchase(payments: Sequence[Payment], items: Iterable[BookingItem], now: datetime) -> None:
    """The customer's money arrived and became tickets at once; a part of it may have been credit."""
    captures = [make_capture(payment, now) for payment in payments]
    post(*captures, make_sale(payments[0].booking, items, now))


def make_capture(payment: Payment, now: datetime) -> list[LedgerEntry]:
    amount = Decimal(payment.amount.amount)
    lines = [Line(Account.GATEWAY, amount, gateway=payment.gateway), Line(Account.CUSTOMER, -amount)]
    return make_posting(f"capture:{payment.pk}", lines, booking=payment.booking, now=now, payment=payment)


def make_sale(booking: Booking, items: Iterable[BookingItem], now: datetime) -> list[LedgerEntry]:
    """Tickets were issued for these items, or a gift voucher: no income yet, but owed to whoever has it."""
    lines = [*worth_lines(items), Line(Account.GATEWAY, -booking.gift_amount, gateway=CREDIT)]
    return make_posting(f"sale:{booking.pk}", [to_customer(lines), *lines], booking=booking, now=now)


def post_gift_given(booking: Booking, now: datetime) -> None:
    """Staff gave a voucher that nobody paid: owed to whoever has it, at the house's expense."""
    lines = [
        Line(Account.GOODWILL, booking.gift_amount),
        Line(Account.GATEWAY, -booking.gift_amount, gateway=CREDIT),
    ]
    post(make_posting(f"gift:{booking.pk}", lines, booking=booking, now=now))


def post_gift_returned(voucher: Voucher, booking: Booking, *, given_before: Decimal, now: datetime) -> str:
    """A voucher that nobody used is void, and its price the buyer's again; the posting's name.

    `given_before` is the part that they have already, as in `post_void`.
    """
    lost = LedgerEntry.objects.filter(booking=booking, account=Account.DISPUTES).aggregate(sum=Sum("amount"))["sum"]
    taken_back = min(given_before, max(lost or Decimal(0), Decimal(0)))
    lines = [
        Line(Account.GATEWAY, booking.gift_amount, gateway=CREDIT),
        Line(Account.DISPUTES, -taken_back),
        Line(Account.GOODWILL, taken_back - given_before),
    ]
    name = f"voucher:{voucher.pk}:returned"
    post(make_posting(name, [to_customer(lines), *lines], booking=booking, now=now))
    return name


def post_void(
    booking: Booking,
    items: Iterable[BookingItem],
    *,
    kept: Decimal,
    kept_by: Mapping[int, Decimal] | None = None,
    given_before: Decimal,
    key: str,
    now: datetime,
) -> None:
    """Tickets became void: what they cost is the customer's again, less what the policy keeps.

    `kept_by` says which events keep how much; without it they keep alike, by the worth of their tickets.
    `given_before` is the part that the customer has already, because their bank took it back or as goodwill; it
    turns into this repayment.
    """
    lost = sum_by_event(LedgerEntry.objects.filter(booking=booking, account=Account.DISPUTES)) if given_before else {}
    taken_back = min(given_before, max(sum(lost.values(), Decimal(0)), Decimal(0)))
    given_before -= taken_back
    lines = [Line(line.account, -line.amount, line.event_id) for line in worth_lines(items)]
    worth = by_event(lines)
    given = sum_by_event(LedgerEntry.objects.filter(booking=booking, account=Account.GOODWILL)) if given_before else {}
    lines += share_lines(Account.KEPT, share_out(-kept, kept_by or worth, booking.currency))
    lines += share_lines(Account.DISPUTES, share_out(-taken_back, lost, booking.currency))
    lines += share_lines(Account.GOODWILL, share_out(-given_before, given or worth, booking.currency))
    post(make_posting(f"void:{key}", [to_customer(lines), *lines], booking=booking, now=now))


def post_refund_promised(refund: Refund, now: datetime) -> None:
    """Money that is the customer's goes on its way back; as goodwill, it is its events' that goes."""
    amount, booking = Decimal(refund.amount.amount), refund.payment.booking
    if refund.reason == Refund.Reason.GOODWILL:
        lines = spread(Account.GOODWILL, share_booking(booking.pk, amount, booking.currency), amount)
    else:
        lines = [Line(Account.CUSTOMER, amount)]
    lines.append(Line(Account.REFUNDS, -amount))
    post(make_posting(f"refund:{refund.pk}:promised", lines, booking=booking, now=now, refund=refund))


def post_refund_given(refund: Refund, now: datetime) -> None:
    """The provider paid it back, or the customer has credit instead; a later try gives what came back before."""
    amount, payment = Decimal(refund.amount.amount), refund.payment
    lines = [Line(Account.REFUNDS, amount), Line(Account.GATEWAY, -amount, gateway=refund.gateway)]
    name = f"refund:{refund.pk}:given" + (f":{refund.tries}" if refund.tries > 1 else "")
    post(make_posting(name, lines, booking=payment.booking, now=now, payment=payment, refund=refund))


def post_refund_returned(refund: Refund, now: datetime) -> None:
    """The customer's bank sent it back to the provider: it is owed again."""
    amount, payment = Decimal(refund.amount.amount), refund.payment
    lines = [Line(Account.REFUNDS, -amount), Line(Account.GATEWAY, amount, gateway=refund.gateway)]
    name = f"refund:{refund.pk}:returned:{refund.tries}"
    post(make_posting(name, lines, booking=payment.booking, now=now, payment=payment, refund=refund))


def post_refund_corrected(refund: Refund, more: Decimal, key: str, now: datetime) -> None:
    """The provider gave so much more than was asked of it, or less where it is below zero.

    Too much is the house's loss; what is missing is the customer's again, or the house's where it was goodwill.
    """
    payment, booking = refund.payment, refund.payment.booking
    if more > 0 or refund.reason == Refund.Reason.GOODWILL:
        lines = spread(Account.GOODWILL, share_booking(booking.pk, more, booking.currency), more)
    else:
        lines = [Line(Account.CUSTOMER, more)]
    lines.append(Line(Account.GATEWAY, -more, gateway=refund.gateway))
    name = f"refund:{refund.pk}:corrected:{key}"
    post(make_posting(name, lines, booking=booking, now=now, payment=payment, refund=refund))


def post_dispute(dispute: Dispute, held: Decimal, now: datetime) -> None:
    """Bring the ledger to what the customer's bank holds of the payment now; nothing where it says so already."""
    payment, booking = dispute.payment, dispute.payment.booking
    before = LedgerEntry.objects.filter(posting__startswith=f"dispute:{dispute.pk}:")
    change = held - held_by_bank(dispute)
    if not change:
        return
    # What returns goes to the events that it was taken from.
    parts = (
        share_booking(booking.pk, change, booking.currency)
        if change > 0
        else share_out(change, sum_by_event(before), booking.currency)
    )
    lines = share_lines(Account.DISPUTES, parts) if parts else [Line(Account.DISPUTES, change)]
    lines.append(Line(Account.GATEWAY, -change, gateway=payment.gateway))
    number = before.order_by().values("posting").distinct().count() + 1
    name = f"dispute:{dispute.pk}:{number}"
    post(make_posting(name, lines, booking=booking, now=now, payment=payment))


def held_by_bank(dispute: Dispute) -> Decimal:
    """What the ledger says that the bank holds because of it."""
    entries = LedgerEntry.objects.filter(posting__startswith=f"dispute:{dispute.pk}:", account=Account.DISPUTES)
    return entries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def post_credit_void(voucher: Voucher, amount: Decimal, *, is_disputed: bool, now: datetime) -> str:
    """So much of a voucher cannot be spent any more, or can again where it is below zero; the posting's name.

    After a chargeback it makes up for the loss. Else the house keeps what it owed, or takes goodwill back.
    """
    booking, payment = home_of(voucher)
    entries = LedgerEntry.objects.filter(booking=booking)
    if is_disputed:
        account, weights = Account.DISPUTES, sum_by_event(entries.filter(account=Account.DISPUTES))
    elif voucher.kind == Voucher.Kind.GOODWILL:
        account, weights = Account.GOODWILL, sum_by_event(entries.filter(account=Account.GOODWILL))
    else:
        account, weights = Account.KEPT, sum_by_event(entries.filter(posting__startswith="void:"))
    lines = spread(account, share_out(-amount, weights, booking.currency), -amount)
    lines.append(Line(Account.GATEWAY, amount, gateway=CREDIT))
    before = LedgerEntry.objects.filter(posting__startswith=f"voucher:{voucher.pk}:").order_by()
    name = f"voucher:{voucher.pk}:void:{before.values('posting').distinct().count() + 1}"
    # Named by its payment only where it belongs to what a bank took of that payment.
    post(make_posting(name, lines, booking=booking, now=now, payment=payment if is_disputed else None))
    return name


def home_of(voucher: Voucher) -> tuple[Booking, Payment | None]:
    """The booking that it comes from, and the payment whose money it holds; none behind one that staff gave."""
    if voucher.refund is not None:
        return voucher.refund.payment.booking, voucher.refund.payment
    booking = Booking.objects.get(gift__voucher=voucher)
    paid = booking.payments.at_providers().filter(status__in=[Payment.Status.PAID, Payment.Status.REFUNDED])
    return booking, paid.order_by("pk").first()


def post_refund_rejected(refund: Refund, now: datetime) -> None:
    """A second person said no: goodwill stays ours, other money is kept until someone decides again."""
    amount, booking = Decimal(refund.amount.amount), refund.payment.booking
    if refund.reason == Refund.Reason.GOODWILL:
        promised = sum_by_event(LedgerEntry.objects.filter(posting=f"refund:{refund.pk}:promised"))
        lines = spread(Account.GOODWILL, {event_id: -part for event_id, part in promised.items()}, -amount)
    else:
        lines = spread(Account.KEPT, share_returned(booking.pk, -amount, booking.currency), -amount)
    lines.append(Line(Account.REFUNDS, amount))
    post(make_posting(f"refund:{refund.pk}:rejected", lines, booking=booking, now=now, refund=refund))


def worth_lines(items: Iterable[BookingItem]) -> list[Line]:
    """What items earn, as credits by event; needs `event_session` loaded."""
    sums: dict[tuple[Account, int], Decimal] = defaultdict(Decimal)
    for item in items:
        event_id = item.event_session.event_id
        for account, amount in ((Account.TICKETS, item.price), (Account.FEES, item.fee)):
            tax = tax_in(amount, item.tax_percent).amount
            sums[account, event_id] += amount.amount - tax
            sums[Account.TAX, event_id] += tax
    return [Line(account, -amount, event_id) for (account, event_id), amount in sums.items()]


def share_lines(account: Account, parts: Mapping[int, Decimal]) -> list[Line]:
    """A sum of a whole booking as lines of its events."""
    return [Line(account, part, event_id) for event_id, part in parts.items()]


def spread(account: Account, parts: Mapping[int, Decimal], amount: Decimal) -> list[Line]:
    """As `share_lines`; a booking of no event, such as a gift voucher's, has the sum by itself."""
    return share_lines(account, parts) or [Line(account, amount)]


def by_event(lines: Iterable[Line]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.event_id is not None:
            sums[line.event_id] += line.amount
    return sums


def to_customer(lines: Iterable[Line]) -> Line:
    """The other side of these lines."""
    return Line(Account.CUSTOMER, -sum((line.amount for line in lines), Decimal(0)))
