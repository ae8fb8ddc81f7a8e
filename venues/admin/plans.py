from django.contrib import admin

from ticketing.admin.bases import ReadOnlyAdmin
from venues.models import SeatingPlan


@admin.register(SeatingPlan)
class SeatingPlanAdmin(ReadOnlyAdmin[SeatingPlan]):
    list_display = ["name", "hall", "version"]
    list_select_related = ["hall__venue"]
    search_fields = ["name", "hall__name", "hall__venue__name"]
