"""A stored plan as a file: all of it as JSON, its seats as a table."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from ticketing.admin.actions import link
from venues.models import SeatingPlan
from venues.plans.csv_format import write_plan_csv
from venues.plans.draft import PlanDraft
from venues.plans.json_export import write_plan_json
from venues.selectors import load_draft


class PlanDownloads:
    """Two buttons for the admin that shows a plan; name them in `actions_detail`."""

    @link(label=_("All of it (JSON)"), icon="data_object", permissions=["view"])
    def download_json(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return download(object_id, write_plan_json, "application/json", "json")

    @link(label=_("Its seats (CSV)"), icon="table", permissions=["view"])
    def download_csv(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return download(object_id, write_plan_csv, "text/csv; charset=utf-8", "csv")


def download(plan_id: str, write: Callable[[PlanDraft], bytes], content_type: str, ending: str) -> HttpResponse:
    plan = get_object_or_404(SeatingPlan.objects.select_related("hall__venue"), pk=plan_id)
    name = f"{slugify(str(plan.hall)) or 'plan'}-v{plan.version}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(write(load_draft(plan)), content_type=content_type, headers=headers)
