"""A new seating plan: a file, or a grid described in a few fields."""

import re
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from venues.errors import PlanFileError
from venues.models import Hall
from venues.plans.checks import check_draft
from venues.plans.draft import PlanDraft
from venues.plans.grid import Band, Grid, Numbering, RowLabels, draft_grid
from venues.plans.json_format import read_plan_json


class NewPlanForm(forms.Form):
    """`draft` is the plan that was described, once the form is valid."""

    hall = forms.ModelChoiceField(
        Hall.objects.select_related("venue"), label=_("Hall"), widget=UnfoldAdminSelectWidget, empty_label="–"
    )
    name = forms.CharField(label=_("Name"), max_length=100, widget=UnfoldAdminTextInputWidget)
    file = forms.FileField(
        label=_("Plan file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("A seating plan in JSON. With a file, the grid below is not used."),
    )
    is_recolored = forms.BooleanField(
        label=_("Replace its colours"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("With ones that colour-blind people can tell apart."),
    )
    rows = forms.IntegerField(label=_("Rows"), min_value=1, required=False, widget=UnfoldAdminIntegerFieldWidget)
    columns = forms.IntegerField(
        label=_("Seats in a row"), min_value=1, required=False, widget=UnfoldAdminIntegerFieldWidget
    )
    section = forms.CharField(
        label=_("Section"), max_length=100, initial=_("Stalls"), required=False, widget=UnfoldAdminTextInputWidget
    )
    bands = forms.CharField(
        label=_("Price categories"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One a line, from the front: “Stalls: 8” are the first eight rows. Empty: one for all."),
    )
    row_labels = forms.ChoiceField(
        label=_("Row names"),
        choices=[
            (RowLabels.LETTERS_CLEAR, _("A, B, C … without I and O")),
            (RowLabels.LETTERS, _("A, B, C …")),
            (RowLabels.NUMBERS, _("1, 2, 3 …")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    numbering = forms.ChoiceField(
        label=_("Seat numbers"),
        choices=[
            (Numbering.LEFT, _("From the left")),
            (Numbering.RIGHT, _("From the right")),
            (Numbering.CENTRE, _("Odd to the left of the middle, even to the right")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    aisles = forms.CharField(
        label=_("Aisles after seats"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Positions from the left: 6, 14"),
    )
    cross_aisles = forms.CharField(
        label=_("Aisles behind rows"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Counted from the front: 8"),
    )
    stage = forms.CharField(
        label=_("Stage or screen"),
        max_length=40,
        initial=_("Stage"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The word on it; empty for none."),
    )
    wheelchair = forms.CharField(
        label=_("Wheelchair places"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Seats by name: A1, A2"),
    )
    companion = forms.CharField(label=_("Companion seats"), required=False, widget=UnfoldAdminTextInputWidget)
    missing = forms.CharField(
        label=_("Seats left out"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Where a pillar stands, for example."),
    )
    draft: PlanDraft

    def clean_aisles(self) -> list[int]:
        return read_numbers(self.cleaned_data["aisles"])

    def clean_cross_aisles(self) -> list[int]:
        return read_numbers(self.cleaned_data["cross_aisles"])

    def clean_bands(self) -> list[Band]:
        return [read_band(line) for line in self.cleaned_data["bands"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.errors:
            return self.cleaned_data
        upload = self.cleaned_data["file"]
        if not upload and not (self.cleaned_data["rows"] and self.cleaned_data["columns"]):
            self.add_error("file", _("Choose a file, or say below how many rows and seats there are."))
            return self.cleaned_data
        try:
            self.draft = self._read_file(upload) if upload else draft_grid(self.cleaned_data["name"], self._grid())
            check_draft(self.draft)
        except PlanFileError as refusal:
            blamed = {"file": refusal.problems} if upload else blame_fields(self._grid(), refusal.problems)
            for name, problems in blamed.items():
                self.add_error(name, problems)
        return self.cleaned_data

    def _read_file(self, upload: Any) -> PlanDraft:
        is_recolored = self.cleaned_data["is_recolored"]
        return read_plan_json(upload.read(), name=self.cleaned_data["name"], is_recolored=is_recolored)

    def _grid(self) -> Grid:
        said = self.cleaned_data
        return Grid(
            rows=said["rows"],
            columns=said["columns"],
            section=said["section"] or gettext("Stalls"),
            aisles=said["aisles"],
            cross_aisles=said["cross_aisles"],
            row_labels=RowLabels(said["row_labels"] or RowLabels.LETTERS_CLEAR),
            numbering=Numbering(said["numbering"] or Numbering.LEFT),
            bands=said["bands"],
            stage=said["stage"],
            wheelchair=read_labels(said["wheelchair"]),
            companion=read_labels(said["companion"]),
            missing=read_labels(said["missing"]),
        )


def blame_fields(grid: Grid, problems: list[str]) -> dict[str, list[str]]:
    """Which field each problem belongs to: the one that alone makes the plain grid impossible."""
    plain = Grid(grid.rows, grid.columns, row_labels=grid.row_labels, numbering=grid.numbering)
    blamed = {}
    for name in ("aisles", "cross_aisles", "bands", "wheelchair", "companion", "missing"):
        try:
            draft_grid("", replace(plain, **{name: getattr(grid, name)}))
        except PlanFileError as refusal:
            blamed[name] = [problem for problem in refusal.problems if problem in problems]
    return {name: found for name, found in blamed.items() if found} or {"rows": problems}


def read_numbers(text: str) -> list[int]:
    """“6, 14” -> [6, 14]."""
    words = text.replace(",", " ").split()
    if wrong := [word for word in words if not word.isdecimal()]:
        raise forms.ValidationError(_("“%(word)s” is not a number."), params={"word": wrong[0]})
    return [int(word) for word in words]


def read_labels(text: str) -> list[str]:
    """“a1, A2” -> ["A1", "A2"]."""
    return text.upper().replace(",", " ").split()


def read_band(line: str) -> Band:
    """“Stalls: 8” -> the next eight rows are Stalls."""
    match = re.fullmatch(r"\s*(?P<name>.+?)\s*[:,;]\s*(?P<rows>\d{1,4})\s*", line)
    if match is None:
        raise forms.ValidationError(
            _("“%(line)s” does not read like “Stalls: 8”, a name and a number of rows."), params={"line": line.strip()}
        )
    return Band(match["name"], int(match["rows"]))
