from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from accounts.models import User


class SignupForm(forms.Form):
    """What allauth's sign-up form asks in addition to email and password."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class ProfileForm(forms.ModelForm[User]):
    phone = PhoneNumberField(
        label=_("Phone"),
        required=False,
        help_text=_("With country code, for example +43 660 1234567."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )

    class Meta:
        model = User
        fields = ["name", "phone"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
