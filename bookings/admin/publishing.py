"""The session's page again, with the button that makes its places: events do not know the inventory."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.admin.move_page import MovePage
from bookings.admin.places_page import PlacesPage
from bookings.availability import mark_dirty
from bookings.models import Ticket
from bookings.services.publishing import publish_event_session
from bookings.tasks import publish_session
from events.admin.event_sessions import EventSessionAdmin
from events.models import EventSession
from ticketing.admin.actions import button, go_to, link, refusals_as_messages
from ticketing.admin.bases import admin_url

admin.site.unregister(EventSession)
# More than these are made by the workers: 80,000 places take over a second, and a request must not take minutes.
MOST_AT_ONCE = 5
WHEN = {"starts_at", "ends_at", "doors_at"}


@admin.register(EventSession)
class PublishableEventSessionAdmin(EventSessionAdmin):
    actions = ["publish_selected"]
    actions_detail = ["publish", "open_places", "open_move"]

    def get_urls(self) -> list[Any]:
        return [*PlacesPage(self).urls(), *MovePage(self).urls(), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: EventSession, form: Any, change: bool) -> None:
        """A corrected time reaches calendars and tickets by itself; people are told by the button for moving."""
        super().save_model(request, obj, form, change)
        if change and not WHEN.isdisjoint(form.changed_data):
            EventSession.objects.filter(pk=obj.pk).update(revision=F("revision") + 1)
            if obj.tickets.filter(status__in=Ticket.STANDING).exists():
                text = _("Nobody is told of the new time. “Move to another date or hall” tells all who have tickets.")
                self.message_user(request, text, messages.WARNING)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A price that was hidden, or shown, changes how many places there are for everybody."""
        super().save_related(request, form, formsets, change)
        transaction.on_commit(partial(mark_dirty, form.instance.pk), robust=True)

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may change sessions; the button shows while there is something to publish."""
        may_change = request.user.has_perm("events.change_eventsession")
        if not may_change or object_id is None:
            return may_change
        return EventSession.objects.filter(pk=object_id, status=EventSession.Status.DRAFT).exists()

    @admin.action(description=_("Publish selected sessions"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[EventSession]) -> None:
        if len(queryset) <= MOST_AT_ONCE:
            for event_session in queryset:
                self._publish(request, event_session)
            return
        for event_session in queryset:
            transaction.on_commit(partial(publish_session.delay, event_session.pk))
            self.log_change(request, event_session, "Publishing requested.")
        text = _("%(count)s sessions are being put on sale; those with a stadium's places take some seconds each.")
        self.message_user(request, text % {"count": len(queryset)}, messages.SUCCESS)

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

    def has_places_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """The map is for sessions that have places."""
        return request.user.has_perm("bookings.view_block") and is_on_show(object_id)

    @link(label=_("Places"), icon="event_seat", permissions=["places"])
    def open_places(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(EventSession, "places", object_id))

    def has_move_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("events.change_eventsession") and is_on_show(object_id)

    @link(label=_("Move to another plan"), icon="move_down", permissions=["move"])
    def open_move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(EventSession, "move", object_id))

    def _publish(self, request: HttpRequest, event_session: EventSession) -> None:
        with refusals_as_messages(request, event_session):
            published = publish_event_session(event_session_id=event_session.pk, now=timezone.now())
            self.log_change(request, published, "Published.")
            text = _("%(session)s is published with %(places)s places.")
            facts = {"session": event_session, "places": f"{published.total_places:,}"}
            self.message_user(request, text % facts, messages.SUCCESS)


def is_on_show(object_id: str | None) -> bool:
    status = EventSession.Status.PUBLISHED
    return object_id is None or EventSession.objects.filter(pk=object_id, status=status).exists()
