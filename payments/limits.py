"""How much one member of the staff may give back alone; above it a second person decides."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Q, Sum
from djmoney.money import Money

from accounts.models import User
from bookings.models import Booking
from payments.models import GiftVoucher, Refund

DAY = timedelta(days=1)


def limit_in(currency: str) -> Money | None:
    """The currency's own limit, or the one for all; None where nothing waits."""
    limit: Decimal | None = settings.REFUND_APPROVAL_LIMITS.get(currency, settings.REFUND_APPROVAL_LIMIT)
    return None if limit is None else Money(limit, currency)


def is_gift_above_limit(amount: Money, giver: User, now: datetime) -> bool:
    """With all that this person gave alone within a day before, to whomever: addresses are quickly made up."""
    limit = limit_in(str(amount.currency))
    if limit is None:
        return False
    alone = GiftVoucher.objects.filter(given_by=giver, decided_by=None, amount_currency=amount.currency)
    given = alone.filter(booking__confirmed_at__gt=now - DAY).aggregate(sum=Sum("amount"))["sum"] or 0
    return given + amount.amount > limit.amount


def is_above_limit(booking_id: int, amount: Money, actor: User) -> bool:
    """With all that this person asked for before, on the booking and its changes: many small sums are one large one."""
    limit = limit_in(str(amount.currency))
    if limit is None:
        return False
    chain_id = Booking.objects.get(pk=booking_id).chain_id
    of_chain = Q(payment__booking=chain_id) | Q(payment__booking__first=chain_id)
    mine = Refund.objects.filter(of_chain, requested_by=actor)
    asked = mine.exclude(status=Refund.Status.REJECTED).aggregate(sum=Sum("amount"))["sum"] or 0
    return asked + amount.amount > limit.amount
