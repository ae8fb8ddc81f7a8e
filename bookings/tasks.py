import logging

from celery import shared_task
from django.utils import timezone

from bookings.errors import NotDraftError
from bookings.services import offering, reselling, sweeping, transferring
from bookings.services.publishing import publish_event_session
from notifications.alarms import raise_alarm
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def release_lapsed_holds() -> None:
    sweeping.release_lapsed_holds(now=timezone.now())


@shared_task(ignore_result=True)
def refresh_free_places() -> None:
    sweeping.refresh_free_places()


@shared_task(ignore_result=True)
def serve_waiting_lists() -> None:
    offering.serve_waiting_lists(now=timezone.now())


@shared_task(ignore_result=True)
def close_offers() -> None:
    """Tickets that nobody accepted or bought before the doors opened stay with their owners."""
    now = timezone.now()
    transferring.close_lapsed_transfers(now=now)
    reselling.return_unsold(now=now)


@shared_task(ignore_result=True)
def publish_session(event_session_id: int) -> None:
    """Put one of many sessions on sale; several workers do so side by side. A repeat changes nothing."""
    try:
        retry_on_conflict(lambda: publish_event_session(event_session_id=event_session_id, now=timezone.now()))
    except NotDraftError:
        return
    except DomainError as refusal:
        logger.warning("session not published", extra={"event_session_id": event_session_id})
        raise_alarm(f"A session could not be put on sale: {refusal}", event_session_id=event_session_id)
