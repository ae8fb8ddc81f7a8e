"""A plan's editor: look at it as customers will, choose seats, change them, save once."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from ticketing.admin.bases import admin_url
from venues.admin.editor_data import describe_plan, list_rows
from venues.errors import PlanFileError, StalePlanError
from venues.models import SeatingPlan
from venues.plans.diff_words import describe
from venues.plans.edits_reader import read_edits
from venues.plans.shape_svg import draw_shapes
from venues.selectors import get_stamp
from venues.services.plan_edits import EditOutcome, edit_plan

if TYPE_CHECKING:
    from venues.admin.plans import SeatingPlanAdmin

LONGEST_MESSAGE = 500


class PlanEditor:
    """The editor's pages, for the admin that lists the plans."""

    def __init__(self, model_admin: "SeatingPlanAdmin") -> None:
        self.admin = model_admin

    def urls(self) -> list[URLPattern]:
        wrap = self.admin.admin_site.admin_view
        return [
            path("<int:object_id>/edit/", wrap(self.edit), name="venues_seatingplan_edit"),
            path("<int:object_id>/edit/plan/", wrap(self.plan), name="venues_seatingplan_edit_plan"),
            path(
                "<int:object_id>/edit/sections/<int:section_id>/",
                wrap(self.section),
                name="venues_seatingplan_edit_section",
            ),
        ]

    def get_plan(self, request: HttpRequest, object_id: int) -> SeatingPlan:
        if not self.admin.has_edit_permission(request):
            raise PermissionDenied
        return get_object_or_404(SeatingPlan.objects.select_related("hall__venue"), pk=object_id)

    def edit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        plan = self.get_plan(request, object_id)
        if request.method != "POST":
            return self.page(request, plan)
        try:
            outcome = edit_plan(
                plan_id=plan.pk,
                edits=read_edits(request.POST.get("edits", "")),
                stamp=request.POST.get("stamp", ""),
            )
        except PlanFileError as refusal:
            return self.page(request, plan, problems=refusal.problems, status=refusal.status)
        except StalePlanError as refusal:
            return self.page(request, plan, problems=[str(refusal), *self.last_change(plan)], status=refusal.status)
        return self.finish(request, plan, outcome)

    def finish(self, request: HttpRequest, plan: SeatingPlan, outcome: EditOutcome) -> HttpResponse:
        said = "; ".join(describe(outcome.difference))[:LONGEST_MESSAGE]
        if not said:
            self.admin.message_user(request, _("Nothing changed."), messages.INFO)
        elif outcome.is_new_version:
            self.admin.log_addition(request, outcome.plan, f"Version {plan.version} edited: {said}.")
            text = _(
                "%(plan)s is saved: %(changes)s."
                " Sessions stay on version %(old)s until you move them on their own page."
            )
            facts = {"plan": outcome.plan, "changes": said, "old": plan.version}
            self.admin.message_user(request, text % facts, messages.SUCCESS)
        else:
            self.admin.log_change(request, outcome.plan, f"Edited: {said}.")
            self.admin.message_user(request, _("Saved: %(changes)s.") % {"changes": said}, messages.SUCCESS)
        return HttpResponseRedirect(admin_url(SeatingPlan, "edit", outcome.plan.pk))

    def page(
        self, request: HttpRequest, plan: SeatingPlan, *, problems: list[str] | None = None, status: int = 200
    ) -> HttpResponse:
        plan.refresh_from_db()
        context: dict[str, Any] = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": _("Edit %(plan)s") % {"plan": plan},
            "plan": plan,
            "stamp": get_stamp(plan),
            "is_in_use": plan.is_in_use,
            "next_version": (SeatingPlan.objects.filter(hall=plan.hall_id).aggregate(last=Max("version"))["last"] or 0)
            + 1,
            "problems": problems or [],
            "kept_edits": request.POST.get("edits", ""),
            "view_box": (plan.left, plan.top, plan.width, plan.height),
            "shapes": mark_safe(draw_shapes(plan.shapes)),  # noqa: S308  Drawn shape by shape, each part checked.
        }
        return TemplateResponse(request, "admin/venues/seatingplan/edit.html", context, status=status)

    def last_change(self, plan: SeatingPlan) -> list[str]:
        """Who did something to this hall's plans last, where the log knows it."""
        plans = SeatingPlan.objects.filter(hall=plan.hall_id).values_list("pk", flat=True)
        entry = (
            LogEntry.objects.filter(
                content_type=get_content_type_for_model(plan), object_id__in=[str(pk) for pk in plans]
            )
            .select_related("user")
            .order_by("-action_time")
            .first()
        )
        if entry is None:
            return []
        return [_("Last: %(user)s, %(plan)s.") % {"user": entry.user, "plan": entry.object_repr}]

    def plan(self, request: HttpRequest, object_id: int) -> HttpResponse:
        plan = self.get_plan(request, object_id)
        return JsonResponse(describe_plan(plan))

    def section(self, request: HttpRequest, object_id: int, section_id: int) -> HttpResponse:
        plan = self.get_plan(request, object_id)
        section = plan.sections.filter(pk=section_id).first()
        if section is None:
            raise Http404
        return JsonResponse({"rows": list_rows(plan, section)})
