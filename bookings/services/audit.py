"""What staff did, kept where the back office shows a row's history."""

from collections.abc import Collection

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models

from bookings.models import Place

MOST_NAMED = 20
LONGEST_NAME = 200


def note_change(row: models.Model | None, *, actor_id: int | None, text: str, reason: str = "") -> None:
    """Inner step: an entry in the row's history, in the same transaction; nothing without a person."""
    if actor_id is None or row is None:
        return
    LogEntry.objects.create(
        user_id=actor_id,
        content_type=ContentType.objects.get_for_model(type(row)),
        object_id=str(row.pk),
        object_repr=str(row)[:LONGEST_NAME],
        action_flag=CHANGE,
        change_message=f"{text.removesuffix('.')}: {reason}" if reason else text,
    )


def name_places(place_ids: Collection[int]) -> str:
    """“Stalls, row A, seat 1; Stalls, row A, seat 2; … +17”: enough to know them, short enough to read."""
    places = Place.objects.filter(pk__in=sorted(place_ids)[:MOST_NAMED]).select_related("section", "seat")
    labels = [place.label for place in places.order_by("pk")]
    if left := len(place_ids) - len(labels):
        labels.append(f"… +{left}")
    return "; ".join(labels)
