"""A hall's plan versions, and what one of them has that another has not."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from venues.admin.diff_drawing import draw_difference, list_legend
from venues.models import SeatingPlan
from venues.plans.diff import Difference, compare_plans
from venues.plans.diff_words import describe, describe_change
from venues.selectors import load_draft

if TYPE_CHECKING:
    from venues.admin.plans import SeatingPlanAdmin

MOST_LISTED = 200


class ComparisonForm(forms.Form):
    """Two plans of one hall, older and newer as the person says."""

    old = forms.ModelChoiceField(SeatingPlan.objects.none())
    new = forms.ModelChoiceField(SeatingPlan.objects.none())

    def __init__(self, data: Any, *, hall_id: int) -> None:
        super().__init__(data)
        for name in ("old", "new"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  As declared above.
            field.queryset = SeatingPlan.objects.filter(hall=hall_id)


class PlanVersions:
    """The page that lists and compares them, for the admin that lists the plans."""

    def __init__(self, model_admin: "SeatingPlanAdmin") -> None:
        self.admin = model_admin

    def urls(self) -> list[URLPattern]:
        wrap = self.admin.admin_site.admin_view
        return [path("<int:object_id>/versions/", wrap(self.versions), name="venues_seatingplan_versions")]

    def versions(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not self.admin.has_view_permission(request):
            raise PermissionDenied
        plan = get_object_or_404(SeatingPlan.objects.select_related("hall__venue"), pk=object_id)
        plans = list(self.admin.get_queryset(request).filter(hall=plan.hall_id).order_by("-version"))
        old, new = self.choose(request, plan, plans)
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": _("Versions of %(hall)s") % {"hall": plan.hall},
            "plan": plan,
            "plans": plans,
            "old": old,
            "new": new,
            **(compare(old, new) if old and new and old != new else {}),
        }
        return TemplateResponse(request, "admin/venues/seatingplan/versions.html", context)

    def choose(
        self, request: HttpRequest, plan: SeatingPlan, plans: list[SeatingPlan]
    ) -> tuple[SeatingPlan | None, SeatingPlan | None]:
        """Those asked for, or this plan with the version before it (the first one with the next)."""
        form = ComparisonForm(request.GET, hall_id=plan.hall_id)
        if request.GET and form.is_valid():
            return form.cleaned_data["old"], form.cleaned_data["new"]
        older = [each for each in plans if each.version < plan.version]
        if older:
            return older[0], plan
        return plan, plans[-2] if len(plans) > 1 else None


def compare(old: SeatingPlan, new: SeatingPlan) -> dict[str, Any]:
    drafts = load_draft(old), load_draft(new)
    difference = compare_plans(*drafts)
    return {
        "sentences": describe(difference),
        "changes": list_changes(difference),
        "more": max(len(difference.seats) - MOST_LISTED, 0),
        "drawing": draw_difference(*drafts, difference),
        "legend": list_legend(difference),
    }


def list_changes(difference: Difference) -> list[dict[str, str]]:
    return [
        {
            "section": change.section,
            "row": change.seat.row,
            "number": change.seat.number,
            "what": describe_change(change),
        }
        for change in difference.seats[:MOST_LISTED]
    ]
