"""What staff say about an uploaded drawing: where it belongs, and what in it means what."""

import re
from typing import Any

from django import forms
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from venues.admin.kept_uploads import find_upload, keep_upload
from venues.errors import PlanFileError
from venues.models import Hall
from venues.plans.checks import MOST_PLACES, NAME_LENGTH
from venues.plans.svg import Area, Mapping, SvgReading
from venues.plans.svg.document import LARGEST_FILE
from venues.plans.svg.fill import MOST_ROWS
from venues.plans.svg.mapping import MOST_SOURCES, SOURCE_FIELDS, read_source

MOST_LISTED = 100
LABELS = {
    "section": _("Section"),
    "row": _("Row"),
    "seat": _("Seat"),
    "category": _("Category"),
    "stage": _("Stage or pitch"),
    "focus": _("Focal point"),
    "outline": _("Outline of a section"),
    "wheelchair": _("Wheelchair place"),
    "companion": _("Companion seat"),
    "restricted": _("Restricted view"),
    "blocked": _("Blocked"),
}


class SvgUploadForm(forms.Form):
    """Gives `content`: the file's bytes, new or kept from the last try under `upload`."""

    hall = forms.ModelChoiceField(
        Hall.objects.select_related("venue"), label=_("Hall"), widget=UnfoldAdminSelectWidget, empty_label="–"
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty: the title in the drawing."),
    )
    file = forms.FileField(
        label=_("Drawing"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".svg,image/svg+xml"}),
        help_text=_("SVG, up to 20 MB. It is read for its shapes and seats and not kept."),
    )
    is_recolored = forms.BooleanField(
        label=_("Replace its colours"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("With ones that colour-blind people can tell apart."),
    )
    upload = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    content: bytes
    token: str

    def __init__(self, *args: Any, user_id: object, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user_id = user_id

    def clean_file(self) -> File[bytes] | None:
        file: File[bytes] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return file

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "file" in self.errors:
            return self.cleaned_data
        if file := self.cleaned_data.get("file"):
            self.content = file.read()
            self.token = keep_upload(self.content, user_id=self.user_id)
            return self.cleaned_data
        self.token = self.cleaned_data.get("upload", "")
        kept = find_upload(self.token, user_id=self.user_id) if self.token else None
        if kept is None:
            self.add_error("file", _("The upload is no longer kept.") if self.token else _("Choose a drawing."))
        else:
            self.content = kept
        return self.cleaned_data


class SourcesForm(forms.Form):
    """One field for each thing that is looked for in a drawing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SOURCE_FIELDS:
            widget = UnfoldAdminTextareaWidget(attrs={"rows": 5 if name in {"section", "row", "seat"} else 3})
            self.fields[name] = forms.CharField(label=LABELS[name], required=False, max_length=2000, widget=widget)

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in SOURCE_FIELDS:
            sources = tuple(re.split(r"[,\s]*[,\n]\s*", self.cleaned_data.get(name, "").strip()))
            self.cleaned_data[name] = tuple(source for source in sources if source)[:MOST_SOURCES]
            try:
                for source in self.cleaned_data[name]:
                    read_source(source, name)
            except PlanFileError as refusal:
                self.add_error(name, refusal.problems)
        return self.cleaned_data

    @staticmethod
    def told(mapping: Mapping) -> dict[str, str]:
        return {name: "\n".join(getattr(mapping, name)) for name in SOURCE_FIELDS}


class ColorForm(forms.Form):
    color = forms.RegexField(r"^(#[0-9a-f]{6})?$", required=False, widget=forms.HiddenInput)
    category = forms.CharField(max_length=NAME_LENGTH, required=False, widget=UnfoldAdminTextInputWidget)


class AreaForm(forms.Form):
    """People stand in it, or rows fill it."""

    section = forms.CharField(max_length=NAME_LENGTH, widget=forms.HiddenInput)
    capacity = forms.IntegerField(
        label=_("Standing places"),
        min_value=0,
        max_value=MOST_PLACES,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    rows = forms.IntegerField(
        label=_("or rows"), min_value=0, max_value=MOST_ROWS, required=False, widget=UnfoldAdminIntegerFieldWidget
    )
    seats = forms.IntegerField(
        label=_("with seats in all"),
        min_value=0,
        max_value=MOST_PLACES,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    category = forms.CharField(
        label=_("Category"), max_length=NAME_LENGTH, required=False, widget=UnfoldAdminTextInputWidget
    )

    def area(self) -> Area:
        said = self.cleaned_data
        return Area(said["capacity"] or 0, said["rows"] or 0, said["seats"] or 0, said["category"])


ColorFormSet = forms.formset_factory(ColorForm, extra=0, max_num=MOST_LISTED)
AreaFormSet = forms.formset_factory(AreaForm, extra=0, max_num=MOST_LISTED)


class MappingForms:
    """The forms for a mapping together: bound to what was sent, or filled from what was read."""

    def __init__(self, data: Any = None, *, mapping: Mapping | None = None, reading: SvgReading | None = None) -> None:
        self.mapping = mapping or Mapping()
        self.sources = SourcesForm(data, initial=SourcesForm.told(self.mapping))
        # What was said before a drawing could not be read stays said.
        colors: list[str] = list(reading.colors if reading else self.mapping.colors)[:MOST_LISTED]
        areas = {each.name: each.area for each in reading.seatless} if reading else self.mapping.areas
        self.colors = ColorFormSet(
            data,
            prefix="colors",
            initial=[{"color": color, "category": self.mapping.colors.get(color, "")} for color in colors],
        )
        self.areas = AreaFormSet(
            data,
            prefix="areas",
            initial=[
                {
                    "section": name,
                    "capacity": area.capacity or None,
                    "rows": area.rows or None,
                    "seats": area.seats or None,
                    "category": area.category,
                }
                for name, area in list(areas.items())[:MOST_LISTED]
            ],
        )

    def is_valid(self) -> bool:
        return all([self.sources.is_valid(), self.colors.is_valid(), self.areas.is_valid()])

    def said(self, *, is_recolored: bool) -> Mapping:
        """The mapping that was sent."""
        colors = {form.cleaned_data["color"]: form.cleaned_data["category"] for form in self.colors.forms}
        areas = {form.cleaned_data["section"]: form.area() for form in self.areas.forms}
        return Mapping(
            **{name: self.sources.cleaned_data[name] for name in SOURCE_FIELDS},
            colors={color: category for color, category in colors.items() if category},
            areas={section: area for section, area in areas.items() if area != Area()},
            is_recolored=is_recolored,
        )
