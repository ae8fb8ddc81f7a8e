from django.utils.translation import gettext_lazy as _

from ticketing.errors import DomainError


class BasketInTheWayError(DomainError):
    text = _("There are places in your basket. Pay for them first, or give them back; what you typed here stays.")


class GiftBookingError(DomainError):
    text = _("This booking is a gift voucher. It goes back from the voucher's page, while nobody has used it.")


class GiftUsedError(DomainError):
    text = _("This voucher was used, or made void, and cannot go back any more.")


class GiftDecidedError(DomainError):
    text = _("This voucher was decided on already, or nobody did so in time.")
