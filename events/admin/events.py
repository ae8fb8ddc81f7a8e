from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from events.admin.local_time import show_local
from events.models import Event, EventSession
from events.services.lifecycle import publish_event
from ticketing.admin.actions import refusals_as_messages
from ticketing.admin.bases import ReadOnlyInline, StaffModelAdmin, admin_url

STATUS_COLORS = {"draft": "warning", "published": "success", "cancelled": "danger"}


class EventSessionInline(ReadOnlyInline[EventSession, Event]):
    model = EventSession
    verbose_name_plural = _("sessions")
    readonly_fields = ["starts", "hall", "status", "sold"]
    per_page = 20
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventSession]:
        return super().get_queryset(request).select_related("hall__venue", "event").order_by("starts_at")

    @admin.display(description=_("starts"))
    def starts(self, event_session: EventSession) -> str:
        url = admin_url(event_session, "change", event_session.pk)
        text = show_local(event_session.starts_at, event_session.hall.venue)
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, text)

    @admin.display(description=_("taken or blocked"))
    def sold(self, event_session: EventSession) -> str:
        return f"{event_session.total_places - event_session.free_places:,} / {event_session.total_places:,}"


@admin.register(Event)
class EventAdmin(StaffModelAdmin[Event]):
    list_display = ["title", "event_type", "session_count", "next_start", "show_status"]
    list_select_related = ["event_type"]
    list_filter = ["status", "event_type", "tags"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["tags"]
    inlines = [EventSessionInline]
    actions = ["publish_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        upcoming = Min("sessions__starts_at", filter=Q(sessions__starts_at__gte=timezone.now()))
        return super().get_queryset(request).annotate(session_count=Count("sessions"), next_start=upcoming)

    def get_fieldsets(self, request: HttpRequest, obj: Event | None = None) -> Any:
        state = ["status", "add_session"] if obj else []
        return [
            (None, {"fields": ["title", "slug", "event_type", "summary", "description", "image", *state]}),
            (_("Details"), {"fields": [("duration", "age_rating"), "tags", "takes_access_codes"]}),
            (
                _("Money"),
                {"fields": [("currency", "tax_percent"), ("fee_per_ticket", "fee_percent", "fee_per_booking")]},
            ),
            (
                _("Cancelling by customers"),
                {
                    "fields": ["refund_free_hours", ("refund_kept_percent", "refund_keeps_fees")],
                    "description": _("Until the doors open at the latest, and never with a ticket that was used."),
                },
            ),
            (_("Changing by customers"), {"fields": ["change_free_hours"]}),
            (
                _("Tickets that go to somebody else"),
                {"fields": [("transfers_per_ticket", "takes_returns")]},
            ),
            (_("When it is sold out"), {"fields": ["has_waiting_list"]}),
        ]

    def get_view_on_site_url(self, obj: Event | None = None) -> str | None:
        is_shown = obj is not None and obj.status != Event.Status.DRAFT
        return super().get_view_on_site_url(obj) if is_shown else None

    def get_inlines(self, request: HttpRequest, obj: Event | None) -> Any:
        return [EventSessionInline] if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Event | None = None) -> list[str]:
        # Prices are in the event's currency; another one would leave them all wrong.
        has_prices = obj is not None and obj.sessions.filter(tiers__isnull=False).exists()
        return ["status", "add_session", *(["currency"] if has_prices else [])]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Event | None = None) -> Any:
        # An address that was printed somewhere does not follow a corrected title.
        return {} if obj else {"slug": ["title"]}

    @admin.display(description=_("sessions"), ordering="session_count")
    def session_count(self, event: Event) -> int:
        return event.session_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=_("next"), ordering="next_start")
    def next_start(self, event: Event) -> Any:
        return event.next_start  # type: ignore[attr-defined]

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, event: Event) -> tuple[str, str]:
        return event.status, event.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]

    @admin.display(description=_("next step"))
    def add_session(self, event: Event) -> str:
        url = f"{admin_url(EventSession, 'add')}?event={event.pk}"
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, _("Add a session")
        )

    @admin.action(description=_("Publish selected events"), permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        for event in queryset:
            with refusals_as_messages(request):
                publish_event(event_id=event.pk)
                self.message_user(request, _("“%s” is published.") % event, messages.SUCCESS)
