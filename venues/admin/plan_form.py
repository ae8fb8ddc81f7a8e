"""A new seating plan: a file, or blocks of rows described in a few fields."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from venues.admin.block_form import FIRST_BLOCK, NEXT_BLOCK, BaseBlockFormSet, BlockForm, BlockFormSet, block_name
from venues.errors import PlanFileError
from venues.models import Hall
from venues.plans.auditorium import LARGEST_BEND, USUAL_BEND, Auditorium, AuditoriumError, draft_auditorium
from venues.plans.checks import check_draft
from venues.plans.draft import PlanDraft
from venues.plans.files import read_plan_file
from venues.plans.placing import RowShape

PREFIX = "blocks"


class NewPlanForm(forms.Form):
    """`draft` is the plan that was described, once the form is valid.

    A preview asks for neither hall nor name.
    """

    hall = forms.ModelChoiceField(
        Hall.objects.select_related("venue"), label=_("Hall"), widget=UnfoldAdminSelectWidget, empty_label="–"
    )
    name = forms.CharField(label=_("Name"), max_length=100, widget=UnfoldAdminTextInputWidget)
    file = forms.FileField(
        label=_("Plan file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("A seating plan in JSON, or a CSV table of seats. With a file, the blocks below are not used."),
    )
    is_recolored = forms.BooleanField(
        label=_("Replace its colours"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("With ones that colour-blind people can tell apart."),
    )
    row_shape = forms.ChoiceField(
        label=_("Rows are"),
        choices=[
            (RowShape.STRAIGHT, _("Straight")),
            (RowShape.CURVED, _("Curved around the stage")),
            (RowShape.FANNED, _("Straight, blocks turned to the stage")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    bend = forms.IntegerField(
        label=_("Curve in degrees"),
        required=False,
        min_value=1,
        max_value=LARGEST_BEND,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("What the front row spans: 60 in most theatres, 180 is a half circle."),
    )
    stage = forms.CharField(
        label=_("Stage or screen"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The word on it; empty for none."),
    )
    draft: PlanDraft

    def __init__(self, data: QueryDict, files: Any = None, *, is_preview: bool = False) -> None:
        super().__init__(data, files)
        self.blocks: BaseBlockFormSet = BlockFormSet(data, prefix=PREFIX)  # type: ignore[assignment]
        self.is_preview = is_preview

    @property
    def file_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("file", "is_recolored")]

    @property
    def plan_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("hall", "name")]

    @property
    def hall_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("row_shape", "bend", "stage")]

    def is_valid(self) -> bool:
        return super().is_valid() and (bool(self.cleaned_data["file"]) or self.blocks.is_valid())

    def problems(self) -> dict[str, list[str]]:
        """By the id of the field; those of the whole plan under an empty one."""
        found = {"": [str(error) for error in self.non_field_errors()]}
        forms_with_fields: list[forms.Form] = [self]
        if self.blocks.management_form.is_valid() and not self.cleaned_data.get("file"):
            found[""] += [str(error) for error in self.blocks.non_form_errors()]
            forms_with_fields += self.blocks.kept()
        for form in forms_with_fields:
            found |= {field.auto_id: [str(error) for error in field.errors] for field in form if field.errors}
            found[""] += [str(error) for error in form.non_field_errors() if form is not self]
        return {name: problems for name, problems in found.items() if problems}

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.is_preview:
            for field in ("hall", "name"):
                self.errors.pop(field, None)
        upload = self.cleaned_data.get("file")
        if "file" in self.errors or not (upload or self._has_blocks()):
            return self.cleaned_data
        try:
            draft = self._read_file(upload) if upload else self._draft_blocks()
            check_draft(draft)
            self.draft = draft
        except AuditoriumError as refusal:
            self._blame(refusal)
        except PlanFileError as refusal:
            for problem in refusal.problems:
                self.add_error("file" if upload else None, problem)
        return self.cleaned_data

    def _has_blocks(self) -> bool:
        if not self.blocks.management_form.is_valid() or not self.blocks.kept():
            self.add_error("file", _("Choose a file, or describe a block of seats below."))
            return False
        return self.blocks.is_valid() and "bend" not in self.errors

    def _read_file(self, upload: Any) -> PlanDraft:
        name, is_recolored = self.cleaned_data.get("name", ""), self.cleaned_data["is_recolored"]
        return read_plan_file(upload.read(), upload.name, name=name, is_recolored=is_recolored)

    def _draft_blocks(self) -> PlanDraft:
        said = self.cleaned_data
        auditorium = Auditorium(
            blocks=[form.block() for form in self.blocks.kept()],
            row_shape=RowShape(said.get("row_shape") or RowShape.STRAIGHT),
            bend=said["bend"] or USUAL_BEND,
            stage=said.get("stage", ""),
        )
        draft = draft_auditorium(said.get("name", ""), auditorium)
        return replace(draft, source={"format": "form", **self._typed()})

    def _typed(self) -> dict[str, Any]:
        """What was typed, so that it can be looked up and typed again."""
        blocks = [{name: form[name].data for name in form.fields if form[name].data} for form in self.blocks.kept()]
        plan = {name: self[name].data for name in ("row_shape", "bend", "stage") if self[name].data}
        return plan | {"blocks": blocks}

    def _blame(self, refusal: AuditoriumError) -> None:
        kept: list[BlockForm] = self.blocks.kept()
        for fault in refusal.faults:
            if fault.block is None:
                self.add_error(fault.field or None, fault.sentence)
            else:
                kept[fault.block].add_error(fault.field, fault.sentence)


def first_data(hall: str = "") -> QueryDict:
    """What the page opens with, so that it shows a plan at once."""
    data = QueryDict(mutable=True)
    data.update({"hall": hall, "row_shape": RowShape.STRAIGHT, "bend": str(round(USUAL_BEND))})
    data.update({"stage": gettext("Stage"), f"{PREFIX}-TOTAL_FORMS": "0", f"{PREFIX}-INITIAL_FORMS": "0"})
    return with_block(data, FIRST_BLOCK | {"section": gettext("Stalls")})


def with_another_block(data: QueryDict) -> QueryDict:
    return with_block(data, NEXT_BLOCK | {"section": block_name(total_forms(data) + 1)})


def with_block(data: QueryDict, fields: Mapping[str, object]) -> QueryDict:
    data = data.copy()
    number = total_forms(data)
    data.update({f"{PREFIX}-{number}-{name}": str(value) for name, value in fields.items()})
    data[f"{PREFIX}-TOTAL_FORMS"] = str(number + 1)
    return data


def total_forms(data: QueryDict) -> int:
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "0")
    return int(total) if total.isdecimal() and len(total) <= 3 else 0
