"""What staff send from the refund page of a booking."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.cancellations import CancellationPlan
from payments.models import Refund


class Keep:
    POLICY, FEES, NOTHING, SUM = "policy", "fees", "nothing", "sum"


class PaidOutForm(forms.Form):
    destination = forms.ChoiceField(
        label=_("Give it"),
        choices=[
            (Refund.Destination.ORIGINAL, _("the way it was paid")),
            (Refund.Destination.CREDIT, _("as credit, with a code by email")),
        ],
        widget=forms.RadioSelect,
        initial=Refund.Destination.ORIGINAL,
    )
    note = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Say why, so that colleagues and auditors know later.")},
    )


class CancelTicketsForm(PaidOutForm):
    """Tickets to cancel and how much of their price is kept; half filled in, it says what can be said so far."""

    ticket = forms.TypedMultipleChoiceField(
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one ticket.")},
    )
    keep = forms.ChoiceField(
        label=_("Keep"),
        choices=[
            (Keep.POLICY, _("what the event's policy keeps now")),
            (Keep.FEES, _("the booking fees")),
            (Keep.NOTHING, _("nothing")),
            (Keep.SUM, _("this sum:")),
        ],
        widget=forms.RadioSelect,
    )
    kept = forms.DecimalField(
        label=_("Sum to keep"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )
    field_order = ["ticket", "keep", "kept", "destination", "note"]
    # The sum follows every tick, long before a reason is given; a browser that insisted on one would not ask for it.
    use_required_attribute = False

    def __init__(self, data: Any, *, plan: CancellationPlan) -> None:
        has_policy = any(line.has_policy for line in plan.quote.lines)
        super().__init__(data, initial={"keep": Keep.POLICY if has_policy else Keep.NOTHING})
        self.whole = plan
        choices = [(line.item.ticket.pk, line.item.place.label) for line in plan.quote.lines]
        self.fields["ticket"].choices = choices  # type: ignore[attr-defined]

    @property
    def plan(self) -> CancellationPlan:
        """With those chosen that were ticked, whatever else is wrong with the form."""
        values: Iterable[Any] = self["ticket"].value() or []
        return self.whole.choose(int(value) for value in values if str(value).isdecimal() and len(str(value)) < 20)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("keep") == Keep.SUM and data.get("kept") is None and "kept" not in self.errors:
            self.add_error("kept", _("How much?"))
        elif data.get("keep") == Keep.SUM and (data.get("kept") or 0) > self.plan.chosen_quote.worth:
            self.add_error("kept", _("These tickets cost %(worth)s.") % {"worth": self.plan.worth})
        return data

    @property
    def sum_kept(self) -> Decimal | None:
        """What would be kept of the tickets that are ticked; None while that is not known."""
        if (kept_by := self.kept_by) is not None:
            return sum(kept_by.values(), Decimal(0))
        kept: Decimal | None = None if "kept" in self.errors else self.cleaned_data.get("kept")
        return kept

    @property
    def kept_by(self) -> dict[int, Decimal] | None:
        """Event -> what it keeps; None for a sum that staff named, which all keep alike."""
        quote, keep = self.plan.chosen_quote, self["keep"].value()
        if keep == Keep.SUM:
            return None
        return {Keep.POLICY: quote.kept_by, Keep.FEES: quote.fees_by}.get(keep, {})

    @property
    def asked(self) -> dict[str, Any]:
        """What `cancel_tickets` is asked for; needs a valid form."""
        data = self.cleaned_data
        return {
            "ticket_ids": data["ticket"],
            "kept": self.sum_kept,
            "kept_by": self.kept_by,
            "note": data["note"],
            "destination": data["destination"],
        }


class GoodwillForm(PaidOutForm):
    """A sum that goes back while every ticket stays valid."""

    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )
    # Pressed twice, the button gives it once.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    field_order = ["amount", "note", "destination", "key"]

    def __init__(self, data: Any = None) -> None:
        # It stands beside the other form, whose fields have some of the same names.
        super().__init__(data, auto_id="goodwill-%s")

    @property
    def asked(self) -> dict[str, Any]:
        """What `refund_amount` is asked for; needs a valid form."""
        return self.cleaned_data | {"key": str(self.cleaned_data["key"])}
