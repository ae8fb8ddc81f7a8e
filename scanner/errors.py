from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class UnknownSessionError(DomainError):
    text = _("This session does not exist. Choose one from the list.")
    status = 404


class NonceReusedError(DomainError):
    text = _("This device repeated a number that belongs to another scan. Scan the ticket again.")
