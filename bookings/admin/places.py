from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bookings.models import Place
from ticketing.admin.bases import ReadOnlyAdmin


@admin.register(Place)
class PlaceAdmin(ReadOnlyAdmin[Place]):
    """For tracing who has a place; only the booking services move it."""

    list_display = ["label", "event_session", "category", "state", "booking", "held_until"]
    list_select_related = [
        "event_session__event",
        "event_session__hall__venue",
        "section",
        "seat",
        "category",
        "booking",
    ]
    list_filter = ["state"]
    search_fields = ["booking__reference", "event_session__event__title"]

    @admin.display(description=_("place"), ordering="pk")
    def label(self, place: Place) -> str:
        return place.label
