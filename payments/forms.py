from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

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
        self.offers = {str(offer.method): offer for offer in offers}
        field = self.fields["method"]
        field.choices = [(str(offer.method), offer.method.label) for offer in offers]  # type: ignore[attr-defined]
        field.initial = next(iter(self.offers), "")
        field.required = False

    @property
    def is_choice(self) -> bool:
        return len(self.offers) > 1

    def offer(self) -> Offer:
        """What was chosen, or the only one there is."""
        chosen = self.cleaned_data["method"] or next(iter(self.offers))
        return self.offers[chosen]
