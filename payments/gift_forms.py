from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.services.gifts import GiftWish

LATEST = timedelta(days=365)


class GiftForm(forms.Form):
    """A gift voucher: how much, for whom, with which words, and when it is sent."""

    amount = forms.DecimalField(
        label=_("Amount"), max_digits=8, decimal_places=2, widget=forms.NumberInput(attrs={"inputmode": "decimal"})
    )
    recipient_name = forms.CharField(
        label=_("Who is it for?"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    recipient_email = forms.EmailField(
        label=_("Their email"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        help_text=_("We send it there. Without it, you print it and hand it over."),
    )
    message = forms.CharField(
        label=_("Your message"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    deliver_on = forms.DateField(
        label=_("Send it on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), localize=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        least, most = settings.GIFT_VOUCHER_LEAST, settings.GIFT_VOUCHER_MOST
        amount, day = self.fields["amount"], self.fields["deliver_on"]
        amount.label = _("Amount in %(currency)s") % {"currency": settings.DEFAULT_CURRENCY}
        amount.help_text = _("From %(least)s to %(most)s.") % {"least": least, "most": most}
        amount.validators += [MinValueValidator(least), MaxValueValidator(most)]
        amount.widget.attrs |= {"min": least, "max": most, "step": "0.01"}
        day.initial = today
        day.widget.attrs |= {"min": today.isoformat(), "max": (today + LATEST).isoformat()}

    def clean_deliver_on(self) -> date:
        day: date = self.cleaned_data["deliver_on"]
        today = timezone.localdate()
        if day < today:
            raise forms.ValidationError(_("This day is over. Choose today or a later one."))
        if day > today + LATEST:
            raise forms.ValidationError(_("Choose a day within the next year."))
        return day

    def wish(self) -> GiftWish:
        return GiftWish(**{name: self.cleaned_data[name] for name in GiftWish.__annotations__})


class BalanceForm(forms.Form):
    code = forms.CharField(
        label=_("Voucher code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("Sixteen letters and figures, with or without hyphens."),
    )
