from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bookings.models import Block
from bookings.services.audit import name_places
from events.models import EventSession
from ticketing.admin.bases import ReadOnlyAdmin, admin_url


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin[Block]):
    """Which places staff keep from sale, and why; made and released on the session's map."""

    list_display = ["reason", "event_session", "kind", "place_count", "blocked_by", "created_at"]
    list_select_related = ["event_session__event", "event_session__hall__venue", "blocked_by"]
    list_filter = ["kind"]
    search_fields = ["reason", "event_session__event__title", "blocked_by__email"]
    date_hierarchy = "created_at"
    fields = ["reason", "kind", "session", "place_count", "places", "blocked_by", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Block]:
        return super().get_queryset(request).annotate(place_count=Count("blocked_places"))

    def get_readonly_fields(self, request: HttpRequest, obj: Block | None = None) -> list[str]:
        return ["session", "place_count", "places"]

    @admin.display(description=_("places"), ordering="place_count")
    def place_count(self, block: Block) -> int:
        return block.place_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=_("which"))
    def places(self, block: Block) -> str:
        return name_places(list(block.blocked_places.values_list("place", flat=True)))

    @admin.display(description=_("session"))
    def session(self, block: Block) -> str:
        url = admin_url(EventSession, "places", block.event_session_id)
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, block.event_session
        )
