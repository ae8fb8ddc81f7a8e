"""How much one member of the staff may give back alone; above it a second person decides."""

from decimal import Decimal

from django.conf import settings
from django.db.models import Sum
from djmoney.money import Money

from accounts.models import User
from payments.models import Refund


def limit_in(currency: str) -> Money | None:
    """The currency's own limit, or the one for all; None where nothing waits."""
    limit: Decimal | None = settings.REFUND_APPROVAL_LIMITS.get(currency, settings.REFUND_APPROVAL_LIMIT)
    return None if limit is None else Money(limit, currency)


def is_above_limit(booking_id: int, amount: Money, actor: User) -> bool:
    """With all that this person asked for on the booking before: many small sums are one large one."""
    limit = limit_in(str(amount.currency))
    if limit is None:
        return False
    mine = Refund.objects.filter(payment__booking=booking_id, requested_by=actor)
    asked = mine.exclude(status=Refund.Status.REJECTED).aggregate(sum=Sum("amount"))["sum"] or 0
    return asked + amount.amount > limit.amount
