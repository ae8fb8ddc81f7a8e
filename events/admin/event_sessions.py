from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from events.admin.events import STATUS_COLORS
from events.admin.local_time import show_local
from events.admin.prices import PriceTierInline, price_formset_kwargs
from events.admin.session_form import EventSessionForm
from events.models import EventSession
from ticketing.admin.bases import StaffModelAdmin


@admin.register(EventSession)
class EventSessionAdmin(StaffModelAdmin[EventSession]):
    """Publishing needs the inventory and is added by the app that keeps it."""

    form = EventSessionForm
    list_display = ["event", "starts", "hall", "taken", "show_status"]
    list_display_links = ["event", "starts"]
    list_select_related = ["event", "hall__venue"]
    list_filter = ["status", "event__event_type", "hall__venue"]
    search_fields = ["event__title", "hall__name", "hall__venue__name"]
    date_hierarchy = "starts_at"
    autocomplete_fields = ["event", "hall", "plan"]
    ordering = ["-starts_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventSession]:
        return super().get_queryset(request).select_related("event", "hall__venue", "plan__hall__venue")

    def get_fieldsets(self, request: HttpRequest, obj: EventSession | None = None) -> Any:
        zone = obj.hall.venue.time_zone if obj else _("the hall's own time zone")
        state = [("status", "taken")] if obj else []
        return [
            (None, {"fields": ["event", "hall", "plan", *state]}),
            (
                _("Times in %(zone)s") % {"zone": zone},
                {
                    "fields": ["starts_at", "ends_at", "doors_at", "booking_opens_at", "booking_closes_at"],
                    "description": _("As the clock on the venue's wall shows them."),
                },
            ),
            (_("Rules"), {"fields": [("customer_limit", "hold_period"), "avoids_single_gaps", "verifies_guests"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: EventSession | None = None) -> list[str]:
        # Its places are made from this plan; another one would no longer fit them.
        is_fixed = obj is not None and obj.status != EventSession.Status.DRAFT
        return ["status", "taken", *(["event", "hall", "plan"] if is_fixed else [])]

    def has_change_permission(self, request: HttpRequest, obj: EventSession | None = None) -> bool:
        is_open = obj is None or obj.status != EventSession.Status.CANCELLED
        return is_open and bool(super().has_change_permission(request, obj))

    def get_view_on_site_url(self, obj: EventSession | None = None) -> str | None:
        is_shown = obj is not None and obj.status != EventSession.Status.DRAFT
        return super().get_view_on_site_url(obj) if is_shown else None

    def get_inlines(self, request: HttpRequest, obj: EventSession | None) -> Any:
        return [PriceTierInline] if obj else []

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        return {**kwargs, **price_formset_kwargs(obj)} if obj.pk else kwargs

    def response_add(self, request: HttpRequest, obj: EventSession, post_url_continue: Any = None) -> HttpResponse:
        if "_addanother" in request.POST or "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, _("The session is saved. Now set its prices, then publish it."))
        return HttpResponseRedirect(self.change_url(obj))

    @admin.display(description=_("starts"), ordering="starts_at")
    def starts(self, event_session: EventSession) -> str:
        return show_local(event_session.starts_at, event_session.hall.venue)

    @admin.display(description=_("taken or blocked"))
    def taken(self, event_session: EventSession) -> str:
        if not event_session.total_places:
            return "–"
        taken = event_session.total_places - event_session.free_places
        return f"{taken:,} / {event_session.total_places:,} ({taken / event_session.total_places:.0%})"

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, event_session: EventSession) -> tuple[str, str]:
        return event_session.status, event_session.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]
