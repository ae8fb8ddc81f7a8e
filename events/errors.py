from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class EventStateError(DomainError):
    text = _("“%(title)s” is %(current)s and cannot be published.")
