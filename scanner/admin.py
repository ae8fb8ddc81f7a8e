from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from scanner.models import Scan
from ticketing.admin.bases import ReadOnlyAdmin

RESULT_COLORS = {"granted": "success", "rejected": "danger"}


@admin.register(Scan)
class ScanAdmin(ReadOnlyAdmin[Scan]):
    list_display = ["scanned_at", "event_session", "show_result", "reason", "ticket_number", "scanned_by"]
    list_select_related = ["event_session__event", "event_session__hall__venue", "ticket", "scanned_by"]
    list_filter = ["result", "reason"]
    search_fields = ["ticket__booking__reference", "event_session__event__title"]
    date_hierarchy = "scanned_at"
    fields = ["scanned_at", "event_session", "result", "reason", "ticket_number", "scanned_by"]

    @admin.display(description=_("ticket"))
    def ticket_number(self, scan: Scan) -> str:
        return f"#{scan.ticket_id}" if scan.ticket_id else "–"

    @admin.display(description=_("result"), ordering="result")
    def show_result(self, scan: Scan) -> tuple[str, str]:
        return scan.result, scan.get_result_display()

    show_result.label = RESULT_COLORS  # type: ignore[attr-defined]
