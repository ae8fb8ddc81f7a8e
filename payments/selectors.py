from decimal import Decimal

from django.db.models import Q, Sum

from accounts.models import User
from bookings.models import Booking
from bookings.selectors import MOST_WORDS
from payments.models import CREDIT, Account, Dispute, GiftVoucher, LedgerEntry, Payment, Refund, Voucher


def left_of(payment: Payment) -> Decimal:
    """What of a payment is neither given back, promised nor taken by the customer's bank, in its currency."""
    # A bank takes all of a payment that was given back in part before.
    return max(uncovered(payment), Decimal(0))


def uncovered(payment: Payment) -> Decimal:
    """The same, below zero where more is promised than the customer's bank left.

    What a change carried over is still the first payment's money: what the bank took of that beyond the rest of it
    is missing here.
    """
    promised = payment.refunds.exclude(status=Refund.Status.REJECTED).aggregate(sum=Sum("amount"))["sum"]
    taken = LedgerEntry.objects.filter(payment=payment, account=Account.DISPUTES).aggregate(sum=Sum("amount"))["sum"]
    missing = max(-uncovered(payment.origin), Decimal(0)) if payment.origin != payment else 0
    return Decimal(payment.amount.amount) - (promised or 0) - (taken or 0) - missing


def left_of_booking(booking_id: int) -> Decimal:
    """What of a booking's paid money is neither given back nor promised."""
    payments = Payment.objects.filter(booking=booking_id, status=Payment.Status.PAID)
    return sum((left_of(payment) for payment in payments), Decimal(0))


def repayable(booking_id: int) -> Decimal:
    """The most that cancelling may still give back: goodwill that nobody decided on gives way to it."""
    undecided = Refund.objects.filter(
        payment__booking=booking_id,
        payment__status=Payment.Status.PAID,
        reason=Refund.Reason.GOODWILL,
        status=Refund.Status.AWAITING_APPROVAL,
    )
    return left_of_booking(booking_id) + (undecided.aggregate(sum=Sum("amount"))["sum"] or 0)


def claimed_by_banks(voucher: Voucher, *, is_final: bool = False) -> Decimal:
    """What a bank asks back of the payment that became this voucher, or took, and was not taken off vouchers yet.

    `is_final` counts only what is lost. Below zero when a bank that had won gave in after all.
    """
    origin = Q(payment__refunds=voucher.refund_id) if voucher.refund_id else Q(payment__booking__gift__voucher=voucher)
    disputes = Dispute.objects.filter(origin, status__in=Dispute.TAKES[is_final])
    claimed = disputes.exclude(provider_id__startswith=Dispute.WRITTEN_OFF).aggregate(sum=Sum("amount"))["sum"]
    if claimed is None and not voucher.voided:
        return Decimal(0)
    entries = LedgerEntry.objects.filter(origin, posting__startswith="voucher:")
    taken_off = entries.filter(account=Account.GATEWAY, gateway=CREDIT).aggregate(sum=Sum("amount"))["sum"]
    return (claimed or Decimal(0)) - (taken_off or Decimal(0))


def list_refunds_of(booking: Booking, *, key: str = "") -> list[Refund]:
    """What goes back to the customer, in the order it was promised; what staff rejected is not on its way,
    and what pays for other tickets instead is not either. One occasion's keys begin alike: `key` gives those alone.
    """
    carried = {"reason": Refund.Reason.CHANGED, "destination": Refund.Destination.CREDIT}
    refunds = Refund.objects.filter(payment__booking=booking).exclude(status=Refund.Status.REJECTED).exclude(**carried)
    return list(refunds.filter(key__startswith=key).select_related("payment__voucher", "voucher").order_by("pk"))


def came_back(refund: Refund, reference: str) -> bool:
    """Whether the try of this reference had given the money, and the customer's bank sent it back."""
    if refund.status == Refund.Status.PENDING and refund.tries == 1:
        return False
    tried = reference.partition("/")[2] or "1" if reference else str(refund.tries)
    return LedgerEntry.objects.filter(posting=f"refund:{refund.pk}:returned:{tried}").exists()


def list_gifts_of(user: User, search: str = "") -> list[GiftVoucher]:
    """Vouchers that the person bought for others, the newest first; what was never paid is left out.

    `search` looks for its words in the reference and the recipient's name and address; each word has to be there.
    """
    gifts = GiftVoucher.objects.filter(booking__buyer=user).exclude(booking__confirmed_at=None)
    for word in search.split()[:MOST_WORDS]:
        named = Q(recipient_name__icontains=word) | Q(recipient_email__icontains=word)
        gifts = gifts.filter(named | Q(booking__reference__icontains=word))
    return list(gifts.select_related("booking", "voucher").order_by("-pk"))
