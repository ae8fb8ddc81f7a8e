"""Cancelling a date: what it would do, the words typed to confirm it, and how far it has got."""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
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
from events.models import Event, EventSession
from payments.call_offs import Progress, plan_call_off
from payments.models import CallOff
from payments.services.calling_off import call_off_event, call_off_session, resume_call_off
from ticketing.admin.bases import ReadOnlyAdmin, admin_url
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

PLAN = "admin/payments/call_off/plan.html"
PROGRESS = "admin/payments/call_off/progress.html"
PROGRESS_PART = "admin/payments/call_off/_progress.html"


def fold(words: str) -> str:
    """As people type: any case, any kind of space."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


class CallOffForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason, as customers will read it"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    confirmation = forms.CharField(
        label=gettext_lazy("Type the title of the event to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, event: Event) -> None:
        super().__init__(data)
        self.event = event

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if fold(typed) != fold(self.event.title):
            raise forms.ValidationError(_("This is not the title: “%(title)s”.") % {"title": self.event.title})
        return typed


@admin.register(CallOff)
class CallOffAdmin(ReadOnlyAdmin[CallOff]):
    list_display = ["event", "what", "bookings_done", "requested_by", "started_at", "show_state"]
    list_select_related = ["event", "requested_by"]
    search_fields = ["event__title"]
    date_hierarchy = "started_at"
    view_on_site = False
    # Each row is counted afresh.
    list_per_page = 20

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallOff]:
        return super().get_queryset(request).prefetch_related("sessions__event", "sessions__hall__venue")

    @admin.display(description=gettext_lazy("what"))
    def what(self, call_off: CallOff) -> str:
        return name_sessions(call_off)

    @admin.display(description=gettext_lazy("bookings"))
    def bookings_done(self, call_off: CallOff) -> str:
        progress = Progress(call_off)
        return f"{progress.done:,} / {progress.total:,}"

    @admin.display(description=gettext_lazy("status"))
    def show_state(self, call_off: CallOff) -> tuple[str, str]:
        progress = Progress(call_off)
        if progress.can_be_resumed:
            return "failed", _("needs a look")
        return ("running", _("running")) if progress.is_moving else ("done", _("done"))

    show_state.label = {"failed": "danger", "running": "warning", "done": "success"}  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        mine = [
            path("session/<int:object_id>/", wrap(self.session_page), name="payments_calloff_session"),
            path("event/<int:object_id>/", wrap(self.event_page), name="payments_calloff_event"),
            path("<int:object_id>/change/", wrap(self.progress_page), name="payments_calloff_change"),
            path("<int:object_id>/resume/", wrap(require_POST(self.resume)), name="payments_calloff_resume"),
        ]
        return [*mine, *super().get_urls()]

    def session_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The dry run of one session; a POST with the right words does it."""
        check_right(request, "payments.add_calloff")
        sessions = EventSession.objects.select_related("event", "hall__venue")
        event_session = get_object_or_404(sessions, pk=object_id, status=EventSession.Status.PUBLISHED)

        def act(reason: str, now: datetime) -> CallOff:
            actor = cast("User", request.user)
            return call_off_session(event_session_id=object_id, reason=reason, actor=actor, now=now)

        return self._page(request, event_session.event, [event_session], act)

    def event_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The same for an event with all of its sessions that are not over."""
        check_right(request, "payments.add_calloff")
        event = get_object_or_404(Event, pk=object_id, status=Event.Status.PUBLISHED)
        on_show = event.sessions.filter(status=EventSession.Status.PUBLISHED, ends_at__gt=timezone.now())

        def act(reason: str, now: datetime) -> CallOff:
            return call_off_event(event_id=object_id, reason=reason, actor=cast("User", request.user), now=now)

        return self._page(request, event, list(on_show.select_related("event", "hall__venue")), act)

    def _page(
        self,
        request: HttpRequest,
        event: Event,
        sessions: list[EventSession],
        act: Callable[[str, datetime], CallOff],
    ) -> HttpResponse:
        form, status = CallOffForm(request.POST or None, event=event), 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    call_off = retry_on_conflict(lambda: act(form.cleaned_data["reason"], timezone.now()))
                except DomainError as refusal:
                    messages.error(request, str(refusal))
                    status = refusal.status
                else:
                    return self._leave(request, call_off)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Cancel “%(event)s”") % {"event": event.title},
            "event": event,
            "plan": plan_call_off(sessions),
            "form": form,
        }
        return TemplateResponse(request, PLAN, context, status=status)

    def _leave(self, request: HttpRequest, call_off: CallOff) -> HttpResponse:
        self.log_addition(request, call_off, f"Cancelled: {name_sessions(call_off)}")
        messages.success(request, _("The sale has ended. The money goes back from now on; you may leave this page."))
        return HttpResponseRedirect(admin_url(CallOff, "change", call_off.pk))

    def progress_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How far it has got; the figures alone for htmx, which asks for them every few seconds."""
        check_right(request, "payments.view_calloff")
        call_off = get_object_or_404(self.get_queryset(request), pk=object_id)
        context = {"call_off": call_off, "progress": Progress(call_off)}
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, PROGRESS_PART, context)
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Cancelled: %(event)s") % {"event": call_off.event.title},
            "what": name_sessions(call_off),
            "may_resume": request.user.has_perm("payments.add_calloff"),
        }
        return TemplateResponse(request, PROGRESS, context)

    def resume(self, request: HttpRequest, object_id: int) -> HttpResponse:
        check_right(request, "payments.add_calloff")
        call_off = get_object_or_404(CallOff, pk=object_id)
        retry_on_conflict(lambda: resume_call_off(call_off_id=object_id))
        self.log_change(request, call_off, "Tried again what had failed.")
        messages.success(request, _("What failed is tried again."))
        return HttpResponseRedirect(admin_url(CallOff, "change", object_id))


def check_right(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def name_sessions(call_off: CallOff) -> str:
    """“The whole event” or the one session's date and hall."""
    if call_off.is_whole_event:
        return _("The whole event")
    return "; ".join(f"{each}, {each.hall}" for each in call_off.sessions.all())
