"""The page that makes a new plan and shows it while it is described."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from venues.admin.plan_form import NewPlanForm, first_data, with_another_block
from venues.admin.preview import count_places, draw_draft
from venues.models import SeatingPlan
from venues.services.plans import save_plan

if TYPE_CHECKING:
    from venues.admin.plans import SeatingPlanAdmin

FOLDER = "admin/venues/seatingplan"


class PlanAdding:
    def __init__(self, plan_admin: "SeatingPlanAdmin") -> None:
        self.admin = plan_admin

    def urls(self) -> list[URLPattern]:
        view = self.admin.admin_site.admin_view(require_POST(self.preview))
        return [path("add/preview/", view, name="venues_seatingplan_preview")]

    def add(self, request: HttpRequest) -> HttpResponse:
        """Save the plan, or show it, or give it another block: whichever button was pressed.

        Outside the admin's own transaction, because the service opens a durable one.
        """
        self._check(request)
        if request.method != "POST":
            return self._page(request, NewPlanForm(first_data(request.GET.get("hall", "")), is_preview=True))
        action = request.POST.get("action", "save")
        if action == "add_block":
            return self._page(request, NewPlanForm(with_another_block(request.POST), request.FILES, is_preview=True))
        form = NewPlanForm(request.POST, request.FILES, is_preview=action == "preview")
        if action == "preview" or not form.is_valid():
            return self._page(request, form, status=200 if action == "preview" else 422)
        return self._save(request, form)

    def preview(self, request: HttpRequest) -> JsonResponse:
        """The drawing of what was typed so far, and what is wrong with it by the id of its field."""
        self._check(request)
        form = NewPlanForm(request.POST, request.FILES, is_preview=True)
        form.is_valid()
        return JsonResponse({"drawing": show_draft(form), "problems": form.problems()})

    def _check(self, request: HttpRequest) -> None:
        if not self.admin.has_add_permission(request):
            raise PermissionDenied

    def _save(self, request: HttpRequest, form: NewPlanForm) -> HttpResponse:
        plan = save_plan(hall=form.cleaned_data["hall"], draft=form.draft)
        self.admin.log_addition(request, plan, "Added.")
        self.admin.message_user(request, _("%s is saved. Have a look at it below.") % plan, messages.SUCCESS)
        return HttpResponseRedirect(self.admin.change_url(plan))

    def _page(self, request: HttpRequest, form: NewPlanForm, *, status: int = 200) -> HttpResponse:
        form.is_valid()
        context: dict[str, Any] = {
            **self.admin.admin_site.each_context(request),
            "opts": SeatingPlan._meta,
            "title": _("Add seating plan"),
            "form": form,
            "drawing": show_draft(form),
            "problems": form.problems(),
            "media": self.admin.media + form.media,
        }
        return TemplateResponse(request, f"{FOLDER}/add.html", context, status=status)


def show_draft(form: NewPlanForm) -> SafeString | str:
    """The drawing with its counts; empty while the form describes no plan."""
    if not hasattr(form, "draft"):
        return ""
    context = {
        "svg": draw_draft(form.draft),
        "place_count": form.draft.place_count,
        "sections": form.draft.sections,
        "categories": count_places(form.draft),
    }
    return render_to_string(f"{FOLDER}/_drawing.html", context)
