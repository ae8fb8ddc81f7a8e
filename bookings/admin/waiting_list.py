from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field

from bookings.models import WaitingEntry
from bookings.services.waiting_list import leave_list
from bookings.waiting_lists import ACTIVE
from events.admin.local_time import show_local
from ticketing.admin.actions import button, go_to, refusals_as_messages
from ticketing.admin.bases import admin_url
from ticketing.admin.exports import ExportableAdmin, ListResource, Moment
from ticketing.admin.reasons import ReasonForm
from ticketing.transactions import retry_on_conflict

RELATED = ["event_session__event", "event_session__hall__venue", "booking", "user"]
COLORS = {"waiting": "info", "offered": "warning", "booked": "success", "missed": "danger"}


def with_turn(entries: QuerySet[WaitingEntry]) -> QuerySet[WaitingEntry]:
    """Adds `before`: how many of those who wait for the same session come first."""
    first = WaitingEntry.objects.filter(
        event_session=OuterRef("event_session"), status="waiting", pk__lt=OuterRef("pk")
    )
    counted = first.order_by().values("event_session").annotate(count=Count("pk")).values("count")
    return entries.annotate(before=Coalesce(Subquery(counted), 0))


def say_turn(entry: WaitingEntry) -> str:
    """1 for whoever is asked next; a dash for those who do not wait."""
    return str(getattr(entry, "before", 0) + 1) if entry.status == WaitingEntry.Status.WAITING else "–"


class WaitingEntryResource(ListResource):
    """One row a party. Its private link stays out: whoever has it could take the places."""

    turn = Field(column_name="turn")
    event = Field(attribute="event_session__event__title", column_name="event")
    date = Field(column_name="date")
    wishes = Field(column_name="wishes")
    phone = Field(column_name="phone")
    booking = Field(attribute="booking__reference", column_name="booking")
    joined = Moment("created_at", column_name="joined (UTC)")
    kept_until = Moment("offered_until", column_name="offer kept until (UTC)")
    closed = Moment("closed_at", column_name="closed (UTC)")

    class Meta:
        model = WaitingEntry
        fields = [
            *("turn", "event", "date", "name", "email", "phone", "party_size", "wishes", "status", "booking"),
            *("joined", "kept_until", "closed"),
        ]

    def dehydrate_turn(self, entry: WaitingEntry) -> str:
        return say_turn(entry)

    def dehydrate_date(self, entry: WaitingEntry) -> str:
        return show_local(entry.event_session.starts_at, entry.event_session.hall.venue)

    def dehydrate_wishes(self, entry: WaitingEntry) -> str:
        return "; ".join(entry.categories)

    def dehydrate_phone(self, entry: WaitingEntry) -> str:
        return str(entry.phone)


@admin.register(WaitingEntry)
class WaitingEntryAdmin(ExportableAdmin[WaitingEntry]):
    """Who waits for a sold-out session, in the order they are asked."""

    resource_classes = [WaitingEntryResource]
    list_display = ["name", "session", "turn", "party_size", "wishes", "show_status", "offered_until", "created_at"]
    list_filter = ["status", ("event_session", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "email", "event_session__event__title", "booking__reference"]
    ordering = ["event_session__starts_at", "pk"]
    actions_detail = ["remove"]
    view_on_site = False  # The private link takes places.
    fields = [
        ("session", "turn"),
        ("name", "user"),
        ("email", "phone"),
        ("party_size", "wishes"),
        ("status", "show_booking"),
        ("created_at", "offered_until", "closed_at"),
    ]
    readonly_fields = ["session", "turn", "wishes", "show_booking"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitingEntry]:
        return with_turn(super().get_queryset(request).select_related(*RELATED))

    @admin.display(description=_("session"), ordering="event_session__starts_at")
    def session(self, entry: WaitingEntry) -> str:
        event_session = entry.event_session
        return f"{event_session.event.title}, {show_local(event_session.starts_at, event_session.hall.venue)}"

    @admin.display(description=_("turn"), ordering="pk")
    def turn(self, entry: WaitingEntry) -> str:
        return say_turn(entry)

    @admin.display(description=_("wishes"))
    def wishes(self, entry: WaitingEntry) -> str:
        return ", ".join(entry.categories) or str(_("Any place"))

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, entry: WaitingEntry) -> tuple[str, str]:
        return entry.status, entry.get_status_display()

    show_status.label = COLORS  # type: ignore[attr-defined]

    @admin.display(description=_("booking"))
    def show_booking(self, entry: WaitingEntry) -> str:
        if entry.booking is None:
            return "–"
        return format_html('<a href="{}">{}</a>', admin_url(entry.booking, "change", entry.booking.pk), entry.booking)

    def has_remove_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        may_change = request.user.has_perm("bookings.change_waitingentry")
        if not may_change or object_id is None:
            return may_change
        return WaitingEntry.objects.filter(pk=object_id, status__in=ACTIVE).exists()

    @button(
        label=_("Take off the list"),
        question=_("They hear nothing of it. An offer that is out goes to the next on the list at once."),
        icon="playlist_remove",
        permissions=["remove"],
        is_grave=True,
        form_class=ReasonForm,
    )
    def remove(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        with refusals_as_messages(request):
            entry = retry_on_conflict(lambda: leave_list(entry_id=int(object_id), now=timezone.now()))
            self.log_change(request, entry, f"Taken off the list: {form.cleaned_data['reason']}")
            self.message_user(request, _("They are off the list."), messages.SUCCESS)
        return go_to(request, admin_url(WaitingEntry.objects.get(pk=object_id), "change", object_id))
