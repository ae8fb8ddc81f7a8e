from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bookings.admin.exports import TicketResource
from bookings.models import Booking, Ticket
from events.admin.local_time import show_local
from ticketing.admin.bases import ReadOnlyInline
from ticketing.admin.exports import ExportableAdmin

RELATED = ["booking", "event_session__event", "event_session__hall__venue", "place__section", "place__seat"]
STATUS_COLORS = {"valid": "success", "offer": "warning", "void": "danger"}


class TicketInline(ReadOnlyInline[Ticket, Booking]):
    model = Ticket
    readonly_fields = ["place_label", "status", "checked_in_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).select_related(*RELATED)

    @admin.display(description=_("place"))
    def place_label(self, ticket: Ticket) -> str:
        return ticket.place.label


@admin.register(Ticket)
class TicketAdmin(ExportableAdmin[Ticket]):
    resource_classes = [TicketResource]
    list_display = [
        "spoken_code",
        "event",
        "starts",
        "place_label",
        "attendee",
        "booking",
        "show_status",
        "checked_in_at",
    ]
    list_filter = ["status", ("checked_in_at", admin.EmptyFieldListFilter)]
    search_fields = ["booking__reference", "code", "booking__name", "booking__email", "attendee"]
    date_hierarchy = "issued_at"
    fields = [
        "spoken_code",
        "event",
        "starts",
        "place_label",
        "attendee",
        "booking",
        "status",
        "revision",
        "issued_at",
        "checked_in_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).select_related(*RELATED)

    @admin.display(description=_("code"), ordering="pk")
    def spoken_code(self, ticket: Ticket) -> str:
        return ticket.spoken_code

    @admin.display(description=_("event"), ordering="event_session__event__title")
    def event(self, ticket: Ticket) -> str:
        return ticket.event_session.event.title

    @admin.display(description=_("starts"), ordering="event_session__starts_at")
    def starts(self, ticket: Ticket) -> str:
        return show_local(ticket.event_session.starts_at, ticket.event_session.hall.venue)

    @admin.display(description=_("place"))
    def place_label(self, ticket: Ticket) -> str:
        return ticket.place.label

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.status, ticket.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]
