"""What support sends from the help page of a booking; each form asks why."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms import AttendeeForm, ContactForm
from bookings.models import Booking, BookingItem, Ticket


class ReasonField(forms.CharField):
    """Short enough for the booking's history, which it goes into."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Reason"),
            max_length=200,
            error_messages={"required": _("Say why, so that colleagues and auditors know later.")},
        )


class CorrectContactForm(ContactForm):
    reason = ReasonField()

    def __init__(self, data: Any, *, booking: Booking, region: str | None) -> None:
        known = {"name": booking.name, "phone": booking.phone, "email": booking.email}
        # It stands beside the other form, whose fields have some of the same names.
        super().__init__(data, initial=known, region=region, auto_id="contact-%s")


class ChangeTicketsForm(forms.Form):
    ticket = forms.TypedMultipleChoiceField(
        label=_("Tickets"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one ticket.")},
    )
    reason = ReasonField()

    def __init__(self, data: Any, *, items: Iterable[BookingItem]) -> None:
        super().__init__(data, auto_id="change-%s")
        tickets = [(item, getattr(item, "ticket", None)) for item in items]
        self.fields["ticket"].choices = [  # type: ignore[attr-defined]
            (ticket.pk, item.place.label)
            for item, ticket in tickets
            if ticket and ticket.status == Ticket.Status.VALID and not ticket.checked_in_at
        ]


class CorrectNamesForm(AttendeeForm):
    reason = ReasonField()

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, auto_id="names-%s", **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"])

    def names(self) -> dict[int, str]:
        self.cleaned_data = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return super().names()
