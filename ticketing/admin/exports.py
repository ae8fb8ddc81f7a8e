"""Lists as CSV and XLSX for those who may take them away."""

from typing import Any

from django.contrib.auth import get_permission_codename
from django.http import HttpRequest
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource
from unfold.contrib.import_export.forms import ExportForm

from ticketing.admin.bases import M, ReadOnlyAdmin

# A spreadsheet runs a cell that starts with one of these; names and emails come from strangers.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def disarm(cell: Any) -> Any:
    """'=HYPERLINK(...)' -> "'=HYPERLINK(...)", which a spreadsheet shows as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


class ListResource(ModelResource):
    """Rows of text and numbers that are safe to open in a spreadsheet."""

    def export_resource(self, instance: Any, selected_fields: Any = None, **kwargs: Any) -> list[Any]:
        return [disarm(cell) for cell in super().export_resource(instance, selected_fields, **kwargs)]


class ExportableAdmin(ExportMixin, ReadOnlyAdmin[M]):
    export_form_class = ExportForm
    formats = [CSV, XLSX]

    def has_export_permission(self, request: HttpRequest) -> bool:
        codename = get_permission_codename("export", self.opts)
        return bool(request.user.has_perm(f"{self.opts.app_label}.{codename}"))
