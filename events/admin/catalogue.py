"""The short lists that events choose from."""

from django.contrib import admin

from events.models import EventType, Tag, TicketType
from ticketing.admin.bases import StaffModelAdmin


@admin.register(EventType)
class EventTypeAdmin(StaffModelAdmin[EventType]):
    list_display = ["name", "rank", "schema_type"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(TicketType)
class TicketTypeAdmin(StaffModelAdmin[TicketType]):
    list_display = ["name", "rank"]
    search_fields = ["name"]


@admin.register(Tag)
class TagAdmin(StaffModelAdmin[Tag]):
    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
