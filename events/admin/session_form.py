from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.admin.local_time import WallTimeField, moment_of, wall_time
from events.models import EventSession
from venues.models import Hall, SeatingPlan

TIMES = ["doors_at", "starts_at", "ends_at", "booking_opens_at", "booking_closes_at"]


class EventSessionForm(forms.ModelForm[EventSession]):
    """A session's times as the venue's clock shows them; what is left empty gets the usual value."""

    starts_at = WallTimeField(label=_("Starts"))
    ends_at = WallTimeField(label=_("Ends"), required=False, help_text=_("Empty: after the event's duration."))
    doors_at = WallTimeField(label=_("Doors open"), required=False)
    booking_opens_at = WallTimeField(label=_("Booking opens"), required=False, help_text=_("Empty: now."))
    booking_closes_at = WallTimeField(
        label=_("Booking closes"), required=False, help_text=_("Empty: when the session starts.")
    )

    class Meta:
        model = EventSession
        fields = [
            "event",
            "hall",
            "plan",
            "starts_at",
            "ends_at",
            "doors_at",
            "booking_opens_at",
            "booking_closes_at",
            "customer_limit",
            "hold_period",
            "avoids_single_gaps",
            "verifies_guests",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "plan" in self.fields:
            self.fields["plan"].required = False
            self.fields["plan"].help_text = _("Empty: the hall's newest plan.")
        if self.instance.pk:
            zone = self.instance.hall.venue.zone
            for name in TIMES:
                moment = getattr(self.instance, name)
                self.initial[name] = wall_time(moment, zone) if moment else None

    def clean(self) -> dict[str, Any]:
        super().clean()
        hall = self.cleaned_data.get("hall") or (self.instance.hall if self.instance.pk else None)
        if hall is not None:
            self._choose_plan(hall)
            self._place_times(hall)
        return self.cleaned_data

    def _choose_plan(self, hall: Hall) -> None:
        if "plan" not in self.fields or self.cleaned_data.get("plan") or self.errors.get("plan"):
            return
        plan = SeatingPlan.objects.filter(hall=hall).order_by("-version").first()
        if plan is None:
            self.add_error("plan", _("This hall has no seating plan yet."))
        self.cleaned_data["plan"] = plan

    def _place_times(self, hall: Hall) -> None:
        zone = hall.venue.zone
        # Another hall may lie in another zone, and then the same wall times are other moments.
        was_moved = "hall" in self.changed_data
        for name in TIMES:
            wall = self.cleaned_data.get(name)
            if wall is None:
                continue
            if name not in self.changed_data and not was_moved:
                # The clock may show this time twice a year; what was not touched stays the moment it was.
                self.cleaned_data[name] = getattr(self.instance, name)
                continue
            try:
                self.cleaned_data[name] = moment_of(wall, zone)
            except ValidationError as refusal:
                self.add_error(name, refusal)
        self._fill_in(self.cleaned_data.get("starts_at"))

    def _fill_in(self, starts_at: datetime | None) -> None:
        if starts_at is None:
            return
        usual = {"booking_opens_at": timezone.now(), "booking_closes_at": starts_at}
        event = self.cleaned_data.get("event") or (self.instance.event if self.instance.event_id else None)
        if event is not None and event.duration:
            usual["ends_at"] = starts_at + event.duration
        for name, moment in usual.items():
            if self.cleaned_data.get(name) is None and name not in self.errors:
                self.cleaned_data[name] = moment
        if self.cleaned_data.get("ends_at") is None and "ends_at" not in self.errors:
            self.add_error("ends_at", _("When does it end? The event itself has no duration."))
