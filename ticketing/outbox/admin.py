from django.contrib import admin

from ticketing.admin.bases import ReadOnlyAdmin
from ticketing.outbox.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin[Message]):
    list_display = ["topic", "payload", "created_at", "due_at", "attempts", "sent_at"]
    list_filter = ["topic", ("sent_at", admin.EmptyFieldListFilter)]
    ordering = ["-pk"]
