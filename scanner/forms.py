import secrets

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


def make_nonce() -> str:
    return secrets.token_urlsafe(16)


class ScanForm(forms.Form):
    """One presentation of a ticket; a gate that gives no nonce gets one, and cannot repeat safely."""

    # The longest text a QR code can hold: somebody else's code is rejected at the gate, not here.
    code = forms.CharField(max_length=4300, error_messages={"required": _("Scan a ticket or type its code first.")})
    event_session = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    nonce = forms.CharField(required=False, validators=[RegexValidator(r"\A[A-Za-z0-9_-]{8,64}\Z")])

    def clean_nonce(self) -> str:
        return self.cleaned_data["nonce"] or make_nonce()
