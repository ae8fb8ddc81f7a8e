from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ticketing.admin.bases import StaffModelAdmin, admin_url
from venues.models import Hall, SeatingPlan


@admin.register(Hall)
class HallAdmin(StaffModelAdmin[Hall]):
    list_display = ["name", "venue", "plans"]
    list_select_related = ["venue"]
    list_filter = ["venue__city"]
    search_fields = ["name", "venue__name", "venue__city"]
    autocomplete_fields = ["venue"]
    readonly_fields = ["plan_links"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hall]:
        return super().get_queryset(request).annotate(plan_count=Count("plans"))

    def get_fields(self, request: HttpRequest, obj: Hall | None = None) -> Any:
        return ["venue", "name", "plan_links"] if obj else ["venue", "name"]

    @admin.display(description=_("seating plans"), ordering="plan_count")
    def plans(self, hall: Hall) -> int:
        return hall.plan_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=_("seating plans"))
    def plan_links(self, hall: Hall) -> str:
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}?hall__id__exact={}">{}</a> · '
            '<a class="text-primary-600 dark:text-primary-500" href="{}?hall={}">{}</a>',
            admin_url(SeatingPlan, "changelist"),
            hall.pk,
            _("Show this hall's plans"),
            admin_url(SeatingPlan, "add"),
            hall.pk,
            _("Add a plan"),
        )
