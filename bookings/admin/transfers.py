"""What became of tickets: passed on, offered back. Their links are not shown: who has one has the ticket."""

from typing import TypeVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bookings.models import Resale, Transfer
from ticketing.admin.bases import ReadOnlyAdmin

RowT = TypeVar("RowT", Transfer, Resale)


class OfTicketAdmin(ReadOnlyAdmin[RowT]):
    """Rows about one ticket each, with a status."""

    list_filter = ["status"]
    date_hierarchy = "created_at"
    list_select_related = [
        "ticket__booking",
        "ticket__event_session__event",
        "ticket__place__section",
        "ticket__place__seat",
    ]

    @admin.display(description=_("booking"))
    def booking(self, row: RowT) -> str:
        return row.ticket.booking.reference

    @admin.display(description=_("event"))
    def event(self, row: RowT) -> str:
        return row.ticket.event_session.event.title

    @admin.display(description=_("place"))
    def place_label(self, row: RowT) -> str:
        return row.ticket.place.label

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, row: RowT) -> tuple[str, str]:
        return row.status, row.get_status_display()

    show_status.label = {  # type: ignore[attr-defined]
        "open": "warning",
        "accepted": "success",
        "sold": "success",
        "withdrawn": "default",
        "lapsed": "default",
        "unsold": "default",
    }


@admin.register(Transfer)
class TransferAdmin(OfTicketAdmin[Transfer]):
    list_display = ["booking", "event", "place_label", "email", "name", "recipient_email", "show_status", "created_at"]
    search_fields = ["ticket__booking__reference", "email", "name", "recipient_email", "old_code"]
    fields = [
        *("booking", "event", "place_label", "status", "sender", "email"),
        *("name", "recipient_email", "recipient", "created_at", "closed_at"),
    ]


@admin.register(Resale)
class ResaleAdmin(OfTicketAdmin[Resale]):
    list_display = ["booking", "event", "place_label", "show_status", "created_at", "closed_at"]
    search_fields = ["ticket__booking__reference", "ticket__code"]
    fields = ["booking", "event", "place_label", "status", "created_at", "closed_at"]
