"""Moving a date: what it would do, the words typed to confirm it, how far telling has got and what people answered."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from bookings.admin.move_page import MissingPricesForm
from bookings.models import Rescheduling
from events.admin.local_time import show_local
from events.models import EventSession
from payments.admin.call_off_pages import check_right
from payments.admin.rescheduling_forms import ConfirmationForm, NewDateForm
from payments.reschedulings import ReschedulingPlan, ReschedulingProgress, plan_rescheduling
from payments.services.rescheduling import reschedule, resume_rescheduling
from ticketing.admin.bases import ReadOnlyAdmin, admin_url
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

PLAN = "admin/payments/rescheduling/plan.html"
PROGRESS = "admin/payments/rescheduling/progress.html"
PROGRESS_PART = "admin/payments/rescheduling/_progress.html"


@admin.register(Rescheduling)
class ReschedulingAdmin(ReadOnlyAdmin[Rescheduling]):
    list_display = ["event_session", "moved_from", "bookings_done", "requested_by", "started_at", "show_state"]
    search_fields = ["event_session__event__title"]
    date_hierarchy = "started_at"
    view_on_site = False
    # Each row is counted afresh.
    list_per_page = 20

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rescheduling]:
        related = ("event_session__event", "event_session__hall__venue", "old_hall__venue", "requested_by")
        return super().get_queryset(request).select_related(*related)

    @admin.display(description=gettext_lazy("moved from"))
    def moved_from(self, rescheduling: Rescheduling) -> str:
        return f"{show_local(rescheduling.old_starts_at, rescheduling.old_hall.venue)}, {rescheduling.old_hall}"

    @admin.display(description=gettext_lazy("bookings"))
    def bookings_done(self, rescheduling: Rescheduling) -> str:
        progress = ReschedulingProgress(rescheduling)
        return f"{progress.done:,} / {progress.total:,}"

    @admin.display(description=gettext_lazy("status"))
    def show_state(self, rescheduling: Rescheduling) -> tuple[str, str]:
        progress = ReschedulingProgress(rescheduling)
        if progress.failed_count:
            return "failed", _("needs a look")
        return ("running", _("running")) if progress.is_moving else ("done", _("done"))

    show_state.label = {"failed": "danger", "running": "warning", "done": "success"}  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        mine = [
            path("session/<int:object_id>/", wrap(self.session_page), name="bookings_rescheduling_session"),
            path("<int:object_id>/change/", wrap(self.progress_page), name="bookings_rescheduling_change"),
            path("<int:object_id>/resume/", wrap(require_POST(self.resume)), name="bookings_rescheduling_resume"),
        ]
        return [*mine, *super().get_urls()]

    def session_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The new date; then its dry run; then, with the right words, the move itself."""
        check_right(request, "bookings.add_rescheduling")
        sessions = EventSession.objects.select_related("event", "hall__venue", "plan__hall__venue")
        event_session = get_object_or_404(sessions, pk=object_id, status=EventSession.Status.PUBLISHED)
        form = NewDateForm(request.POST or None, event_session=event_session)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Move “%(event)s”") % {"event": event_session.event.title},
            "event_session": event_session,
            "form": form,
        }
        if request.method != "POST":
            return TemplateResponse(request, PLAN, context)
        if not form.is_valid():
            return TemplateResponse(request, PLAN, context, status=422)
        try:
            plan = plan_rescheduling(event_session, form.date, timezone.now())
            return self.look(request, form, plan, context)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return TemplateResponse(request, PLAN, context, status=refusal.status)

    def look(
        self, request: HttpRequest, form: NewDateForm, plan: ReschedulingPlan, context: dict[str, Any]
    ) -> HttpResponse:
        """The dry run; a press on the second button that lacks words or prices gets it back with what is missing."""
        wants_move = "move" in request.POST
        data = request.POST if wants_move else None
        title = form.event_session.event.title
        context |= {"plan": plan, "date": form.date, "new_plan": form.cleaned_data["plan"]}
        context |= {"confirmation": ConfirmationForm(data, title=title)}
        context |= {"prices": MissingPricesForm(data, plan.move) if plan.move else None}
        if not wants_move:
            return TemplateResponse(request, PLAN, context)
        prices, is_confirmed = context["prices"], context["confirmation"].is_valid()
        if (prices is not None and not prices.is_valid()) or not is_confirmed:
            return TemplateResponse(request, PLAN, context, status=422)
        rescheduling = retry_on_conflict(
            lambda: reschedule(
                event_session_id=form.event_session.pk,
                date=form.date,
                deadline=form.cleaned_data["deadline"],
                reason=form.cleaned_data["reason"],
                prices=prices.prices if prices else None,
                actor=cast("User", request.user),
                now=timezone.now(),
            )
        )
        messages.success(request, _("The session has moved. Everybody is told from now on; you may leave this page."))
        return HttpResponseRedirect(admin_url(Rescheduling, "change", rescheduling.pk))

    def progress_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How far it has got; the figures alone for htmx, which asks for them every few seconds."""
        check_right(request, "bookings.view_rescheduling")
        rescheduling = get_object_or_404(self.get_queryset(request), pk=object_id)
        context = {"rescheduling": rescheduling, "progress": ReschedulingProgress(rescheduling)}
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, PROGRESS_PART, context)
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Moved: %(event)s") % {"event": rescheduling.event_session.event.title},
            "may_resume": request.user.has_perm("bookings.add_rescheduling"),
        }
        return TemplateResponse(request, PROGRESS, context)

    def resume(self, request: HttpRequest, object_id: int) -> HttpResponse:
        check_right(request, "bookings.add_rescheduling")
        rescheduling = get_object_or_404(Rescheduling, pk=object_id)
        retry_on_conflict(lambda: resume_rescheduling(rescheduling_id=object_id))
        self.log_change(request, rescheduling, "Tried again what had failed.")
        messages.success(request, _("What failed is tried again."))
        return HttpResponseRedirect(admin_url(Rescheduling, "change", object_id))
