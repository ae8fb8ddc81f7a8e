"""One block of a seating plan as a form: rows by columns are enough, the rest waits behind headings."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from venues.admin.plan_words import WordsField, read_bands, read_labels, read_numbers
from venues.plans.auditorium import MOST_BLOCKS, Block, Placed
from venues.plans.checks import NAME_LENGTH
from venues.plans.grid import Align, Grid, Numbering, Numbers, RowLabels
from venues.plans.rows import MARKS, MOST_COLUMNS, MOST_ROWS

GROUPS: Any = [
    ("", ["section", "placed", "rows", "columns", "bands"]),
    (_("Aisles and length of rows"), ["aisles", "cross_aisles", "growth", "row_seats", "align"]),
    (_("Names and numbers"), ["row_labels", "row_start", "row_order", "numbering", "numbers", "seat_start"]),
    (_("Particular seats"), ["wheelchair", "companion", "restricted", "blocked", "missing"]),
]

FIRST_BLOCK = {"rows": 10, "columns": 20, "placed": Placed.BEHIND}
NEXT_BLOCK = {"rows": 10, "columns": 10, "placed": Placed.BESIDE}


def block_name(number: object) -> str:
    return gettext("Block %(number)s") % {"number": number}


def number_field(label: Any, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, widget=UnfoldAdminIntegerFieldWidget, **options)


def choice_field(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=UnfoldAdminSelectWidget)


def words_field(label: Any, help_text: Any = "", *, read: Any = read_labels) -> WordsField:
    return WordsField(label=label, read=read, help_text=help_text, widget=UnfoldAdminTextInputWidget)


class BlockForm(forms.Form):
    section = forms.CharField(label=_("Name"), max_length=NAME_LENGTH, widget=UnfoldAdminTextInputWidget)
    placed = choice_field(
        _("Where"), [(Placed.BESIDE, _("To the right of the block before")), (Placed.BEHIND, _("Behind the others"))]
    )
    rows = number_field(_("Rows"), min_value=1, max_value=MOST_ROWS)
    columns = number_field(_("Seats in the front row"), min_value=1, max_value=MOST_COLUMNS)
    bands = WordsField(
        label=_("Price categories"),
        read=read_bands,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_(
            "One a line, from the front: “Stalls: 8” are the first eight rows."
            " Empty: one for all, or those of the block to its left."
        ),
    )
    aisles = words_field(_("Aisles after seats"), _("Counted in the front row from the left: 6, 14"), read=read_numbers)
    cross_aisles = words_field(_("Aisles behind rows"), _("Counted from the front: 8"), read=read_numbers)
    growth = number_field(
        _("Each row longer by"), help_text=_("Empty: as many seats as a curve makes room for, none in straight rows.")
    )
    row_seats = words_field(
        _("Or seats row by row"),
        _("From the front: 12, 14, 15. The last number goes for all behind."),
        read=read_numbers,
    )
    align = choice_field(
        _("Shorter rows stand"),
        [(Align.CENTRE, _("In the middle")), (Align.LEFT, _("At the left")), (Align.RIGHT, _("At the right"))],
    )
    row_labels = choice_field(
        _("Row names"),
        [
            (RowLabels.LETTERS_CLEAR, _("A, B, C … without I and O")),
            (RowLabels.LETTERS, _("A, B, C …")),
            (RowLabels.NUMBERS, _("1, 2, 3 …")),
        ],
    )
    row_start = forms.CharField(
        label=_("First row name"),
        max_length=4,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Where it is not A or 1."),
    )
    row_order = choice_field(_("Rows are named"), [("front", _("From the front")), ("back", _("From the back"))])
    numbering = choice_field(
        _("Seat numbers"),
        [
            (Numbering.LEFT, _("From the left")),
            (Numbering.RIGHT, _("From the right")),
            (Numbering.CENTRE, _("From the middle, odd to the left, even to the right")),
            (Numbering.CENTRE_EVEN_LEFT, _("From the middle, even to the left, odd to the right")),
        ],
    )
    numbers = choice_field(
        _("Numbers used"),
        [(Numbers.ALL, _("All")), (Numbers.ODD, _("Odd only")), (Numbers.EVEN, _("Even only"))],
    )
    seat_start = number_field(_("First seat number"), help_text=_("Where it is not 1 or 2."))
    wheelchair = words_field(_("Wheelchair places"), _("Seats by name: A1, B3-6; with numbered rows 12/4."))
    companion = words_field(_("Companion seats"), _("Sold with a wheelchair place of this block."))
    restricted = words_field(_("Restricted view"))
    blocked = words_field(_("Not for sale"), _("Unless staff release them for a session."))
    missing = words_field(_("Seats left out"), _("Where a pillar stands, for example."))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        row_seats = said.get("row_seats") or []
        if not said.get("rows") and "rows" not in self.errors:
            said["rows"] = len(row_seats)
            if not row_seats:
                self.add_error("rows", _("Say how many rows there are."))
        if not said.get("columns") and "columns" not in self.errors:
            said["columns"] = row_seats[0] if row_seats else 0
            if not row_seats:
                self.add_error("columns", _("Say how many seats the front row has."))
        return said

    def block(self) -> Block:
        said = self.cleaned_data
        grid = Grid(
            rows=said["rows"],
            columns=said["columns"],
            section=said["section"],
            aisles=said["aisles"],
            cross_aisles=said["cross_aisles"],
            growth=said["growth"],
            row_seats=said["row_seats"],
            align=Align(said["align"] or Align.CENTRE),
            row_labels=RowLabels(said["row_labels"] or RowLabels.LETTERS_CLEAR),
            row_start=said["row_start"].upper(),
            is_named_from_back=said["row_order"] == "back",
            numbering=Numbering(said["numbering"] or Numbering.LEFT),
            numbers=Numbers(said["numbers"] or Numbers.ALL),
            seat_start=said["seat_start"],
            bands=said["bands"],
            **{mark: said[mark] for mark in MARKS},
        )
        return Block(grid, Placed(said["placed"] or Placed.BEHIND))

    @property
    def is_first(self) -> bool:
        """Nothing stands before it that it could stand beside."""
        return str(self.prefix).endswith("-0")

    def groups(self) -> Iterator[dict[str, Any]]:
        """Fields under headings; those that say something or are wrong lie open."""
        for title, names in GROUPS:
            fields = [self[name] for name in names if name != "placed" or not self.is_first]
            yield {"title": title, "fields": fields, "is_open": any(is_telling(field) for field in fields)}


def is_telling(field: forms.BoundField) -> bool:
    if field.errors:
        return True
    value = str(field.value() or "")
    choices = getattr(field.field, "choices", None)
    return value not in {"", str(choices[0][0]) if choices else ""}


class BaseBlockFormSet(forms.BaseFormSet[BlockForm]):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        if index is None:
            return {"initial": NEXT_BLOCK | {"section": block_name("__number__")}}
        # A block nobody has typed into is meant as it stands.
        return {"empty_permitted": False}

    def add_fields(self, form: BlockForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Leave this block out")
        form.fields["DELETE"].widget = UnfoldBooleanSwitchWidget()

    def kept(self) -> list[BlockForm]:
        return [form for form in self.forms if not form["DELETE"].data]


BlockFormSet = forms.formset_factory(
    BlockForm,
    formset=BaseBlockFormSet,
    extra=0,
    can_delete=True,
    max_num=MOST_BLOCKS,
    absolute_max=MOST_BLOCKS,
    validate_max=True,
)
