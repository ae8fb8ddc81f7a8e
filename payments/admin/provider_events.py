from datetime import datetime

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payments.models import ProviderEvent
from ticketing.admin.bases import ReadOnlyAdmin


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin[ProviderEvent]):
    list_display = ["provider", "kind", "event_id", "received_at", "processed_at"]
    list_filter = ["provider", "kind", ("message__sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["message"]
    search_fields = ["event_id"]
    date_hierarchy = "received_at"

    @admin.display(description=_("processed"), ordering="message__sent_at")
    def processed_at(self, event: ProviderEvent) -> datetime | None:
        return event.message.sent_at if event.message else None
