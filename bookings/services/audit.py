"""What staff did to a session's places, kept where the back office shows a row's history."""

from collections.abc import Collection

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from bookings.models import Place
from events.models import EventSession

MOST_NAMED = 20
LONGEST_NAME = 200


def note_change(event_session: EventSession, *, actor_id: int | None, text: str) -> None:
    """Inner step: an entry in the session's history, in the same transaction; nothing without a person."""
    if actor_id is None:
        return
    LogEntry.objects.create(
        user_id=actor_id,
        content_type=ContentType.objects.get_for_model(EventSession),
        object_id=str(event_session.pk),
        object_repr=str(event_session)[:LONGEST_NAME],
        action_flag=CHANGE,
        change_message=text,
    )


def name_places(place_ids: Collection[int]) -> str:
    """“Stalls, row A, seat 1; Stalls, row A, seat 2; … +17”: enough to know them, short enough to read."""
    places = Place.objects.filter(pk__in=sorted(place_ids)[:MOST_NAMED]).select_related("section", "seat")
    labels = [place.label for place in places.order_by("pk")]
    if left := len(place_ids) - len(labels):
        labels.append(f"… +{left}")
    return "; ".join(labels)
