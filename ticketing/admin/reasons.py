"""Why somebody does it, asked in the dialog of a button."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

if TYPE_CHECKING:
    # Unfold carries no types; the forms are Django's own with another look.
    from django.contrib.admin.helpers import ActionForm

    BaseDialogForm = forms.Form
else:
    from unfold.forms import ActionForm, BaseDialogForm


class ReasonForm(BaseDialogForm):
    """Short enough for the history of the row, which it goes into."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget)


class ReasonActionForm(ActionForm):
    """Beside the actions of a list; those that need a reason refuse without one."""

    reason = forms.CharField(
        label="",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Reason"), "aria-label": _("Reason"), "class": "action-reason"}),
    )
