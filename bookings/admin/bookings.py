from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bookings.admin.exports import BookingResource
from bookings.admin.tickets import TicketInline
from bookings.models import Booking, BookingItem
from bookings.searching import search_bookings
from events.admin.local_time import show_local
from ticketing.admin.bases import ReadOnlyInline
from ticketing.admin.exports import ExportableAdmin
from ticketing.money import add_up

STATUS_COLORS = {
    "held": "info",
    "awaiting_payment": "warning",
    "confirmed": "success",
    "cancelled": "danger",
    "expired": "default",
}


class BookingItemInline(ReadOnlyInline[BookingItem, Booking]):
    model = BookingItem
    readonly_fields = ["session", "place_label", "ticket_type", "price", "taken_off", "fee"]
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingItem]:
        items = super().get_queryset(request)
        return items.select_related(
            "event_session__event",
            "event_session__hall__venue",
            "place__section",
            "place__seat",
            "ticket_type",
            "booking",
        )

    @admin.display(description=_("session"))
    def session(self, item: BookingItem) -> str:
        starts = show_local(item.event_session.starts_at, item.event_session.hall.venue)
        return f"{item.event_session.event}, {starts}"

    @admin.display(description=_("place"))
    def place_label(self, item: BookingItem) -> str:
        return item.place.label


@admin.register(Booking)
class BookingAdmin(ExportableAdmin[Booking]):
    """Everything changes through services, which keep who and why."""

    resource_classes = [BookingResource]
    list_display = ["reference", "customer", "events", "places", "total", "show_status", "created_at"]
    list_filter = ["status", "currency"]
    # What is searched is said in `get_search_results`; without fields there would be no box.
    search_fields = ["reference"]
    search_help_text = _("Reference, name, email, phone or ticket code, as the customer reads it")
    date_hierarchy = "created_at"
    inlines = [BookingItemInline, TicketInline]
    view_on_site = False
    readonly_fields = [
        "reference",
        "status",
        "name",
        "phone",
        "email",
        "buyer",
        "total",
        "promo_code",
        "created_at",
        "held_until",
        "confirmed_at",
        "closed_at",
    ]
    fieldsets = [
        (None, {"fields": [("reference", "status"), ("total", "buyer"), "promo_code"]}),
        (_("Contact"), {"fields": ["name", ("phone", "email")]}),
        (_("Dates"), {"fields": [("created_at", "held_until"), ("confirmed_at", "closed_at")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        items = BookingItem.objects.select_related(
            "event_session__event", "event_session__hall__venue", "place__section", "place__seat"
        )
        bookings = super().get_queryset(request).select_related("buyer", "promo_code")
        return bookings.prefetch_related(Prefetch("items", items))

    def has_change_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        return request.user.has_perm("bookings.change_booking")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Booking], search_term: str
    ) -> tuple[QuerySet[Booking], bool]:
        return (search_bookings(queryset, search_term) if search_term.strip() else queryset), False

    @admin.display(description=_("customer"), ordering="name")
    def customer(self, booking: Booking) -> str:
        return booking.name or str(booking.buyer or "–")

    @admin.display(description=_("events"))
    def events(self, booking: Booking) -> str:
        return ", ".join(dict.fromkeys(item.event_session.event.title for item in booking.items.all())) or "–"

    @admin.display(description=_("places"))
    def places(self, booking: Booking) -> int:
        return len(booking.items.all())

    @admin.display(description=_("total"))
    def total(self, booking: Booking) -> str:
        return str(add_up((item.price + item.fee for item in booking.items.all()), booking.currency))

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, booking: Booking) -> tuple[str, str]:
        return booking.status, booking.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]
