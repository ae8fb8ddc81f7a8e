"""Lists as CSV and XLSX for those who may take them away."""

from typing import Any

from django.contrib.auth import get_permission_codename
from django.http import HttpRequest
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource
from unfold.contrib.import_export.forms import ExportForm

from ticketing.admin.bases import M, ReadOnlyAdmin
from ticketing.spreadsheets import disarm


class Moment(Field):
    """A moment in UTC, to the minute; empty where there is none."""

    def __init__(self, attribute: str, *, column_name: str) -> None:
        super().__init__(attribute=attribute, column_name=column_name)

    def export(self, instance: Any, **_options: Any) -> str:
        moment = self.get_value(instance)
        return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


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
