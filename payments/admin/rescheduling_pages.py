"""Moving a date: what it would do, the words typed to confirm it, how far telling has got and what people answered."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from bookings.admin.move_page import MissingPricesForm
from bookings.models import Rescheduling
from events.admin.local_time import show_local
from events.models import EventSession
from payments.admin.batch_pages import BatchAdmin
from payments.admin.confirmation import ConfirmationForm
from payments.admin.rescheduling_forms import NewDateForm
from payments.reschedulings import ReschedulingPlan, ReschedulingProgress, plan_rescheduling
from payments.services.rescheduling import reschedule, resume_rescheduling
from ticketing.errors import DomainError


@admin.register(Rescheduling)
class ReschedulingAdmin(BatchAdmin[Rescheduling]):
    list_display = ["event_session", "moved_from", "bookings_done", "requested_by", "started_at", "show_state"]
    search_fields = ["event_session__event__title"]
    progress = ReschedulingProgress
    folder = "admin/payments/rescheduling"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rescheduling]:
        related = ("event_session__event", "event_session__hall__venue", "old_hall__venue", "requested_by")
        return super().get_queryset(request).select_related(*related)

    @admin.display(description=gettext_lazy("moved from"))
    def moved_from(self, rescheduling: Rescheduling) -> str:
        return f"{show_local(rescheduling.old_starts_at, rescheduling.old_hall.venue)}, {rescheduling.old_hall}"

    def title_of(self, rescheduling: Rescheduling) -> str:
        return _("Moved: %(event)s") % {"event": rescheduling.event_session.event.title}

    def describe(self, rescheduling: Rescheduling) -> str:
        return f"Moved from {self.moved_from(rescheduling)}"

    def try_again(self, rescheduling_id: int) -> int:
        return resume_rescheduling(rescheduling_id=rescheduling_id)

    def dry_run_urls(self) -> list[URLPattern]:
        return [self.page_at("session/<int:object_id>/", self.session_page, "session")]

    def session_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The new date; then its dry run; then, with the right words, the move itself."""
        self.check_right(request, "add")
        sessions = EventSession.objects.select_related("event", "hall__venue", "plan__hall__venue")
        event_session = get_object_or_404(sessions, pk=object_id, status=EventSession.Status.PUBLISHED)
        form = NewDateForm(request.POST or None, event_session=event_session)
        title = _("Move “%(event)s”") % {"event": event_session.event.title}
        context: dict[str, Any] = {"title": title, "event_session": event_session, "form": form}
        if request.method != "POST":
            return self.show_plan(request, context)
        if not form.is_valid():
            return self.show_plan(request, context, status=422)
        try:
            plan = plan_rescheduling(event_session, form.date, timezone.now())
            return self._look(request, form, plan, context)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return self.show_plan(request, context, status=refusal.status)

    def _look(
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
            return self.show_plan(request, context)
        prices, is_confirmed = context["prices"], context["confirmation"].is_valid()
        if (prices is not None and not prices.is_valid()) or not is_confirmed:
            return self.show_plan(request, context, status=422)
        return self._move(request, form, prices)

    def _move(self, request: HttpRequest, form: NewDateForm, prices: MissingPricesForm | None) -> HttpResponse:
        return self.start(
            request,
            lambda: reschedule(
                event_session_id=form.event_session.pk,
                date=form.date,
                deadline=form.cleaned_data["deadline"],
                reason=form.cleaned_data["reason"],
                prices=prices.prices if prices else None,
                actor=cast("User", request.user),
                now=timezone.now(),
            ),
            said=_("The session has moved. Everybody is told from now on; you may leave this page."),
        )
