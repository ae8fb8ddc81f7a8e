from django.contrib import admin

from notifications.models import Notification
from ticketing.admin.bases import ReadOnlyAdmin


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin[Notification]):
    list_display = ["kind", "channel", "recipient", "subject", "status", "created_at", "sent_at"]
    list_filter = ["status", "channel", "kind"]
    search_fields = ["recipient", "subject", "dedupe_key"]
    date_hierarchy = "created_at"
