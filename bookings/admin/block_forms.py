"""What staff send from the page of a session's places."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from bookings.models import Block, Place
from events.models import EventSession
from venues.models import Seat, Section

STAFF_KINDS = [(kind.value, kind.label) for kind in (Block.Kind.HOUSE, Block.Kind.KILL)]
LONGEST_NUMBER = 9


class ChosenPlaces:
    """Seats by checkbox, or all in one field where a script joined them; rows; standing places by number.

    A row stands for the seats in it that the action can change, a seat only for itself.
    """

    def __init__(self, data: Any, event_session: EventSession, *, state: Place.State) -> None:
        joined = data.get("seats", "").split(",")
        self.seat_ids = {int(value) for value in [*joined, *data.getlist("seat")] if is_number(value)}
        rows = [int(value) for value in data.getlist("row") if is_number(value)]
        self.seat_ids |= set(seats_in_rows(event_session, rows, state))
        sections = Section.objects.filter(plan=event_session.plan_id, kind=Section.Kind.STANDING)
        wanted = {section: data.get(f"standing_{section}", "") for section in sections.values_list("pk", flat=True)}
        self.standing = {section: int(value) for section, value in wanted.items() if is_number(value)}


def is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER


def seats_in_rows(event_session: EventSession, first_seats: list[int], state: Place.State) -> list[int]:
    """The seats in this state of the rows that these seats are in."""
    found: list[int] = []
    for section, row in Seat.objects.filter(pk__in=first_seats).values_list("section", "row"):
        places = Place.objects.filter(event_session=event_session, state=state, seat__section=section, seat__row=row)
        found += [seat for seat in places.values_list("seat", flat=True) if seat]
    return found


class BlockForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=STAFF_KINDS, widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": _("Say why, so that others know later.")},
    )
