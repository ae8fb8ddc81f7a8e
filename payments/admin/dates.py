"""The pages of sessions and events again, with the buttons that move and cancel them: they know nothing of money."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from bookings.admin.publishing import PublishableEventSessionAdmin, is_on_show
from bookings.models import Rescheduling
from events.admin.events import EventAdmin
from events.models import Event, EventSession
from payments.models import CallOff
from ticketing.admin.actions import link
from ticketing.admin.bases import admin_url

admin.site.unregister(EventSession)
admin.site.unregister(Event)


def may_call_off(request: HttpRequest, model: Any, object_id: str | None) -> bool:
    """Those who may; the button shows while there is something to cancel."""
    may_act = request.user.has_perm("payments.add_calloff")
    if not may_act or object_id is None:
        return may_act
    return bool(model.objects.filter(pk=object_id, status=model.Status.PUBLISHED).exists())


@admin.register(EventSession)
class CancellableEventSessionAdmin(PublishableEventSessionAdmin):
    # Both moves in one menu: side by side, all of them are wider than a laptop's screen.
    actions_detail: list[Any] = [
        *[name for name in PublishableEventSessionAdmin.actions_detail if name != "open_move"],
        {"title": _("Move"), "icon": "move_down", "items": ["reschedule", "open_move"]},
        "call_off",
    ]

    def has_reschedule_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        may_act = request.user.has_perm("bookings.add_rescheduling")
        return may_act and is_on_show(object_id)

    @link(label=_("Move to another date or hall"), icon="event_repeat", permissions=["reschedule"])
    def reschedule(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(Rescheduling, "session", object_id))

    def has_call_off_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return may_call_off(request, EventSession, object_id)

    @link(label=_("Cancel the session"), icon="event_busy", permissions=["call_off"])
    def call_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(CallOff, "session", object_id))


@admin.register(Event)
class CancellableEventAdmin(EventAdmin):
    actions_detail = [*getattr(EventAdmin, "actions_detail", []), "call_off"]

    def has_call_off_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return may_call_off(request, Event, object_id)

    @link(label=_("Cancel the event"), icon="event_busy", permissions=["call_off"])
    def call_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(CallOff, "event", object_id))
