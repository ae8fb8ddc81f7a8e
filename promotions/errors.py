from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class PromoCodeUnknownError(DomainError):
    text = _("We do not know this code. Please look at it once more: letters and digits are all that counts.")
    status = 422


class PromoCodeTooEarlyError(DomainError):
    text = _("This code works from %(date)s on.")
    status = 422


class PromoCodeOverError(DomainError):
    text = _("This code worked until %(date)s.")
    status = 422


class PromoCodeElsewhereError(DomainError):
    text = _("This code is not for the places in your basket.")
    status = 422


class AccessCodeUselessError(DomainError):
    text = _("This code opens nothing here. It takes something off: enter it in your basket.")
    status = 422


class PromoCodeUsedUpError(DomainError):
    text = _("This code was used as often as it can be. It works again if someone gives their basket back.")


class PromoCodeSpentError(DomainError):
    text = _("You have used this code as often as each customer may.")
