"""Cancelling a date: what it would do, the words typed to confirm it, and how far it has got."""

from collections.abc import Callable
from functools import partial
from typing import cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from events.models import Event, EventSession
from payments.admin.batch_pages import BatchAdmin
from payments.admin.confirmation import ConfirmationForm
from payments.call_offs import CallOffProgress, plan_call_off
from payments.models import CallOff
from payments.services.calling_off import call_off_event, call_off_session, resume_call_off
from ticketing.errors import DomainError


class CallOffForm(ConfirmationForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason, as customers will read it"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@admin.register(CallOff)
class CallOffAdmin(BatchAdmin[CallOff]):
    list_display = ["event", "what", "bookings_done", "requested_by", "started_at", "show_state"]
    list_select_related = ["event", "requested_by"]
    search_fields = ["event__title"]
    progress = CallOffProgress
    folder = "admin/payments/call_off"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallOff]:
        return super().get_queryset(request).prefetch_related("sessions__event", "sessions__hall__venue")

    @admin.display(description=gettext_lazy("what"))
    def what(self, call_off: CallOff) -> str:
        return call_off.what

    def title_of(self, call_off: CallOff) -> str:
        return _("Cancelled: %(event)s") % {"event": call_off.event.title}

    def describe(self, call_off: CallOff) -> str:
        return f"Cancelled: {call_off.what}"

    def try_again(self, call_off_id: int) -> int:
        return resume_call_off(call_off_id=call_off_id)

    def dry_run_urls(self) -> list[URLPattern]:
        return [
            self.page_at("session/<int:object_id>/", self.session_page, "session"),
            self.page_at("event/<int:object_id>/", self.event_page, "event"),
        ]

    def session_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The dry run of one session; a POST with the right words does it."""
        self.check_right(request, "add")
        sessions = EventSession.objects.select_related("event", "hall__venue")
        event_session = get_object_or_404(sessions, pk=object_id, status=EventSession.Status.PUBLISHED)
        act = partial(call_off_session, event_session_id=object_id)
        return self._page(request, event_session.event, [event_session], act)

    def event_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The same for an event with all of its sessions that are not over."""
        self.check_right(request, "add")
        event = get_object_or_404(Event, pk=object_id, status=Event.Status.PUBLISHED)
        on_show = event.sessions.filter(status=EventSession.Status.PUBLISHED, ends_at__gt=timezone.now())
        sessions = list(on_show.select_related("event", "hall__venue"))
        return self._page(request, event, sessions, partial(call_off_event, event_id=object_id))

    def _page(
        self, request: HttpRequest, event: Event, sessions: list[EventSession], act: Callable[..., CallOff]
    ) -> HttpResponse:
        form, status = CallOffForm(request.POST or None, title=event.title), 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    return self._call_off(request, act, form.cleaned_data["reason"])
                except DomainError as refusal:
                    messages.error(request, str(refusal))
                    status = refusal.status
        title = _("Cancel “%(event)s”") % {"event": event.title}
        context = {"title": title, "event": event, "plan": plan_call_off(sessions), "form": form}
        return self.show_plan(request, context, status)

    def _call_off(self, request: HttpRequest, act: Callable[..., CallOff], reason: str) -> HttpResponse:
        actor = cast("User", request.user)
        return self.start(
            request,
            lambda: act(reason=reason, actor=actor, now=timezone.now()),
            said=_("The sale has ended. The money goes back from now on; you may leave this page."),
        )
