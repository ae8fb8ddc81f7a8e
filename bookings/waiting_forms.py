from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from bookings.services.lifecycle import Contact
from bookings.services.waiting_list import Party


class WaitingForm(forms.Form):
    """Who waits, how many they are, and where they would sit."""

    party_size = forms.TypedChoiceField(label=_("How many places?"), coerce=int)
    categories = forms.MultipleChoiceField(
        label=_("Where?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose nothing, and any place is welcome."),
    )
    name = forms.CharField(
        label=_("First name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    email = forms.EmailField(
        label=_("Email"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=_("We write as soon as there are places for all of you."),
    )

    def __init__(self, *args: Any, most: int, categories: Collection[tuple[str, Money]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("party_size", [(size, str(size)) for size in range(1, most + 1)])
        self._choices("categories", [(name, f"{name}, {price}") for name, price in categories])
        if len(categories) < 2:
            del self.fields["categories"]

    def _choices(self, name: str, choices: list[tuple[Any, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def contact(self, phone: str = "") -> Contact:
        return Contact(name=self.cleaned_data["name"], phone=phone, email=self.cleaned_data["email"])

    def party(self) -> Party:
        return Party(self.cleaned_data["party_size"], self.cleaned_data.get("categories", []))
