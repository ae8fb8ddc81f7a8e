from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from bookings.errors import EmailNeededError
from bookings.models import BookingItem
from bookings.services.lifecycle import Contact
from events.models import EventSession
from ticketing.dates import say_moment


def read_numbers(data: QueryDict, name: str) -> list[int]:
    """The field's values that are whole numbers; anything else was not written by our page.

    All of them: Django refuses a request of more than 1,000 fields, and the customer's limit the rest.
    """
    return [int(value) for value in data.getlist(name) if value.isdecimal() and len(value) < 18]


def read_number(data: QueryDict, name: str) -> int | None:
    """The field's first whole number, if it has one."""
    return next(iter(read_numbers(data, name)), None)


def read_numbered(data: QueryDict, prefix: str) -> dict[int, int]:
    """{"standing-7": "2"} with prefix "standing-" -> {7: 2}."""
    found = {}
    for name, value in data.items():
        key = name.removeprefix(prefix)
        if name != key and key.isdecimal() and str(value).isdecimal() and len(key) < 18 and len(str(value)) < 10:
            found[int(key)] = int(str(value))
    return found


class ContactForm(forms.Form):
    """Whom to reach: first name and phone are needed, the email is where the tickets go."""

    name = forms.CharField(
        label=_("First name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    phone = PhoneNumberField(
        label=_("Phone"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
        help_text=_("Only used if something about your event changes."),
        error_messages={"invalid": _("This number seems incomplete. With country code: +43 660 1234567.")},
    )
    email = forms.EmailField(
        label=_("Email"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=_("We send your tickets here. Without it, you find them on the next page only."),
    )

    def __init__(self, *args: Any, region: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Local numbers are read as of the country people travel to.
        self.fields["phone"].region = region  # type: ignore[attr-defined]

    def ask_for_email(self) -> None:
        """For sessions whose guests confirm theirs."""
        field = self.fields["email"]
        field.required = True
        field.error_messages["required"] = EmailNeededError.text
        field.help_text = _("We send your tickets here, and may first mail you a code to confirm the address.")

    def contact(self) -> Contact:
        data = self.cleaned_data
        return Contact(name=data["name"], phone=str(data["phone"]), email=data["email"])


class EmailCodeForm(forms.Form):
    """The digits that were mailed; spaces between them do not matter."""

    email_code = forms.CharField(
        label=_("Code from the mail"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
        help_text=_("Six digits."),
    )

    def clean_email_code(self) -> str:
        return "".join(self.cleaned_data["email_code"].split())


class AttendeeForm(forms.Form):
    """A name for each ticket that may still be named, by the ticket's key."""

    def __init__(self, *args: Any, items: Iterable[BookingItem], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in items:
            # Its own row has the session's times: the ticket would ask the database for them again.
            if not hasattr(item, "ticket"):
                continue
            item.ticket.event_session = item.event_session
            if item.ticket.may_be_named(now):
                self.fields[f"attendee-{item.ticket.pk}"] = forms.CharField(
                    label=item.place.label,
                    initial=item.ticket.attendee,
                    required=False,
                    max_length=100,
                    widget=forms.TextInput(attrs={"autocomplete": "off"}),
                )

    def names(self) -> dict[int, str]:
        """Those that were sent; spaces are tidied."""
        sent = {name: value for name, value in self.cleaned_data.items() if name in self.data}
        return {int(name.removeprefix("attendee-")): " ".join(value.split()) for name, value in sent.items()}


class PassOnForm(forms.Form):
    """Whom the ticket goes to; the address is needed unless a link is asked for."""

    email = forms.EmailField(
        label=_("Their email"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        help_text=_("They get a link, and the ticket is theirs once they accept it."),
    )
    way = forms.ChoiceField(choices=[("email", ""), ("link", "")], widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("way") == "email" and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Whom shall we send it to?"))
        return data

    def address(self) -> str:
        """Empty for a link alone."""
        return self.cleaned_data["email"] if self.cleaned_data["way"] == "email" else ""


class AcceptForm(forms.Form):
    """Who accepts a ticket; the token makes a second press of the button harmless."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("It stands on the ticket."),
    )
    email = forms.EmailField(
        label=_("Your email"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=_("We send the ticket here, and tell you if something about the date changes."),
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class ChangeForm(forms.Form):
    """Into what tickets are changed: other places of their date or another one, or only other ticket types."""

    PLACES, TYPES = "places", "types"

    into = forms.ChoiceField(
        label=_("What would you like instead?"),
        choices=[
            (PLACES, _("Other places, or another date")),
            (TYPES, _("The same places with another ticket type")),
        ],
        initial=PLACES,
        widget=forms.RadioSelect,
    )
    date = forms.TypedChoiceField(label=_("Date"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, dates: Iterable[EventSession], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each.pk, _name_date(each)) for each in dates]
        self.fields["date"].choices = [("", _("The date of the tickets")), *choices]  # type: ignore[attr-defined]

    @property
    def keeps_places(self) -> bool:
        return bool(self.cleaned_data["into"] == self.TYPES)

    @property
    def date_id(self) -> int | None:
        chosen: int | None = self.cleaned_data["date"]
        return chosen


def _name_date(event_session: EventSession) -> str:
    """“Sat 14 June, 20:00, Great Hall”"""
    return f"{say_moment(event_session.starts_at, event_session.hall.venue.zone)}, {event_session.hall}"


class FindForm(forms.Form):
    reference = forms.CharField(
        label=_("Booking reference"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("Eight letters and figures; it stands on each ticket and receipt."),
    )
    email = forms.EmailField(
        label=_("Email"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=_("The address that you booked with."),
    )
