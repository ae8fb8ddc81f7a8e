from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payments.credit import CreditUse, find_voucher
from payments.methods import Method
from payments.models import Refund, SavedMethod, Voucher
from payments.offers import Offer
from ticketing.dates import say_date
from ticketing.errors import DomainError


class MethodForm(forms.Form):
    """How to pay; asked only where there is a choice."""

    method = forms.ChoiceField(
        label=_("How would you like to pay?"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("This way to pay is not offered any more. Please choose another one.")},
    )

    keep_card = forms.BooleanField(
        label=_("Save my card for the next time"),
        required=False,
        help_text=_("If you pay by card: our provider keeps it, and we keep its last four digits."),
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], keepers: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keepers = keepers
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
        offer = self.offers[self.cleaned_data["method"] or next(iter(self.offers))]
        is_typed_card = offer.method == Method.CARD and not offer.saved and offer.gateway in self.keepers
        return replace(offer, keeps_card=is_typed_card and self.cleaned_data["keep_card"])


class CreditForm(forms.Form):
    """Which voucher pays a part, or all: one of the customer's own, or one whose code they have.

    `shown` is the sum that the page asked for, so that nobody pays another one.
    """

    shown = forms.DecimalField(widget=forms.HiddenInput, required=False, max_digits=12, decimal_places=2)
    voucher = forms.TypedChoiceField(
        label=_("Your credit"),
        widget=forms.RadioSelect,
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("This credit cannot be used any more. Please choose again.")},
    )
    code = forms.CharField(
        label=_("Voucher or credit code"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(
        self, *args: Any, own: Sequence[Voucher], quote: Callable[[Voucher], CreditUse], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.own = {voucher.pk: voucher for voucher in own}
        self.quote = quote
        self.use: CreditUse | None = None
        choices = [("", _("Keep it for another day")), *((voucher.pk, name_credit(voucher)) for voucher in own)]
        self.fields["voucher"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        try:
            if data.get("code"):
                self.use = self.quote(find_voucher(data["code"]))
            elif data.get("voucher"):
                self.use = self.quote(self.own[data["voucher"]])
        except DomainError as refusal:
            self.add_error("code" if data.get("code") else "voucher", str(refusal))
        return data

    def agrees_to(self, due: Decimal) -> bool:
        """Whether the customer saw this sum; a request that names none asks for no credit either."""
        shown = self.cleaned_data.get("shown")
        return self.use is None if shown is None else shown == due


def name_credit(voucher: Voucher) -> str:
    if voucher.last_day is None:
        return gettext("%(amount)s of credit (%(voucher)s)") % {"amount": voucher.left, "voucher": voucher}
    facts = {"amount": voucher.left, "voucher": voucher, "date": say_date(voucher.last_day)}
    return gettext("%(amount)s of credit (%(voucher)s), good until %(date)s") % facts


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
