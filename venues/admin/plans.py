from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from ticketing.admin.actions import button, go_to, link, refusals_as_messages
from ticketing.admin.bases import ReadOnlyAdmin, admin_url
from venues.admin.adding import PlanAdding
from venues.admin.copy_form import CopyForm
from venues.admin.downloads import PlanDownloads
from venues.admin.editor import PlanEditor
from venues.admin.preview import draw_plan
from venues.admin.svg_upload import SvgUpload
from venues.admin.versions import PlanVersions
from venues.models import Seat, SeatCategory, SeatingPlan, Section
from venues.services.plan_edits import copy_plan
from venues.services.plan_removal import delete_plan


@admin.register(SeatingPlan)
class SeatingPlanAdmin(PlanDownloads, ReadOnlyAdmin[SeatingPlan]):
    """A plan in use never changes: it is made from a file or a grid, looked at, and followed by a new version."""

    list_display = ["name", "hall", "version", "sessions", "created_at"]
    list_select_related = ["hall__venue"]
    list_filter = ["hall__venue"]
    search_fields = ["name", "hall__name", "hall__venue__name"]
    fields = ["hall", "name", "version", "categories", ("seats", "standing"), "sessions", "created_at", "drawing"]
    actions_list = ["add_from_drawing"]
    actions_detail = [
        "edit_this_plan",
        "show_versions",
        "copy_this_plan",
        {"title": _("Download"), "icon": "download", "items": ["download_json", "download_csv"]},
        "delete_this_plan",
    ]

    def get_urls(self) -> list[URLPattern]:
        pages = (PlanAdding, PlanEditor, PlanVersions, SvgUpload)
        return [*(url for page in pages for url in page(self).urls()), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SeatingPlan]:
        plans = super().get_queryset(request).select_related("hall__venue")
        return plans.annotate(session_count=Count("sessions"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("venues.add_seatingplan")

    def has_edit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """A plan in use is followed by a new one, so who may edit may add too."""
        return request.user.has_perms(["venues.change_seatingplan", "venues.add_seatingplan"])

    def has_remove_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("venues.delete_seatingplan")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return PlanAdding(self).add(request)

    @admin.display(description=_("seats"))
    def seats(self, plan: SeatingPlan) -> str:
        return f"{Seat.objects.filter(section__plan=plan).count():,}"

    @admin.display(description=_("standing places"))
    def standing(self, plan: SeatingPlan) -> str:
        return f"{Section.objects.filter(plan=plan).aggregate(sum=Sum('capacity'))['sum'] or 0:,}"

    @admin.display(description=_("sessions"), ordering="session_count")
    def sessions(self, plan: SeatingPlan) -> int:
        return plan.session_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=_("categories, best first"))
    def categories(self, plan: SeatingPlan) -> str:
        return ", ".join(SeatCategory.objects.filter(plan=plan).values_list("name", flat=True))

    @admin.display(description=_("drawing"))
    def drawing(self, plan: SeatingPlan) -> str:
        return draw_plan(plan)

    def get_readonly_fields(self, request: HttpRequest, obj: SeatingPlan | None = None) -> list[str]:
        return ["categories", "seats", "standing", "sessions", "version", "created_at", "drawing"]

    @link(label=_("Add from a drawing (SVG)"), icon="draw", permissions=["add"])
    def add_from_drawing(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(admin_url(SeatingPlan, "svg"))

    @link(label=_("Edit"), icon="edit", permissions=["edit"])
    def edit_this_plan(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(SeatingPlan, "edit", object_id))

    @link(label=_("Versions"), icon="difference", permissions=["view"])
    def show_versions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(SeatingPlan, "versions", object_id))

    @button(
        label=_("Copy to a hall"),
        question=_("The plan becomes the next version of that hall's plan. Sessions there stay as they are."),
        icon="content_copy",
        permissions=["edit"],
        is_quiet=True,
        form_class=CopyForm,
    )
    def copy_this_plan(self, request: HttpRequest, form: CopyForm, object_id: str) -> HttpResponse:
        plan = SeatingPlan.objects.get(pk=object_id)
        with refusals_as_messages(request):
            copy = copy_plan(plan=plan, hall=form.cleaned_data["hall"])
            self.log_addition(request, copy, f"Copied from {plan}.")
            self.message_user(request, _("%s is saved.") % copy, messages.SUCCESS)
            return go_to(request, self.change_url(copy))
        return go_to(request, self.change_url(plan))

    @button(
        label=_("Delete this plan"),
        question=_("The plan and its seats are gone for good. A plan that a session uses stays."),
        icon="delete",
        permissions=["remove"],
        is_grave=True,
    )
    def delete_this_plan(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        plan = SeatingPlan.objects.select_related("hall__venue").get(pk=object_id)
        with refusals_as_messages(request):
            delete_plan(plan_id=plan.pk)
            self.message_user(request, _("%s is deleted.") % plan, messages.SUCCESS)
            return go_to(request, admin_url(SeatingPlan, "changelist"))
        return go_to(request, self.change_url(plan))
