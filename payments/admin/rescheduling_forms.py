from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from bookings.services.rescheduling import NewDate
from events.admin.local_time import WallTimeField, moment_of, wall_time
from events.models import EventSession
from venues.models import SeatingPlan

TIMES = ["starts_at", "ends_at", "doors_at", "deadline"]
# What people have to answer, unless the new date comes before.
USUAL_DEADLINE = timedelta(days=14)


class PlanField(forms.ModelChoiceField[SeatingPlan]):
    def label_from_instance(self, plan: Any) -> str:
        return f"{plan.hall}: {plan.name} (v{plan.version})"


class NewDateForm(forms.Form):
    """When and where, on the venue's clock; what is left empty keeps its distance from the start."""

    plan = PlanField(
        label=gettext_lazy("Hall and seating plan"), queryset=SeatingPlan.objects.none(), widget=UnfoldAdminSelectWidget
    )
    starts_at = WallTimeField(label=gettext_lazy("Starts"))
    ends_at = WallTimeField(label=gettext_lazy("Ends"), required=False, help_text=gettext_lazy("Empty: as long."))
    doors_at = WallTimeField(
        label=gettext_lazy("Doors open"), required=False, help_text=gettext_lazy("Empty: as long before the start.")
    )
    deadline = WallTimeField(
        label=gettext_lazy("Answers until"),
        help_text=gettext_lazy("Until then customers may exchange their tickets or have all of their money back."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, as customers will read it"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None, *, event_session: EventSession) -> None:
        zone = event_session.hall.venue.zone
        initial = {
            "plan": event_session.plan_id,
            "starts_at": wall_time(event_session.starts_at, zone),
            "deadline": wall_time(timezone.now() + USUAL_DEADLINE, zone).replace(minute=0, second=0, microsecond=0),
        }
        super().__init__(data, initial=initial)
        self.event_session = event_session
        newest = SeatingPlan.objects.order_by().values("hall").annotate(newest=Max("pk")).values("newest")
        plans = SeatingPlan.objects.filter(pk__in=newest) | SeatingPlan.objects.filter(pk=event_session.plan_id)
        related = plans.select_related("hall__venue").order_by("hall__venue__name", "hall__name", "-version")
        self.fields["plan"].queryset = related  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if plan := data.get("plan"):
            for name in TIMES:
                self._place_time(name, plan.hall.venue.zone)
        starts_at, ends_at, doors_at = data.get("starts_at"), data.get("ends_at"), data.get("doors_at")
        if starts_at and starts_at <= timezone.now():
            self.add_error("starts_at", _("The new date lies in the past."))
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The end lies before the start."))
        if starts_at and doors_at and doors_at > starts_at:
            self.add_error("doors_at", _("The doors open after the start."))
        if starts_at and (deadline := data.get("deadline")):
            self._check_deadline(deadline, doors_at or self._usual_doors(starts_at) or starts_at)
        return data

    def _place_time(self, name: str, zone: ZoneInfo) -> None:
        wall = self.cleaned_data.get(name)
        was: datetime | None = getattr(self.event_session, name, None)
        if wall is None:
            return
        if was is not None and wall == wall_time(was, zone):
            # The clock may show this time twice a year; what was not touched stays the moment it was.
            self.cleaned_data[name] = was
            return
        try:
            self.cleaned_data[name] = moment_of(wall, zone)
        except ValidationError as refusal:
            self.add_error(name, refusal)

    def _check_deadline(self, deadline: datetime, opens_at: datetime) -> None:
        if deadline <= timezone.now():
            self.add_error("deadline", _("This lies in the past."))
        elif deadline > opens_at:
            self.add_error("deadline", _("Nobody can give tickets back once the doors are open."))

    def _usual_doors(self, starts_at: datetime) -> datetime | None:
        """As long before the start as they were."""
        old = self.event_session
        return starts_at - (old.starts_at - old.doors_at) if old.doors_at else None

    @property
    def date(self) -> NewDate:
        data, old = self.cleaned_data, self.event_session
        later = data["starts_at"] - old.starts_at
        return NewDate(
            starts_at=data["starts_at"],
            ends_at=data["ends_at"] or old.ends_at + later,
            doors_at=data["doors_at"] or self._usual_doors(data["starts_at"]),
            booking_closes_at=old.booking_closes_at + later,
            plan_id=data["plan"].pk,
        )
