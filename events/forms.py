from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from events.models import EventType
from events.selectors.browsing import HallPlace, Search

# Midnight of the first and the last day of the calendar lies beyond it in half of the world's zones.
SENSIBLE_DAYS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class SearchForm(forms.Form):
    """What people look for. Nothing is required, and a wrong value leaves the others in force."""

    q = forms.CharField(
        label=_("Event, venue, city or tag"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "enterkeyhint": "search", "autocomplete": "off"}),
    )
    date_from = forms.DateField(
        label=_("From"),
        required=False,
        validators=SENSIBLE_DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    date_to = forms.DateField(
        label=_("Until"),
        required=False,
        validators=SENSIBLE_DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    city = forms.ChoiceField(label=_("City"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    price_max = forms.DecimalField(
        label=_("Price up to"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "min": 0, "step": "any"}),
    )
    available = forms.BooleanField(label=_("Only with free places"), required=False)

    def __init__(self, *args: Any, halls: list[HallPlace], types: list[EventType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type_ids = {event_type.slug: event_type.pk for event_type in types}
        cities = sorted({hall.city for hall in halls})
        self.fields["city"].choices = [("", _("Any city")), *((city, city) for city in cities)]  # type: ignore[attr-defined]
        self.fields["type"].choices = [("", _("Any type")), *((kind.slug, kind.name) for kind in types)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        date_from, date_to = cleaned.get("date_from"), cleaned.get("date_to")
        if date_from and date_to and date_to < date_from:
            self.add_error("date_to", _("This day lies before the first one."))
        return cleaned

    def search(self) -> Search:
        """The valid part of what was asked."""
        self.is_valid()
        asked = self.cleaned_data
        return Search(
            text=asked.get("q", ""),
            date_from=asked.get("date_from"),
            date_to=asked.get("date_to"),
            city=asked.get("city", ""),
            type_id=self.type_ids.get(asked.get("type", "")),
            price_max=asked.get("price_max"),
            only_available=asked.get("available", False),
        )
