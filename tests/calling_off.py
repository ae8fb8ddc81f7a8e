"""Cancelling a session, short enough to read in a test."""

from decimal import Decimal

from django.db.models import Sum

from bookings.models import Booking
from payments.models import CallOff, Refund
from payments.services.calling_off import call_off_session
from tests.factories import NOON


def call_off(event_session, actor=None, *, reason="The singer is ill.", now=NOON) -> CallOff:
    return call_off_session(event_session_id=event_session.pk, reason=reason, actor=actor, now=now)


def repaid(booking: Booking) -> Decimal | None:
    """For dates that were cancelled, all together."""
    mine = Refund.objects.filter(payment__booking=booking, reason=Refund.Reason.CALLED_OFF)
    return mine.aggregate(sum=Sum("amount"))["sum"]
