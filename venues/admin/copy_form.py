from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from venues.models import Hall

if TYPE_CHECKING:
    # Unfold carries no types.
    BaseDialogForm = forms.Form
else:
    from unfold.forms import BaseDialogForm


class CopyForm(BaseDialogForm):
    hall = forms.ModelChoiceField(
        Hall.objects.select_related("venue"), label=_("Hall"), widget=UnfoldAdminSelectWidget, empty_label="–"
    )
