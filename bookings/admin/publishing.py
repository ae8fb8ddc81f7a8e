"""The session's page again, with the button that makes its places: events do not know the inventory."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.services.publishing import publish_event_session
from events.admin.event_sessions import EventSessionAdmin
from events.models import EventSession
from ticketing.admin.actions import button, go_to, refusals_as_messages

admin.site.unregister(EventSession)


@admin.register(EventSession)
class PublishableEventSessionAdmin(EventSessionAdmin):
    actions = ["publish_selected"]
    actions_detail = ["publish"]

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may change sessions; the button shows while there is something to publish."""
        may_change = request.user.has_perm("events.change_eventsession")
        if not may_change or object_id is None:
            return may_change
        return EventSession.objects.filter(pk=object_id, status=EventSession.Status.DRAFT).exists()

    @admin.action(description=_("Publish selected sessions"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[EventSession]) -> None:
        for event_session in queryset:
            self._publish(request, event_session)

    @button(
        label=_("Publish"),
        question=_("The session goes on show with every place of its plan. Hall and plan cannot change afterwards."),
        icon="publish",
        permissions=["publish"],
    )
    def publish(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        event_session = EventSession.objects.select_related("event", "hall__venue").get(pk=object_id)
        self._publish(request, event_session)
        return go_to(request, self.change_url(event_session))

    def _publish(self, request: HttpRequest, event_session: EventSession) -> None:
        with refusals_as_messages(request, event_session):
            published = publish_event_session(event_session_id=event_session.pk, now=timezone.now())
            self.log_change(request, published, "Published.")
            text = _("%(session)s is published with %(places)s places.")
            facts = {"session": event_session, "places": f"{published.total_places:,}"}
            self.message_user(request, text % facts, messages.SUCCESS)
