"""A seating plan from a drawing: upload it, look at what was recognised, change what means what, save."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from venues.admin.kept_uploads import forget_upload
from venues.admin.preview import count_places, draw_draft
from venues.admin.svg_form import MappingForms, SvgUploadForm
from venues.errors import PlanFileError
from venues.models import Hall
from venues.plans.svg import Mapping, SvgReading, read_drawing
from venues.services.plans import save_plan

if TYPE_CHECKING:
    from venues.admin.plans import SeatingPlanAdmin

MOST_NOTES = 50


class SvgUpload:
    """The page, for the admin that lists the plans."""

    def __init__(self, model_admin: "SeatingPlanAdmin") -> None:
        self.admin = model_admin

    def urls(self) -> list[URLPattern]:
        wrap = self.admin.admin_site.admin_view
        return [path("svg/", wrap(self.page), name="venues_seatingplan_svg")]

    def page(self, request: HttpRequest) -> HttpResponse:
        if not self.admin.has_add_permission(request):
            raise PermissionDenied
        user_id = request.user.pk
        if request.method != "POST":
            return self.show(request, SvgUploadForm(initial={"hall": request.GET.get("hall")}, user_id=user_id))
        form = SvgUploadForm(request.POST, request.FILES, user_id=user_id)
        sent = MappingForms(request.POST) if "colors-TOTAL_FORMS" in request.POST else None
        if not form.is_valid() or (sent and not sent.is_valid()):
            return self.show(request, form, forms=sent)
        mapping = sent.said(is_recolored=form.cleaned_data["is_recolored"]) if sent else usual_mapping(form)
        reading = None
        try:
            reading = read_drawing(form.content, name=form.cleaned_data["name"], mapping=mapping)
            if "save" in request.POST:
                return self.save(request, form, reading)
        except PlanFileError as refusal:
            forms = MappingForms(mapping=mapping, reading=reading)
            return self.show(request, form, forms=forms, reading=reading, problems=refusal.problems)
        return self.show(request, form, forms=MappingForms(mapping=mapping, reading=reading), reading=reading)

    def save(self, request: HttpRequest, form: SvgUploadForm, reading: SvgReading) -> HttpResponse:
        """Raises PlanFileError for a plan that cannot be kept as it is."""
        plan = save_plan(hall=form.cleaned_data["hall"], draft=reading.draft)
        forget_upload(form.token, user_id=form.user_id)
        self.admin.log_addition(request, plan, "Added from a drawing.")
        self.admin.message_user(request, _("%s is saved. Have a look at it below.") % plan, messages.SUCCESS)
        return HttpResponseRedirect(self.admin.change_url(plan))

    def show(
        self,
        request: HttpRequest,
        form: SvgUploadForm,
        *,
        forms: MappingForms | None = None,
        reading: SvgReading | None = None,
        problems: list[str] | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": _("Seating plan from a drawing"),
            "form": form,
            "forms": forms,
            "token": getattr(form, "token", ""),
            "problems": problems,
            **(seen(reading) if reading else {}),
        }
        is_refused = bool(problems) or (form.is_bound and reading is None)
        template = "admin/venues/seatingplan/from_svg.html"
        return TemplateResponse(request, template, context, status=422 if is_refused else 200)


def usual_mapping(form: SvgUploadForm) -> Mapping:
    """What the hall's last drawing was told, since its next version names things alike; else the defaults."""
    hall: Hall = form.cleaned_data["hall"]
    source = hall.plans.order_by("-version").values_list("source", flat=True).first() or {}
    mapping = Mapping.from_json(source.get("mapping", {}) if source.get("format") == "svg" else {})
    return replace(mapping, is_recolored=form.cleaned_data["is_recolored"])


def seen(reading: SvgReading) -> dict[str, Any]:
    """What the page says of a drawing that could be read."""
    counts = reading.counts
    return {
        "reading": reading,
        "drawing": draw_draft(reading.draft) if reading.draft.place_count else "",
        "categories": count_places(reading.draft),
        "facts": [
            (_("Sections"), counts.sections),
            (_("Rows"), counts.rows),
            (_("Seats"), counts.seats),
            (_("Standing places"), counts.standing_places),
            (_("Wheelchair places"), counts.wheelchair),
            (_("Companion seats"), counts.companion),
            (_("Restricted view"), counts.restricted),
            (_("Blocked"), counts.blocked),
            (_("Background shapes"), counts.background),
        ],
        "notes": reading.unrecognised[:MOST_NOTES],
        "more_notes": max(len(reading.unrecognised) - MOST_NOTES, 0),
    }
