from celery import shared_task
from django.utils import timezone

from bookings.services import sweeping


@shared_task(ignore_result=True)
def release_lapsed_holds() -> None:
    sweeping.release_lapsed_holds(now=timezone.now())


@shared_task(ignore_result=True)
def refresh_free_places() -> None:
    sweeping.refresh_free_places()
