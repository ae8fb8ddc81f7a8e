"""What became of tickets: passed on, offered back. Their links are not shown: who has one has the ticket."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bookings.models import Resale, Transfer
from ticketing.admin.bases import ReadOnlyAdmin

ON_TICKET = ["ticket__booking", "ticket__event_session__event", "ticket__place__section", "ticket__place__seat"]


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin[Transfer]):
    list_display = ["booking", "event", "place_label", "email", "name", "recipient_email", "show_status", "created_at"]
    list_filter = ["status"]
    search_fields = ["ticket__booking__reference", "email", "name", "recipient_email", "old_code"]
    date_hierarchy = "created_at"
    fields = [
        *("booking", "event", "place_label", "status", "sender", "email"),
        *("name", "recipient_email", "recipient", "created_at", "closed_at"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        return super().get_queryset(request).select_related("recipient", "sender__ticket", *ON_TICKET)

    @admin.display(description=_("booking"))
    def booking(self, transfer: Transfer) -> str:
        return transfer.ticket.booking.reference

    @admin.display(description=_("event"))
    def event(self, transfer: Transfer) -> str:
        return transfer.ticket.event_session.event.title

    @admin.display(description=_("place"))
    def place_label(self, transfer: Transfer) -> str:
        return transfer.ticket.place.label

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, transfer: Transfer) -> tuple[str, str]:
        return transfer.status, transfer.get_status_display()

    show_status.label = {  # type: ignore[attr-defined]
        "open": "warning",
        "accepted": "success",
        "withdrawn": "default",
        "lapsed": "default",
    }


@admin.register(Resale)
class ResaleAdmin(ReadOnlyAdmin[Resale]):
    list_display = ["booking", "event", "place_label", "show_status", "created_at", "closed_at"]
    list_filter = ["status"]
    search_fields = ["ticket__booking__reference", "ticket__code"]
    date_hierarchy = "created_at"
    fields = ["booking", "event", "place_label", "status", "created_at", "closed_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Resale]:
        return super().get_queryset(request).select_related(*ON_TICKET)

    @admin.display(description=_("booking"))
    def booking(self, resale: Resale) -> str:
        return resale.ticket.booking.reference

    @admin.display(description=_("event"))
    def event(self, resale: Resale) -> str:
        return resale.ticket.event_session.event.title

    @admin.display(description=_("place"))
    def place_label(self, resale: Resale) -> str:
        return resale.ticket.place.label

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, resale: Resale) -> tuple[str, str]:
        return resale.status, resale.get_status_display()

    show_status.label = {  # type: ignore[attr-defined]
        "open": "warning",
        "sold": "success",
        "withdrawn": "default",
        "unsold": "default",
    }
