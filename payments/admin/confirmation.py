"""What cannot be undone asks for the event's title, typed by hand."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


def fold(words: str) -> str:
    """As people type: any case, any kind of space."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


class ConfirmationForm(forms.Form):
    confirmation = forms.CharField(
        label=gettext_lazy("Type the title of the event to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, title: str) -> None:
        super().__init__(data)
        self.title = title

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if fold(typed) != fold(self.title):
            raise forms.ValidationError(_("This is not the title: “%(title)s”.") % {"title": self.title})
        return typed
