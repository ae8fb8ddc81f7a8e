"""Who may send a notification right now: a compare-and-set, so no row stays locked while mail travels."""

from datetime import datetime, timedelta

from django.db.models import Q

from notifications.models import Notification

# Longer than the slowest answer of a mail server (EMAIL_TIMEOUT), so that a claim ends only with its worker.
LEASE = timedelta(minutes=2)


def claim_notification(notification_id: int, *, now: datetime) -> bool:
    """Take the right to send it until the lease ends; False when it is sent or another worker is at it."""
    open_to_us = Notification.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=now), pk=notification_id)
    taken = open_to_us.exclude(status=Notification.Status.SENT).update(claimed_until=now + LEASE)
    return taken == 1
