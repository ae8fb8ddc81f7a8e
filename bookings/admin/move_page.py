"""Moving a session to another version of its plan: first what it would do, then the button."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from bookings.admin.block_forms import is_number
from bookings.services.plan_matching import PlanMove
from bookings.services.replanning import move_to_plan, plan_move
from events.models import EventSession, TicketType
from ticketing.admin.bases import admin_url
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict
from venues.models import SeatingPlan

if TYPE_CHECKING:
    from bookings.admin.publishing import PublishableEventSessionAdmin

TEMPLATE = "admin/bookings/move/page.html"


class MissingPricesForm(forms.Form):
    """An amount for every ticket type of the session, in every category that is new to it."""

    def __init__(self, data: Any, move: PlanMove) -> None:
        super().__init__(data)
        self.keys: dict[str, tuple[int, int]] = {}
        types = TicketType.objects.filter(tiers__event_session=move.event_session).distinct()
        for category in move.unpriced:
            for ticket_type in types:
                name = f"price_{category.pk}_{ticket_type.pk}"
                self.keys[name] = category.pk, ticket_type.pk
                self.fields[name] = forms.DecimalField(
                    label=f"{category.name}, {ticket_type.name} ({move.event_session.event.currency})",
                    min_value=0,
                    max_digits=10,
                    decimal_places=2,
                    widget=UnfoldAdminDecimalFieldWidget,
                )

    @property
    def prices(self) -> dict[int, dict[int, Decimal]]:
        prices: dict[int, dict[int, Decimal]] = {}
        for name, (category, ticket_type) in self.keys.items():
            prices.setdefault(category, {})[ticket_type] = self.cleaned_data[name]
        return prices


class MovePage:
    """For those who may change sessions."""

    def __init__(self, model_admin: "PublishableEventSessionAdmin") -> None:
        self.admin = model_admin

    def urls(self) -> list[URLPattern]:
        wrap = self.admin.admin_site.admin_view
        return [path("<int:object_id>/move/", wrap(self.page), name="events_eventsession_move")]

    def page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not request.user.has_perm("events.change_eventsession"):
            raise PermissionDenied
        event_session = get_object_or_404(
            EventSession.objects.select_related("event", "hall__venue", "plan__hall__venue"),
            pk=object_id,
            status=EventSession.Status.PUBLISHED,
        )
        plans = SeatingPlan.objects.filter(hall=event_session.hall_id).exclude(pk=event_session.plan_id)
        wanted = request.POST.get("plan", "") or request.GET.get("plan", "")
        plan = get_object_or_404(plans, pk=int(wanted)) if is_number(wanted) else None
        context: dict[str, Any] = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": _("Move %(session)s to another plan") % {"session": event_session},
            "event_session": event_session,
            "plans": plans.order_by("-version"),
            "plan": plan,
        }
        if plan is None:
            return TemplateResponse(request, TEMPLATE, context)
        return self.look(request, event_session, plan, context)

    def look(
        self, request: HttpRequest, event_session: EventSession, plan: SeatingPlan, context: dict[str, Any]
    ) -> HttpResponse:
        move = plan_move(event_session_id=event_session.pk, plan_id=plan.pk)
        form = MissingPricesForm(request.POST if request.method == "POST" else None, move)
        status = 200
        if request.method == "POST" and not form.is_valid():
            status = 422
        elif request.method == "POST":
            try:
                return self.move(request, event_session, plan, form)
            except DomainError as refusal:
                messages.error(request, str(refusal))
                status = refusal.status
        return TemplateResponse(request, TEMPLATE, {**context, "move": move, "form": form}, status=status)

    def move(
        self, request: HttpRequest, event_session: EventSession, plan: SeatingPlan, form: MissingPricesForm
    ) -> HttpResponse:
        done = retry_on_conflict(
            lambda: move_to_plan(
                event_session_id=event_session.pk,
                plan_id=plan.pk,
                prices=form.prices,
                actor_id=request.user.pk,
                now=timezone.now(),
            )
        )
        text = _("%(session)s is on “%(plan)s” now: %(kept)s places kept, %(new)s new, %(left)s no longer there.")
        facts = {"kept": f"{len(done.kept):,}", "new": f"{len(done.new):,}", "left": f"{done.leaving:,}"}
        messages.success(request, text % {"session": event_session, "plan": plan, **facts})
        return HttpResponseRedirect(admin_url(EventSession, "change", event_session.pk))
