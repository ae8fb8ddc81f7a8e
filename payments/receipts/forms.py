from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking
from payments.models import BillingDetails

FIELDS = ["company", "address", "tax_number"]


class BillingForm(forms.Form):
    """Whom the receipt is for; most leave it empty, and then it bears the first name alone."""

    company = forms.CharField(
        label=_("Company or full name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"autocomplete": "street-address", "rows": 3}),
    )
    tax_number = forms.CharField(label=_("Tax number, if there is one"), max_length=40, required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, booking: Booking, initial: Mapping[str, Any]) -> None:
        known = BillingDetails.objects.filter(booking=booking).values(*FIELDS).first() or {}
        super().__init__(data, initial={**known, **initial})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if any(data.values()):
            for name in ("company", "address"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("The receipt needs this as well."))
        return data

    @property
    def is_in_use(self) -> bool:
        """Whether something was typed, so that the page shows it."""
        values = self.data if self.is_bound else self.initial
        return any(values.get(name) for name in FIELDS)
