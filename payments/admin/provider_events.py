from django.contrib import admin

from payments.models import ProviderEvent
from ticketing.admin.bases import ReadOnlyAdmin


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin[ProviderEvent]):
    list_display = ["provider", "kind", "event_id", "received_at", "processed_at"]
    list_filter = ["provider", "kind", ("processed_at", admin.EmptyFieldListFilter)]
    search_fields = ["event_id"]
    date_hierarchy = "received_at"
