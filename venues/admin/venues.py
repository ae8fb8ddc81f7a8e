from typing import Any
from zoneinfo import available_timezones

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget

from ticketing.admin.bases import EditableInline, StaffModelAdmin
from venues.models import Hall, Venue


class HallInline(EditableInline[Hall, Venue]):
    model = Hall
    show_change_link = True
    # A hall with plans is deleted on its own page, which says what keeps it.
    can_delete = False
    hide_title = False


@admin.register(Venue)
class VenueAdmin(StaffModelAdmin[Venue]):
    list_display = ["name", "city", "country", "time_zone", "halls"]
    list_filter = ["country", "city"]
    search_fields = ["name", "city"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [HallInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "time_zone"]}),
        (_("Address"), {"fields": ["street", ("postal_code", "city"), "country", ("latitude", "longitude")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Venue]:
        return super().get_queryset(request).annotate(hall_count=Count("halls"))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            kwargs["widget"] = UnfoldAdminSelect2Widget(
                choices=[(zone, zone) for zone in sorted(available_timezones())]
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("halls"), ordering="hall_count")
    def halls(self, venue: Venue) -> int:
        return venue.hall_count  # type: ignore[attr-defined, no-any-return]
