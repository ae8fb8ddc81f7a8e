"""Why somebody does it, asked in the dialog of a button."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

if TYPE_CHECKING:
    # Unfold carries no types; the form is Django's own with another look.
    BaseDialogForm = forms.Form
else:
    from unfold.forms import BaseDialogForm


class ReasonForm(BaseDialogForm):
    """Short enough for the history of the row, which it goes into."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget)
