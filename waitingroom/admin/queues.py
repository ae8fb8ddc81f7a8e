from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from events.admin.local_time import show_local
from ticketing.admin.actions import button, go_to
from ticketing.admin.bases import EditableInline, StaffModelAdmin
from waitingroom import store
from waitingroom.chart import MOST_MINUTES, draw_chart
from waitingroom.estimate import estimate
from waitingroom.models import BypassCode, Queue
from waitingroom.services import controls
from waitingroom.store import Phase, Standing
from waitingroom.words import say_wait

PHASES = {
    Phase.IDLE: _("Off until many come"),
    Phase.LOBBY: _("Lobby"),
    Phase.OPEN: _("Open"),
    Phase.OVER: _("Over: nobody needs to wait"),
}


class BypassCodeInline(EditableInline[BypassCode, Queue]):
    model = BypassCode
    extra = 0
    fields = ["label", "code", "most_uses", "uses", "valid_until"]
    readonly_fields = ["uses"]


@admin.register(Queue)
class QueueAdmin(StaffModelAdmin[Queue]):
    """Settings, buttons that work at once, and how the queue stands, looked at every few seconds."""

    list_display = ["event_session", "starts", "mode", "state", "capacity"]
    list_filter = ["mode"]
    list_select_related = ["event_session__event", "event_session__hall__venue"]
    search_fields = ["event_session__event__title"]
    autocomplete_fields = ["event_session"]
    inlines = [BypassCodeInline]
    change_form_before_template = "admin/waitingroom/live.html"
    actions_detail = ["open_now", "pause", "resume", "drain", "reopen"]
    readonly_fields = ["commitment", "shown_seed"]

    def get_fieldsets(self, request: HttpRequest, obj: Queue | None = None) -> Any:
        session = [] if obj else ["event_session"]
        return [
            (None, {"fields": [*session, "mode", ("capacity", "per_minute"), ("claim_seconds", "pass_minutes")]}),
            (_("Before the sale"), {"fields": ["lobby_minutes"]}),
            (_("When many come"), {"fields": [("busy_arrivals", "busy_baskets")]}),
            *([(_("The draw"), {"fields": ["commitment", "shown_seed"]})] if obj else []),
        ]

    @admin.display(description=_("seal"))
    def commitment(self, queue: Queue) -> str:
        return queue.commitment

    @admin.display(description=_("seed"))
    def shown_seed(self, queue: Queue) -> str:
        """Nobody sees it before the draw: who knows it could choose the numbers that win."""
        is_drawn = queue.checkpoint.get("phase") in {Phase.OPEN, Phase.OVER}
        return queue.seed if is_drawn else str(_("Shown after the draw."))

    @admin.display(description=_("starts"), ordering="event_session__starts_at")
    def starts(self, queue: Queue) -> str:
        return show_local(queue.event_session.starts_at, queue.event_session.hall.venue)

    @admin.display(description=_("state"))
    def state(self, queue: Queue) -> str:
        if queue.mode == Queue.Mode.OFF:
            return str(_("Off"))
        return str(PHASES[Phase(queue.checkpoint.get("phase", Phase.IDLE))])

    def save_model(self, request: HttpRequest, obj: Queue, form: ModelForm[Queue], change: bool) -> None:
        was_off = not change or form.initial.get("mode") == Queue.Mode.OFF
        super().save_model(request, obj, form, change)
        try:
            controls.take_over(obj, timezone.now(), was_off=was_off)
        except RedisError:
            self.message_user(
                request, _("Saved. It comes into force as soon as Redis answers again."), messages.WARNING
            )

    def get_urls(self) -> list[Any]:
        live = path("<path:object_id>/live/", self.admin_site.admin_view(self.live), name="waitingroom_queue_live")
        return [live, *super().get_urls()]

    def live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The figures and the chart alone, which the page asks for again and again."""
        queues = Queue.objects.select_related("event_session__hall__venue")
        queue = get_object_or_404(queues, pk=object_id)
        if not self.has_view_permission(request, queue):
            return HttpResponse(status=403)
        return render(request, "admin/waitingroom/_live.html", show_live(queue))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"live_url": reverse("admin:waitingroom_queue_live", args=[object_id]), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def has_open_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, lambda queue: queue.checkpoint.get("phase") == Phase.IDLE)

    def has_pause_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, lambda queue: not queue.is_paused)

    def has_resume_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, lambda queue: queue.is_paused)

    def has_drain_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, lambda queue: not queue.is_draining)

    def has_reopen_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, lambda queue: queue.is_draining)

    def _may(self, request: HttpRequest, object_id: str | None, makes_sense: Callable[[Queue], bool]) -> bool:
        """Those who may change queues; a button shows while it makes sense."""
        may_change = bool(request.user.has_perm("waitingroom.change_queue"))
        if not may_change or object_id is None:
            return may_change
        queue = Queue.objects.exclude(mode=Queue.Mode.OFF).filter(pk=int(object_id)).first()
        return queue is not None and makes_sense(queue)

    @button(
        label=_("Bring it on now"),
        question=_("An automatic waiting room comes on at once, without waiting for a crowd."),
        icon="play_arrow",
        permissions=["open"],
    )
    def open_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._control(request, object_id, lambda queue: controls.open_now(queue, timezone.now()), _("It is on."))

    @button(
        label=_("Pause"),
        question=_("Nobody new is let in until you resume. Everybody keeps their place."),
        icon="pause",
        permissions=["pause"],
    )
    def pause(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._control(request, object_id, controls.pause, _("It pauses."))

    @button(
        label=_("Resume"),
        question=_("People are let in again, in their order."),
        icon="resume",
        permissions=["resume"],
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._control(request, object_id, controls.resume, _("It goes on."))

    @button(
        label=_("Drain"),
        question=_("Nobody new may join. Those who wait are let in, and after the last one nobody needs to wait."),
        icon="hourglass_bottom",
        permissions=["drain"],
        is_grave=True,
    )
    def drain(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._control(request, object_id, controls.drain, _("It takes nobody new."))

    @button(
        label=_("Take people again"),
        question=_("The waiting room takes new people again."),
        icon="group_add",
        permissions=["reopen"],
        is_quiet=True,
    )
    def reopen(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._control(request, object_id, controls.reopen, _("It takes people again."))

    def _control(self, request: HttpRequest, object_id: str, act: Callable[[Queue], None], text: Any) -> HttpResponse:
        queue = get_object_or_404(Queue.objects.select_related("event_session"), pk=object_id)
        try:
            act(queue)
        except RedisError:
            text = _("Noted. It comes into force as soon as Redis answers again.")
        self.log_change(request, queue, str(text))
        self.message_user(request, text, messages.SUCCESS)
        return go_to(request, self.change_url(queue))


def show_live(queue: Queue) -> dict[str, Any]:
    """What the live part of the page shows; without Redis, what was noted last."""
    try:
        standing = store.look(queue.pk)
    except RedisError:
        standing = None
    newest = list(queue.minutes.order_by("-minute")[:MOST_MINUTES])[::-1]
    chart = draw_chart(newest, queue.event_session.hall.venue.zone)
    return {
        "queue": queue,
        "figures": list_figures(standing) if standing else [],
        "chart": chart,
        "now": timezone.now(),
        "zone": queue.event_session.hall.venue.zone,
    }


def list_figures(standing: Standing) -> list[tuple[Any, Any]]:
    in_sight = standing.issued - standing.base
    return [
        (_("State"), _("Paused") if standing.paused else PHASES[standing.phase]),
        (_("Waiting"), f"{max(0, standing.waiting if standing.phase != Phase.LOBBY else standing.issued):,}"),
        (_("Choosing seats"), f"{standing.active:,} / {standing.capacity * standing.factor // 100:,}"),
        (_("Called, not in yet"), f"{max(0, standing.serving - standing.base - standing.claimed):,}"),
        (_("Called a minute"), f"{standing.rate:,.0f}"),
        (_("Wait of the last one"), say_wait(estimate(max(0, in_sight), standing.rate))),
        (_("Let in"), f"{standing.admitted + standing.bypassed:,}"),
        (_("Done"), f"{standing.finished:,}"),
        (_("Left or did not come"), f"{standing.abandoned + standing.unanswered:,}"),
        (_("Speed"), f"{standing.factor} %"),
    ]
