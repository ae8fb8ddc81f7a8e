from django.db import transaction

from events.errors import EventStateError
from events.models import Event


@transaction.atomic(durable=True)
def publish_event(*, event_id: int) -> Event:
    """Put a draft event on show; its sessions are published one by one. Raises EventStateError."""
    published = Event.objects.filter(pk=event_id, status=Event.Status.DRAFT).update(status=Event.Status.PUBLISHED)
    event = Event.objects.get(pk=event_id)
    if not published:
        raise EventStateError(title=event.title, current=event.get_status_display().lower())
    return event
