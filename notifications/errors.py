from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class SendingElsewhereError(DomainError):
    text = _("Another worker is sending this message at the moment.")


class NotSentError(DomainError):
    text = _("The message could not be sent (%(reason)s).")
    status = 503
