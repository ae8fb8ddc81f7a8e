"""What people write into the fields of a block of seats."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from venues.plans.grid import Band


def read_numbers(text: str) -> list[int]:
    """“6, 14” -> [6, 14]."""
    words = text.replace(",", " ").split()
    if wrong := [word for word in words if not (word.isdecimal() and len(word) <= 5)]:
        raise forms.ValidationError(_("“%(word)s” is not a number."), params={"word": wrong[0][:40]})
    return [int(word) for word in words]


def read_labels(text: str) -> list[str]:
    """“a1, A3 - 5” -> ["A1", "A3-5"]."""
    return re.sub(r"\s*[-–]\s*", "-", text.upper()).replace(",", " ").split()


def read_bands(text: str) -> list[Band]:
    return [read_band(line) for line in text.splitlines() if line.strip()]


def read_band(line: str) -> Band:
    """“Stalls: 8” -> the next eight rows are Stalls."""
    match = re.fullmatch(r"\s*(?P<name>.+?)\s*[:,;]\s*(?P<rows>\d{1,4})\s*", line)
    if match is None:
        raise forms.ValidationError(
            _("“%(line)s” does not read like “Stalls: 8”, a name and a number of rows."), params={"line": line.strip()}
        )
    return Band(match["name"], int(match["rows"]))


class WordsField(forms.CharField):
    """A line of text that `read` turns into what it means."""

    def __init__(self, *, read: Any, **options: Any) -> None:
        self.read = read
        super().__init__(required=False, max_length=2000, **options)

    def clean(self, value: Any) -> Any:
        return self.read(super().clean(value))
