from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.models import Refund, SavedMethod
from payments.offers import Offer


class MethodForm(forms.Form):
    """How to pay; asked only where there is a choice."""

    method = forms.ChoiceField(
        label=_("How would you like to pay?"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("This way to pay is not offered any more. Please choose another one.")},
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = {offer.value: offer for offer in offers}
        field = self.fields["method"]
        field.choices = [(offer.value, offer.label) for offer in offers]  # type: ignore[attr-defined]
        field.initial = next(iter(self.offers), "")
        field.required = False

    @property
    def has_saved(self) -> bool:
        return any(offer.saved for offer in self.offers.values())

    @property
    def is_choice(self) -> bool:
        return len(self.offers) > 1

    def offer(self) -> Offer:
        """What was chosen, or the only one there is."""
        chosen = self.cleaned_data["method"] or next(iter(self.offers))
        return self.offers[chosen]


class SavedMethodNameForm(forms.ModelForm[SavedMethod]):
    class Meta:
        model = SavedMethod
        fields = ["name"]
        labels = {"name": _("Name")}


class AgreementForm(forms.Form):
    """What the customer agreed to when cancelling: the sum that was shown, and how it is given."""

    back = forms.DecimalField(widget=forms.HiddenInput, min_value=0, max_digits=12, decimal_places=2)
    destination = forms.ChoiceField(
        label=_("How would you like your money?"),
        choices=[
            (Refund.Destination.ORIGINAL, _("Back the way I paid, within a few days")),
            (Refund.Destination.CREDIT, _("As credit for another visit, at once")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )

    def clean_destination(self) -> str:
        return self.cleaned_data["destination"] or Refund.Destination.ORIGINAL
