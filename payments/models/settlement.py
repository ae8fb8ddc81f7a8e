from django.utils.translation import gettext_lazy as _

from events.models import Event


class Settlement(Event):
    """An event as finance sees it: what it earned, gave back and is owed, all of it out of the ledger."""

    class Meta:
        proxy = True
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
